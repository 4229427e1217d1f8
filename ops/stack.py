"""What a stack has deployed, as its outputs say."""

import json
import subprocess
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

_LIMITS = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 5})


class OpsError(Exception):
    """A command cannot do what it was asked; the message tells a person what to do."""


@dataclass(frozen=True)
class Function:
    """A durable function of a stack."""

    title: str
    """What the stack's outputs call it."""
    name: str
    arn: str
    alias: str
    release: tuple[str, ...] = ()
    """The versions that the stack has put behind the alias."""

    @property
    def region(self) -> str:
        """The region in its ARN."""
        return self.arn.split(":")[3]

    def client(self) -> Any:
        """Return a client for Lambda in its region, with the credentials of the environment."""
        return boto3.client("lambda", region_name=self.region, config=_LIMITS)


def functions_of(stack: str | None) -> dict[str, Function]:
    """Return the durable functions in the outputs of a stack, or of the one that is selected.

    Raises:
        OpsError: there is no such stack, or it has no durable function.
    """
    found = {
        title: Function(
            title,
            value["function_name"],
            value["function_arn"],
            value["alias_name"],
            tuple((value.get("release") or {}).get(value["alias_name"], {})),
        )
        for title, value in _pulumi(stack, "stack", "output", "--json").items()
        # What else a program puts out may have an ARN too.
        if isinstance(value, dict) and value.keys() >= {"function_name", "function_arn", "alias_name"}
    }
    if not found:
        named = f"the stack {stack}" if stack else "the stack that is selected"
        raise OpsError(f"{named} has no durable function in its outputs; run pulumi up first")
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
    answer: dict[str, Any] = json.loads(run_pulumi(stack, *command))
    return answer


def _diagnosed(answer: str) -> str:
    """Return the errors among the diagnostics of a preview that failed."""
    try:
        told = json.loads(answer).get("diagnostics", [])
    except ValueError:
        return answer.strip()
    return "\n".join(each["message"].strip() for each in told if each.get("severity") == "error")
