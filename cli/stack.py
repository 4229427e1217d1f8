"""What a stack has deployed, as its state says."""

import importlib
import json
import subprocess
import threading
from typing import Any

from .state import Function, functions_in

__all__ = ["Function", "OpsError", "chosen", "exported", "functions_of", "previewed", "run_pulumi"]


class OpsError(Exception):
    """A command cannot do what it was asked; the message tells a person what to do."""


def functions_of(stack: str | None) -> dict[str, Function]:
    """Return the durable functions in the state of a stack, or of the one that is selected, by their titles.

    Raises:
        OpsError: there is no such stack, or it has no durable function.
    """
    # While the engine reads the state, this process gets ready to ask AWS.
    ready = threading.Thread(target=importlib.import_module, args=("boto3",), daemon=True)
    ready.start()
    try:
        found = functions_in(exported(stack))
    finally:
        ready.join()
    if not found:
        named = f"the stack {stack}" if stack else "the stack that is selected"
        raise OpsError(
            f"{named} has no durable function (of a DurableConfig) in its state; run pulumi up first"
        )
    return found


def chosen(found: dict[str, Function], titles: list[str]) -> list[Function]:
    """Return the functions of these titles; all, if none is named.

    Raises:
        OpsError: one of them is not there.
    """
    if missing := [title for title in titles if title not in found]:
        raise OpsError(f"no function {', '.join(missing)}; the stack has {', '.join(sorted(found))}")
    return [found[title] for title in titles] if titles else list(found.values())


def previewed(stack: str | None) -> dict[str, dict[str, Any]]:
    """Return the inputs that the next deployment would give to each durable function that stands, by its ARN.

    Raises:
        OpsError: the preview failed.
    """
    steps = _pulumi(stack, "preview", "--json", "--show-sames").get("steps") or []
    found = {}
    for step in steps:
        new, old = step.get("newState") or {}, step.get("oldState") or {}
        if new.get("type") == "aws:lambda/function:Function" and "arn" in old.get("outputs", {}):
            found[old["outputs"]["arn"]] = new["inputs"]
    return found


def exported(stack: str | None) -> dict[str, Any]:
    """Return the state of a stack, as `pulumi stack export` writes it and `pulumi stack import` reads it.

    Raises:
        OpsError: there is no such stack.
    """
    return _pulumi(stack, "stack", "export")


def run_pulumi(stack: str | None, *command: str, given: str | None = None) -> str:
    """Run a command of the engine, with `given` as its standard input, and return what it prints.

    Raises:
        OpsError: it failed; the message is the engine's.
    """
    named = ["--stack", stack] if stack else []
    try:
        # From PATH, as everywhere.
        done = subprocess.run(  # noqa: S603
            ["pulumi", *command, *named],  # noqa: S607
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise OpsError('pulumi is not on PATH; for the local cloud: eval "$(make env)"') from None
    if done.returncode:
        raise OpsError((done.stderr.strip() or _diagnosed(done.stdout)).removeprefix("error: "))
    return done.stdout


def _pulumi(stack: str | None, *command: str) -> dict[str, Any]:
    """Return what a command of the engine answers in JSON."""
    text = run_pulumi(stack, *command)
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise OpsError(f"pulumi {' '.join(command)} answered no JSON object: {text[:200]!r}")
    return answer


def _diagnosed(answer: str) -> str:
    """Return the errors among the diagnostics of a preview that failed."""
    try:
        told = json.loads(answer).get("diagnostics", [])
    except ValueError:
        return answer.strip()
    return "\n".join(each["message"].strip() for each in told if each.get("severity") == "error")
