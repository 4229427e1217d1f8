"""Reads what a stack has deployed from its state."""

import contextlib
import json
import subprocess
import threading
from typing import Any

from . import services
from .state import Function, functions_in

__all__ = [
    "CommandError",
    "Function",
    "export_state",
    "functions_of",
    "preview_inputs",
    "run_pulumi",
    "select_functions",
]


class CommandError(Exception):
    """A command cannot do what was asked; the message tells the user what to do."""


def functions_of(stack: str | None) -> dict[str, Function]:
    """Return the durable functions in the state of a stack, or of the selected one, by title.

    Raises:
        CommandError: there is no such stack, or it has no durable function.
    """
    ready = threading.Thread(target=_prepare_client, daemon=True)
    ready.start()
    try:
        functions = functions_in(export_state(stack))
    finally:
        ready.join()
    if not functions:
        stack_name = f"the stack {stack}" if stack else "the selected stack"
        raise CommandError(
            f"{stack_name} has no durable function (one with a DurableConfig) in its state; run pulumi up first"
        )
    return functions


def _prepare_client() -> None:
    """Import botocore and read Lambda's model, while the engine reads the state: both take longer than most calls."""
    # What fails here fails again, and is explained, when the client is made.
    with contextlib.suppress(Exception):
        services.prepare()


def select_functions(functions: dict[str, Function], titles: list[str]) -> list[Function]:
    """Return the functions with these titles; all if none is named.

    Raises:
        CommandError: there is no function with one of these titles.
    """
    if missing := [title for title in titles if title not in functions]:
        raise CommandError(f"no function {', '.join(missing)}; the stack has {', '.join(sorted(functions))}")
    return [functions[title] for title in titles] if titles else list(functions.values())


def preview_inputs(stack: str | None) -> dict[str, dict[str, Any]]:
    """Return the inputs that the next deployment would give to each existing function, by ARN.

    Raises:
        CommandError: the preview failed.
    """
    steps = _pulumi(stack, "preview", "--json", "--show-sames").get("steps") or []
    inputs = {}
    for step in steps:
        new, old = step.get("newState") or {}, step.get("oldState") or {}
        if new.get("type") == "aws:lambda/function:Function" and "arn" in old.get("outputs", {}):
            inputs[old["outputs"]["arn"]] = new["inputs"]
    return inputs


def export_state(stack: str | None) -> dict[str, Any]:
    """Return a stack's state, as `pulumi stack export` writes it and `pulumi stack import` reads it.

    Raises:
        CommandError: there is no such stack.
    """
    return _pulumi(stack, "stack", "export")


def run_pulumi(stack: str | None, *command: str, stdin: str | None = None) -> str:
    """Run a Pulumi command, with `stdin` as its standard input, and return what it prints.

    Raises:
        CommandError: it failed; the message is Pulumi's.
    """
    stack_option = ["--stack", stack] if stack else []
    try:
        # pulumi is taken from PATH, as everywhere.
        process = subprocess.run(  # noqa: S603 - commands of our own
            ["pulumi", *command, *stack_option],  # noqa: S607 - the pulumi that the user has on PATH
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise CommandError('pulumi is not on PATH; for the local cloud: eval "$(make env)"') from None
    if process.returncode:
        raise CommandError(
            (process.stderr.strip() or _preview_errors(process.stdout)).removeprefix("error: ")
        )
    return process.stdout


def _pulumi(stack: str | None, *command: str) -> dict[str, Any]:
    """Return the JSON object that a Pulumi command prints."""
    text = run_pulumi(stack, *command)
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise CommandError(f"pulumi {' '.join(command)} printed no JSON object: {text[:200]!r}")
    return answer


def _preview_errors(answer: str) -> str:
    """Return the errors among a failed preview's diagnostics."""
    try:
        diagnostics = json.loads(answer).get("diagnostics", [])
    except ValueError:
        return answer.strip()
    return "\n".join(
        diagnostic["message"].strip() for diagnostic in diagnostics if diagnostic.get("severity") == "error"
    )
