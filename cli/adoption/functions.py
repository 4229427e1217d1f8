"""Makes each durable function of a stack a component, with its role, aliases and log group."""

from collections.abc import Mapping
from typing import Any

from ..stack import CommandError
from . import existing
from .alarms import add_alarms
from .cloudformation import ALIAS, FUNCTION, LOG_GROUP, VERSION, DeployedStack, StackResource
from .configuration import arguments_of, kept_of
from .program import Import, Program, Secret
from .roles import add_role, rights_of
from .secret_values import looks_secret
from .source import Call, Expression, variable_of

NO_ALARMS = {"errors_alarm": False, "durable_alarms": False}
"""The alarms that the component would add; the import adds nothing."""


def program_of(stack: DeployedStack, secret_variables: frozenset[str] = frozenset()) -> Program:
    """Return the program that takes over a stack's durable functions.

    Raises:
        CommandError: it has none.
    """
    program = Program(stack, secret_variables)
    resources = stack.of_type(FUNCTION)
    for resource in resources:
        if function := existing.read_function(resource.physical):
            _add(program, resource, function)
    if not program.functions:
        plain = ", ".join(resource.physical for resource in resources)
        reason = f"without DurableConfig: {plain}" if plain else "it has no functions"
        raise CommandError(
            f"the CloudFormation stack {stack.name!r} has no durable function ({reason}). A function can only be "
            "made durable at creation: write a program with a new DurableFunction"
        )
    add_alarms(program)
    return program


def _add(program: Program, resource: StackResource, function: existing.ExistingFunction) -> None:
    title, role = program.title(resource.logical), str(function.config["Role"])
    arguments = {
        "function_name": function.name,
        **_code(program, title, function),
        **arguments_of(function),
        **_environment(program, title, resource, function),
        **add_role(program, role),
        # The role has its rights already, in the program or elsewhere.
        "execution_policy": "none",
        **_aliases(program, title, function),
        **_log_group(program, title, function),
        **NO_ALARMS,
    }
    component = Call("DurableFunction", title, arguments, rights_of(program, role), component=True)
    program.statements.append((variable_of(title), component))
    program.functions.append(title)
    archive = arguments.get("code_path")
    function_import = Import(
        "aws:lambda/function:Function", title, function.name, kept_of(function.config), archive
    )
    program.add_import(title, "function", function_import)
    if key := function.config["DurableConfig"].get("KMSKeyArn"):
        program.notes.append(
            f"{title}: executions are encrypted with {key}, for which pulumi-aws has no property"
        )
    program.mark_taken_over(FUNCTION, function.name)
    for version in program.stack.of_type(VERSION):
        if f":function:{function.name}:" in version.physical:
            program.mark_taken_over(VERSION, version.physical)


def _code(program: Program, title: str, function: existing.ExistingFunction) -> dict[str, Any]:
    if function.config.get("PackageType") == "Image":
        return {"image_uri": function.code["ImageUri"]}
    path = f"code/{title}.zip"
    program.archives[path] = function
    return {"code_path": path, "runtime": function.config["Runtime"], "handler": function.config["Handler"]}


def _environment(
    program: Program, title: str, resource: StackResource, function: existing.ExistingFunction
) -> dict[str, Any]:
    declared = program.stack.properties(resource).get("Environment", {})
    declared_variables = declared.get("Variables", {}) if isinstance(declared, Mapping) else {}
    variables: dict[str, Any] = {}
    for name, value in function.config.get("Environment", {}).get("Variables", {}).items():
        declared_value = declared_variables.get(name)
        declared_secret = name in program.secret_variables or program.stack.is_secret(declared_value)
        guessed = not program.stack.is_own_name(declared_value) and looks_secret(name, value)
        if declared_secret or guessed:
            key = f"{title}-{name}"
            program.secrets.append(Secret(key, function.name, name))
            variables[name] = Expression(f'config.require_secret("{key}")')
        else:
            variables[name] = value
    return {"environment": variables} if variables else {}


def _aliases(program: Program, title: str, function: existing.ExistingFunction) -> dict[str, Any]:
    newest = function.newest["Version"] if function.newest else None
    behind = newest is None or function.changed_since_published
    if behind:
        program.notes.append(
            f"{title}: no version has its current code and configuration, so one is published; aliases stay on their versions"
        )
    if not function.aliases:
        program.notes.append(
            f"{title}: it has no alias, and only aliases should be invoked, so the alias `live` is created"
        )
        return {}
    of_stack = {alias.physical for alias in program.stack.of_type(ALIAS)}
    main, *others = sorted(function.aliases, key=lambda alias: alias["AliasArn"] not in of_stack)
    arguments: dict[str, Any] = {"alias_name": main["Name"]}
    if main["FunctionVersion"] == "$LATEST":
        program.notes.append(f"{title}: the alias {main['Name']} moves from $LATEST to the newest version")
    elif behind or main["FunctionVersion"] != newest:
        arguments["alias_version"] = main["FunctionVersion"]
    if others:
        arguments["additional_aliases"] = {alias["Name"]: _followed(alias) for alias in others}
    for alias in function.aliases:
        name = title if alias is main else f"{title}-{alias['Name']}"
        keep = {}
        if alias.get("Description"):
            keep["description"] = "the component sets none"
        if (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights"):
            keep["routingConfig"] = (
                "it splits new executions between versions; new_version_weight can express that"
            )
        imported = Import("aws:lambda/alias:Alias", name, f"{function.name}/{alias['Name']}", keep)
        program.add_import(title, f"alias {alias['Name']}", imported)
        program.mark_taken_over(ALIAS, alias["AliasArn"])
    return arguments


def _followed(alias: Mapping[str, Any]) -> str:
    version = str(alias["FunctionVersion"])
    return "newest" if version == "$LATEST" else version


def _log_group(program: Program, title: str, function: existing.ExistingFunction) -> dict[str, Any]:
    name = function.log_group
    arguments: dict[str, Any] = {"log_group_name": name}
    existing_group = existing.read_log_group(name)
    if existing_group is None:
        program.notes.append(f"{title}: the log group {name} does not exist yet, and is created")
        return arguments
    keep = {}
    if days := existing_group.group.get("retentionInDays"):
        arguments["log_retention_days"] = days
    else:
        keep["retentionInDays"] = (
            "logs are kept forever; any retention deletes old ones, so it is left to you"
        )
    if dict(existing_group.tags) != dict(function.tags):
        keep["tags"] = "they differ from the function's"
    if existing_group.group.get("kmsKeyId"):
        keep["kmsKeyId"] = "the component sets no key for logs"
    if existing_group.group.get("logGroupClass", "STANDARD") != "STANDARD":
        keep["logGroupClass"] = "the component creates standard log groups"
    program.add_import(title, "log group", Import("aws:cloudwatch/logGroup:LogGroup", title, name, keep))
    program.mark_taken_over(LOG_GROUP, name)
    return arguments
