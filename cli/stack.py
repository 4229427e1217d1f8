"""What a stack has deployed, as its state says."""

import importlib
import json
import subprocess
import threading
from typing import Any

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
    """A command cannot do what it was asked; the message tells a person what to do."""


def functions_of(stack: str | None) -> dict[str, Function]:
    """Return the durable functions in the state of a stack, or of the one that is selected, by their titles.

    Raises:
        CommandError: there is no such stack, or it has no durable function.
    """
    # While the engine reads the state, this process gets ready to ask AWS.
    ready = threading.Thread(target=importlib.import_module, args=("boto3",), daemon=True)
    ready.start()
    try:
        functions = functions_in(export_state(stack))
    finally:
        ready.join()
    if not functions:
        stack_name = f"the stack {stack}" if stack else "the stack that is selected"
        raise CommandError(
            f"{stack_name} has no durable function (of a DurableConfig) in its state; run pulumi up first"
        )
    return functions


def select_functions(functions: dict[str, Function], titles: list[str]) -> list[Function]:
    """Return the functions of these titles; all, if none is named.

    Raises:
        CommandError: one of them is not there.
    """
    if missing := [title for title in titles if title not in functions]:
        raise CommandError(f"no function {', '.join(missing)}; the stack has {', '.join(sorted(functions))}")
    return [functions[title] for title in titles] if titles else list(functions.values())


def preview_inputs(stack: str | None) -> dict[str, dict[str, Any]]:
    """Return the inputs that the next deployment would give to each durable function that stands, by its ARN.

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
    """Return the state of a stack, as `pulumi stack export` writes it and `pulumi stack import` reads it.

    Raises:
        CommandError: there is no such stack.
    """
    return _pulumi(stack, "stack", "export")


def run_pulumi(stack: str | None, *command: str, stdin: str | None = None) -> str:
    """Run a command of the engine, with `given` as its standard input, and return what it prints.

    Raises:
        CommandError: it failed; the message is the engine's.
    """
    stack_option = ["--stack", stack] if stack else []
    try:
        # From PATH, as everywhere.
        process = subprocess.run(  # noqa: S603
            ["pulumi", *command, *stack_option],  # noqa: S607
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise CommandError('pulumi is not on PATH; for the local cloud: eval "$(make env)"') from None
    if process.returncode:
        raise CommandError((process.stderr.strip() or _diagnosed(process.stdout)).removeprefix("error: "))
    return process.stdout


def _pulumi(stack: str | None, *command: str) -> dict[str, Any]:
    """Return what a command of the engine answers in JSON."""
    text = run_pulumi(stack, *command)
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise CommandError(f"pulumi {' '.join(command)} answered no JSON object: {text[:200]!r}")
    return answer


def _diagnosed(answer: str) -> str:
    """Return the errors among the diagnostics of a preview that failed."""
    try:
        diagnostics = json.loads(answer).get("diagnostics", [])
    except ValueError:
        return answer.strip()
    return "\n".join(
        diagnostic["message"].strip() for diagnostic in diagnostics if diagnostic.get("severity") == "error"
    )
