"""Durable functions of a stack: each becomes a component, with its role, aliases and log group."""

from collections.abc import Mapping
from typing import Any

from ..stack import OpsError
from . import standing
from .alarms import add_alarms
from .configuration import arguments_of, kept_of
from .deployed import ALIAS, FUNCTION, LOG_GROUP, VERSION, DeployedStack, Resource
from .program import Import, Program, Secret
from .roles import add_role, rights_of
from .secret_values import looks_secret
from .source import Call, Code, variable_of

NO_ALARMS = {"errors_alarm": False, "durable_alarms": False}
"""What the component would add to what stands; the import adds nothing."""


def program_of(stack: DeployedStack, secret_variables: frozenset[str] = frozenset()) -> Program:
    """Return the program that takes over a stack's durable functions.

    Raises:
        OpsError: it has none.
    """
    program = Program(stack, secret_variables)
    resources = stack.of_type(FUNCTION)
    for resource in resources:
        if found := standing.function(resource.physical):
            _add(program, resource, found)
    if not program.functions:
        plain = ", ".join(each.physical for each in resources)
        reason = f"without DurableConfig: {plain}" if plain else "it has no function at all"
        raise OpsError(
            f"the CloudFormation stack {stack.name!r} has no durable function ({reason}). A function becomes durable "
            "only when it is made: write a program with a new DurableFunction"
        )
    add_alarms(program)
    return program


def _add(program: Program, resource: Resource, found: standing.Function) -> None:
    title, role = program.title(resource.logical), str(found.config["Role"])
    arguments = {
        "function_name": found.name,
        **_code(program, title, found),
        **arguments_of(found),
        **_environment(program, title, resource, found),
        **add_role(program, role),
        # The role has its rights already, in the program or elsewhere.
        "execution_policy": "none",
        **_aliases(program, title, found),
        **_log_group(program, title, found),
        **NO_ALARMS,
    }
    made = Call("DurableFunction", title, arguments, rights_of(program, role), component=True)
    program.statements.append((variable_of(title), made))
    program.functions.append(title)
    archive = arguments.get("code_path")
    imported = Import("aws:lambda/function:Function", title, found.name, kept_of(found.config), archive)
    program.adopt(title, "function", imported)
    if key := found.config["DurableConfig"].get("KMSKeyArn"):
        program.notes.append(
            f"{title}: executions are encrypted with {key}, for which pulumi-aws has no word"
        )
    program.take(FUNCTION, found.name)
    for each in program.stack.of_type(VERSION):
        if f":function:{found.name}:" in each.physical:
            program.take(VERSION, each.physical)


def _code(program: Program, title: str, found: standing.Function) -> dict[str, Any]:
    if found.config.get("PackageType") == "Image":
        return {"image_uri": found.code["ImageUri"]}
    path = f"code/{title}.zip"
    program.archives[path] = found
    return {"code_path": path, "runtime": found.config["Runtime"], "handler": found.config["Handler"]}


def _environment(
    program: Program, title: str, resource: Resource, found: standing.Function
) -> dict[str, Any]:
    told = program.stack.properties(resource).get("Environment", {})
    said = told.get("Variables", {}) if isinstance(told, Mapping) else {}
    variables: dict[str, Any] = {}
    for name, value in found.config.get("Environment", {}).get("Variables", {}).items():
        known = name in program.secret_variables or program.stack.is_secret(said.get(name))
        if known or looks_secret(name, value):
            key = f"{title}-{name}"
            program.secrets.append(Secret(key, found.name, name))
            variables[name] = Code(f'config.require_secret("{key}")')
        else:
            variables[name] = value
    return {"environment": variables} if variables else {}


def _aliases(program: Program, title: str, found: standing.Function) -> dict[str, Any]:
    newest = found.newest["Version"] if found.newest else None
    behind = newest is None or found.changed_since_published
    if behind:
        program.notes.append(
            f"{title}: no version has its present code and configuration, so one is published; aliases stay on theirs"
        )
    if not found.aliases:
        program.notes.append(
            f"{title}: it has no alias, and nothing else should be invoked, so `live` is made"
        )
        return {}
    of_stack = {each.physical for each in program.stack.of_type(ALIAS)}
    main, *others = sorted(found.aliases, key=lambda alias: alias["AliasArn"] not in of_stack)
    arguments: dict[str, Any] = {"alias_name": main["Name"]}
    if main["FunctionVersion"] == "$LATEST":
        program.notes.append(f"{title}: the alias {main['Name']} moves from $LATEST to the newest version")
    elif behind or main["FunctionVersion"] != newest:
        arguments["alias_version"] = main["FunctionVersion"]
    if others:
        arguments["additional_aliases"] = {each["Name"]: _followed(each) for each in others}
    for alias in found.aliases:
        name = title if alias is main else f"{title}-{alias['Name']}"
        keep = {}
        if alias.get("Description"):
            keep["description"] = "the component writes none"
        if (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights"):
            keep["routingConfig"] = (
                "new executions are split between versions; new_version_weight can say that"
            )
        imported = Import("aws:lambda/alias:Alias", name, f"{found.name}/{alias['Name']}", keep)
        program.adopt(title, f"alias {alias['Name']}", imported)
        program.take(ALIAS, alias["AliasArn"])
    return arguments


def _followed(alias: Mapping[str, Any]) -> str:
    version = str(alias["FunctionVersion"])
    return "newest" if version == "$LATEST" else version


def _log_group(program: Program, title: str, found: standing.Function) -> dict[str, Any]:
    name = found.log_group
    arguments: dict[str, Any] = {"log_group_name": name}
    there = standing.log_group(name)
    if there is None:
        program.notes.append(f"{title}: the log group {name} is not there yet, and is made")
        return arguments
    keep = {}
    if days := there.group.get("retentionInDays"):
        arguments["log_retention_days"] = days
    else:
        keep["retentionInDays"] = (
            "logs are kept for ever; anything else deletes old ones, so it is left to you"
        )
    if dict(there.tags) != dict(found.tags):
        keep["tags"] = "they are not those of the function"
    if there.group.get("kmsKeyId"):
        keep["kmsKeyId"] = "the component has no key for logs"
    if there.group.get("logGroupClass", "STANDARD") != "STANDARD":
        keep["logGroupClass"] = "the component makes standard log groups"
    program.adopt(title, "log group", Import("aws:cloudwatch/logGroup:LogGroup", title, name, keep))
    program.take(LOG_GROUP, name)
    return arguments
