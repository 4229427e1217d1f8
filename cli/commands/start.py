"""Start executions."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ..console import AsJson, Stack, Title, coloured, out, pretty, print_json
from ..executions import SYNC_SECONDS
from ..selection import NAME
from ..service_errors import error_code
from ..stack import CommandError, Function, functions_of, select_functions
from ..terminal import shown, visible
from .watch import follow_execution

MAX_BYTES = {True: 6 * 1024 * 1024, False: 1024 * 1024}
"""The largest payload that Lambda takes for a synchronous invoke, and for an asynchronous one."""


def invoke(
    function: Title,
    payload: Annotated[
        str | None,
        typer.Argument(
            help="A file with JSON, - for standard input, or JSON itself; '{}' for an empty payload."
        ),
    ] = None,
    *,
    stack: Stack = None,
    name: Annotated[
        str | None, typer.Option(help="The execution's name; the same name and payload start it only once.")
    ] = None,
    sync: Annotated[
        bool,
        typer.Option("--sync/--async", help="Let Lambda return when the execution has ended, or at once."),
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", "-w", help="Follow the execution until it ends.")] = False,
    qualifier: Annotated[
        str | None, typer.Option(help="A version or another alias. Default: the function's alias.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Start an execution.

    With --wait or --sync the exit code is 0 if it succeeded, and 1 if not.
    """
    if name is not None and not NAME.fullmatch(name):
        raise typer.BadParameter(
            f"--name {name!r}: 1 to 64 letters, digits, hyphens and underscores are allowed"
        )
    body = read_payload(payload)
    if len(body.encode()) > MAX_BYTES[sync]:
        raise typer.BadParameter(
            f"the payload has {len(body.encode()):,} bytes; Lambda takes at most {MAX_BYTES[sync]:,} "
            f"{'synchronously' if sync else 'asynchronously'}: put the data into S3 and pass its location"
        )
    (target,) = select_functions(functions_of(stack), [function])
    client, qualified = target.client(), f"{target.arn}:{qualifier or target.alias}"
    if sync:
        check_sync_timeout(client, qualified, target)
    request: dict[str, Any] = {"FunctionName": qualified, "Payload": body}
    request["InvocationType"] = "RequestResponse" if sync else "Event"
    if name is not None:
        request["DurableExecutionName"] = name
    arn = _invoked(client, target, request)
    if arn is None:
        raise CommandError(
            f"{qualified} was invoked, but no execution has started: it is not durable. "
            f"`durable doctor {target.title}` shows why, and --qualifier selects a version or an alias that is durable"
        )
    if not sync and not wait:
        _started(arn, as_json=as_json)
        return
    if wait:
        follow_execution(client, arn, quiet=as_json)
    execution = client.get_durable_execution(DurableExecutionArn=arn)
    succeeded = execution["Status"] == "SUCCEEDED"
    if as_json:
        keys = ("DurableExecutionArn", "DurableExecutionName", "Status", "Result", "Error")
        print_json({key: execution[key] for key in keys if key in execution})
    else:
        out.print(f"{coloured(execution['Status'])}  {shown(execution['DurableExecutionName'])}")
        out.print(pretty(execution.get("Result") if succeeded else json.dumps(execution.get("Error"))))
    raise typer.Exit(0 if succeeded else 1)


def _invoked(client: Any, function: Function, request: dict[str, Any]) -> str | None:
    """Return the ARN of the execution that an invoke has started, None if there is none.

    Raises:
        CommandError: the alias or version does not exist; the message lists the aliases.
    """
    try:
        arn: str | None = client.invoke(**request).get("DurableExecutionArn")
    except Exception as error:
        qualifier = request["FunctionName"].rpartition(":")[2]
        if error_code(error) != "ResourceNotFoundException" or not (aliases := _aliases(client, function)):
            raise
        if qualifier in aliases:
            raise
        raise CommandError(
            f"{function.title} has no alias or version {qualifier!r}; its aliases: {', '.join(aliases)}. "
            f"`durable doctor {function.title}` shows which versions and aliases exist"
        ) from None
    return arn


def _aliases(client: Any, function: Function) -> list[str]:
    try:
        pages = client.get_paginator("list_aliases").paginate(FunctionName=function.name)
        return sorted(str(alias["Name"]) for page in pages for alias in page["Aliases"])
    except Exception as error:
        if error_code(error):
            return []  # the error of the invoke says enough
        raise


def check_sync_timeout(client: Any, qualified: str, function: Function) -> None:
    """Check that an execution cannot take longer than Lambda waits for it.

    Raises:
        CommandError: its execution timeout is above 15 minutes.
    """
    config = client.get_function_configuration(FunctionName=qualified).get("DurableConfig") or {}
    if (timeout := config.get("ExecutionTimeout", 0)) > SYNC_SECONDS:
        raise CommandError(
            f"{function.title} may run for {timeout:,} s, and Lambda refuses synchronous invokes of more than "
            f"{SYNC_SECONDS} s (15 minutes): use --async --wait"
        )


def read_payload(payload: str | None) -> str:
    """Return JSON from a file, from standard input, or from the argument itself.

    Raises:
        BadParameter: it is not JSON.
    """
    if payload is None:
        raise typer.BadParameter(
            "the payload is missing: pass a file with JSON, - for standard input, or JSON itself; '{}' for an empty one"
        )
    missing = ""
    if payload == "-":
        source, text = "standard input", _standard_input()
    elif _is_file(payload):
        source, text = payload, _file_text(payload)
    else:
        source, text, missing = "the payload", payload, ", and there is no file with that name"
    if missing and _is_name(payload):
        raise typer.BadParameter(f"there is no file {visible(payload)!r}, and it is not JSON either")
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        raise typer.BadParameter(f"{visible(source)} is not JSON ({error}){missing}") from None
    return text


def _is_name(payload: str) -> bool:
    """Whether a payload was meant as a file's name: JSON never starts like this."""
    return (payload[:1].isalpha() and payload not in {"true", "false", "null"}) or payload[:1] in "./~"


def _is_file(payload: str) -> bool:
    if payload.lstrip().startswith(("{", "[", '"')):
        return False
    try:
        return Path(payload).is_file()
    except OSError:  # too long for a name
        return False


def _standard_input() -> str:
    try:
        return sys.stdin.read()
    except UnicodeDecodeError as error:
        raise typer.BadParameter(f"standard input cannot be read ({error})") from None


def _file_text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(visible(f"{path} cannot be read ({error})")) from None


def _started(arn: str, *, as_json: bool) -> None:
    name = arn.split("/")[-2]
    if as_json:
        print_json({"DurableExecutionArn": arn, "DurableExecutionName": name})
        return
    out.print(f"[green]✓[/green] started [bold]{shown(name)}[/bold]")
    out.print(f"  {shown(arn)}", soft_wrap=True)
    out.print(
        f"  durable history {shown(name)} --follow   watch it\n  durable show {shown(name)}   see what it does"
    )
