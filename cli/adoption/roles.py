"""Execution roles: taken over with their policies, if the stack made them."""

from pathlib import PurePosixPath
from typing import Any

from . import standing
from .deployed import ROLE, ROLE_POLICY, Resource, own_tags
from .program import Import, Program
from .source import Call, Code, Json, variable_of


def add_role(program: Program, arn: str) -> dict[str, Any]:
    """Add a function's role, unless that is done; return the argument that names it, and the options' rights."""
    name = PurePosixPath(arn).name
    owner = next((each for each in program.stack.of_type(ROLE) if each.physical == name), None)
    if owner is None:
        program.notes.append(f"{arn} is not of this stack: the program names it and leaves it alone")
        return {"role_arn": arn}
    if name not in program.roles:
        program.roles[name] = _add(program, owner, standing.role(name))
    return {"role_arn": Code(f"{program.roles[name]}.arn")}


def rights_of(program: Program, arn: str) -> dict[str, Any]:
    """Return the options by which a function is made after its role's rights."""
    variable = program.roles.get(PurePosixPath(arn).name)
    return {"depends_on": Code(f"{variable}_rights")} if variable else {}


def _add(program: Program, owner: Resource, found: standing.Role) -> str:
    title, role = program.title(owner.logical), found.role
    variable, name = variable_of(title), str(role["RoleName"])
    said = {
        "path": role["Path"] if role["Path"] != "/" else None,
        "description": role.get("Description"),
        "assume_role_policy": Json(role["AssumeRolePolicyDocument"]),
        "max_session_duration": duration if (duration := role["MaxSessionDuration"]) != 3600 else None,
        "permissions_boundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "tags": own_tags(role.get("Tags", [])),
    }
    arguments = {"name": name, **{key: value for key, value in said.items() if value}}
    program.statements.append((variable, Call("aws.iam.Role", title, arguments)))
    program.imports.append(Import("aws:iam/role:Role", title, name))
    rights, of_role = [], Code(f"{variable}.name")
    for arn in found.attached:
        right = f"{title}-{PurePosixPath(arn).name}"
        rights.append(Call("aws.iam.RolePolicyAttachment", right, {"role": of_role, "policy_arn": arn}))
        type_ = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
        program.imports.append(Import(type_, right, f"{name}/{arn}"))
    for policy, document in found.inline.items():
        right = f"{title}-{policy}"
        inline = {"role": of_role, "name": policy, "policy": Json(document)}
        rights.append(Call("aws.iam.RolePolicy", right, inline))
        program.imports.append(Import("aws:iam/rolePolicy:RolePolicy", right, f"{name}:{policy}"))
    program.statements.append((f"{variable}_rights", rights))
    program.take(ROLE, name)
    for each in program.stack.of_type(ROLE_POLICY):
        if program.stack.properties(each).get("PolicyName") in found.inline:
            program.take(ROLE_POLICY, each.physical)
    return variable
