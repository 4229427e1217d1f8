"""Write the pages of docs/ that come from the code: `python docs/generate.py`, or `--check` to compare only."""

import ast
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from tests.unit.bad_inputs import page as errors  # noqa: E402 - the project is not installed

COMPONENTS = {
    "DurableFunction": ("function_args.py", ("DurableFunctionArgs", "DurableFunctionOptions")),
    "DurableExecutionRole": ("execution_role.py", ("DurableExecutionRoleArgs",)),
    "InvokeGrant": ("grants.py", ("InvokeGrantArgs", "GranteeArgs")),
    "CallbackGrant": ("grants.py", ("CallbackGrantArgs", "GranteeArgs")),
    "ExecutionGrant": ("grants.py", ("ExecutionGrantArgs", "GranteeArgs")),
}


def arguments() -> str:
    """Return docs/arguments.md: every argument of every component, as its docstring says."""
    lines = [
        "# Arguments",
        "",
        "Every argument of every component. An argument of type `Input` may be an output of another resource; the",
        "others must be known when the program runs. What a wrong value is told stands in [errors.md](errors.md).",
    ]
    for component, (file, classes) in COMPONENTS.items():
        module = ast.parse((PROJECT / "components" / file).read_text())
        bodies = {node.name: node.body for node in module.body if isinstance(node, ast.ClassDef)}
        lines += ["", f"## {component}", "", "| argument | type | what it does |", "| --- | --- | --- |"]
        lines += [row for name in classes for row in _rows(bodies[name])]
    return "\n".join(lines) + "\n"


def _rows(body: list[ast.stmt]) -> Iterator[str]:
    for declared, described in itertools.pairwise(body):
        if isinstance(declared, ast.AnnAssign) and isinstance(described, ast.Expr):
            written = ast.unparse(declared.annotation)
            required = not written.startswith("NotRequired[")
            kind = (
                written.removeprefix("NotRequired[")
                .removesuffix("" if required else "]")
                .replace("pulumi.", "")
            )
            text = " ".join(ast.literal_eval(described.value).split()).replace("|", "\\|")
            yield f"| `{ast.unparse(declared.target)}` | `{kind}`{' (required)' if required else ''} | {text} |"


PAGES = {"arguments.md": arguments, "errors.md": errors}


def main() -> int:
    """Write or check the pages; the exit code is 1 if a page is out of date."""
    stale = []
    for name, page in PAGES.items():
        path = PROJECT / "docs" / name
        if not path.exists() or path.read_text() != page():
            stale.append(f"docs/{name}")
            if "--check" not in sys.argv:
                path.write_text(page())
    if stale and "--check" in sys.argv:
        sys.stderr.write(f"error: {' and '.join(stale)} is not what the code says; run: make docs\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
