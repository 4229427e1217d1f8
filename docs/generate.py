"""Write the files that come from the code: `python docs/generate.py`, or `--check` to compare only."""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT), str(PROJECT / "policies")]

import components  # noqa: E402 - the project is not installed
from components.host import COMPONENTS  # noqa: E402
from docs.docstrings import documented  # noqa: E402
from docs.schema import schema  # noqa: E402
from durable_policies import policies  # noqa: E402
from stacks.profiles import PROFILES  # noqa: E402
from tests.permissions import page as permissions  # noqa: E402
from tests.unit.bad_inputs import page as errors  # noqa: E402


def arguments() -> str:
    """Return docs/arguments.md: every argument of every component, as its docstring says."""
    lines = [
        "# Arguments",
        "",
        "Every argument of every component. An argument of type `Input` may be an output of another resource; the",
        "others must be known when the program runs. What a wrong value is told stands in [errors.md](errors.md).",
        "",
        "The methods of a DurableFunction (`grant_...`, `allow_secret`, `on_...`, `add_url`) fill in what names the function itself:",
        "`qualified_arn`, `function_arn`, `execution_timeout_seconds`, `role_name`.",
    ]
    for component in COMPONENTS:
        lines += ["", f"## {component.__name__}", ""]
        lines += _table(getattr(components, f"{component.__name__}Args"))
    lines += [
        "",
        "## RoleStatement",
        "",
        "One of `role_statements` and of a DurableExecutionRole's `statements`.",
    ]
    lines += ["", *_table(components.RoleStatement)]
    return "\n".join(lines) + "\n"


def _table(args: Any) -> Iterator[str]:
    yield from ("| argument | type | what it does |", "| --- | --- | --- |")
    for name, annotation, text in documented(args):
        required = not annotation.startswith("NotRequired[")
        kind = annotation if required else annotation.removeprefix("NotRequired[").removesuffix("]")
        kind = f"`{kind.replace('pulumi.', '')}`{' (required)' if required else ''}"
        cell = text.replace("|", "\\|")
        yield f"| `{name}` | {kind} | {cell} |"


def settings() -> str:
    """Return docs/settings.md: every key of a stack file, with what the profiles give it."""
    declared = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())["config"]
    lines = [
        "# Stack files",
        "",
        "Every key of `stacks/Pulumi.<stack>.yaml`, written with `durable-functions:` before it. A key that the file",
        "leaves out has its profile's value (`stacks/profiles.py`); one without a value there is left out.",
        "Durations are seconds, or a number with `s`, `m`, `h` or `d`.",
        "",
        f"| key | {' | '.join(PROFILES)} | what it says |",
        f"| --- |{' --- |' * len(PROFILES)} --- |",
    ]
    for key, entry in declared.items():
        if ":" not in key:
            said = [
                f"`{values[key]}`" if key in values else ("required" if "default" not in entry else "")
                for values in PROFILES.values()
            ]
            lines.append(f"| `{key}` | {' | '.join(said)} | {entry['description']} |")
    return "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "components/schema.json": schema,
    "docs/arguments.md": arguments,
    "docs/errors.md": errors,
    "docs/permissions.md": permissions,
    "docs/policies.md": policies.page,
    "docs/settings.md": settings,
    **{f"policies/{stage}.json": partial(policies.configuration, stage) for stage in policies.STAGES},
}


def main() -> int:
    """Write or check the pages; the exit code is 1 if a page is out of date."""
    stale = []
    for name, page in PAGES.items():
        path = PROJECT / name
        if not path.exists() or path.read_text() != page():
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(page())
    if stale and "--check" in sys.argv:
        sys.stderr.write(f"error: {' and '.join(stale)} is not what the code says; run: make docs\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
