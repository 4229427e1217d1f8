"""Takes over execution roles with their policies, if the stack has created them."""

from pathlib import PurePosixPath
from typing import Any

from . import existing
from .cloudformation import ROLE, ROLE_POLICY, StackResource, own_tags
from .program import Import, Program
from .source import Call, Expression, Json, variable_of


def add_role(program: Program, arn: str) -> dict[str, Any]:
    """Add a function's role, unless it was added before; return the argument that refers to it."""
    name = PurePosixPath(arn).name
    resource = next((resource for resource in program.stack.of_type(ROLE) if resource.physical == name), None)
    if resource is None:
        program.notes.append(
            f"{arn} does not belong to this stack: the program refers to it, and does not change it"
        )
        return {"role_arn": arn}
    if name not in program.roles:
        program.roles[name] = _add(program, resource, existing.read_role(name))
    return {"role_arn": Expression(f"{program.roles[name]}.arn")}


def rights_of(program: Program, arn: str) -> dict[str, Any]:
    """Return the options with which a function is created after its role's permissions."""
    variable = program.roles.get(PurePosixPath(arn).name)
    return {"depends_on": Expression(f"{variable}_rights")} if variable else {}


def _add(program: Program, resource: StackResource, existing_role: existing.ExistingRole) -> str:
    title, role = program.title(resource.logical), existing_role.role
    variable, name = variable_of(title), str(role["RoleName"])
    values = {
        "path": role["Path"] if role["Path"] != "/" else None,
        "description": role.get("Description"),
        "assume_role_policy": Json(role["AssumeRolePolicyDocument"]),
        "max_session_duration": duration if (duration := role["MaxSessionDuration"]) != 3600 else None,
        "permissions_boundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "tags": own_tags(role.get("Tags", [])),
    }
    arguments = {"name": name, **{key: value for key, value in values.items() if value}}
    program.statements.append((variable, Call("aws.iam.Role", title, arguments)))
    program.imports.append(Import("aws:iam/role:Role", title, name))
    rights, of_role = [], Expression(f"{variable}.name")
    for arn in existing_role.attached:
        right = f"{title}-{PurePosixPath(arn).name}"
        rights.append(Call("aws.iam.RolePolicyAttachment", right, {"role": of_role, "policy_arn": arn}))
        type_ = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
        program.imports.append(Import(type_, right, f"{name}/{arn}"))
    for policy, document in existing_role.inline.items():
        right = f"{title}-{policy}"
        inline = {"role": of_role, "name": policy, "policy": Json(document)}
        rights.append(Call("aws.iam.RolePolicy", right, inline))
        program.imports.append(Import("aws:iam/rolePolicy:RolePolicy", right, f"{name}:{policy}"))
    program.statements.append((f"{variable}_rights", rights))
    program.mark_taken_over(ROLE, name)
    for inline_policy in program.stack.of_type(ROLE_POLICY):
        properties, text = program.stack.properties(inline_policy), program.stack.text
        of_this_role = name in [text(each) for each in properties.get("Roles", [])]
        if of_this_role and text(properties.get("PolicyName")) in existing_role.inline:
            program.mark_taken_over(ROLE_POLICY, inline_policy.physical)
    return variable
