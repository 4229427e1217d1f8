"""Write the files that come from the code: `python docs/generate.py`, or `--check` to compare only."""

import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT), str(PROJECT / "policies")]

from docs import reference_pages  # noqa: E402 - the project is not installed
from docs.schema import schema, version  # noqa: E402
from durable_policies import policies  # noqa: E402
from stacks.profiles import PROFILES  # noqa: E402
from tests.permissions import page as permissions  # noqa: E402
from tests.unit.bad_inputs import page as errors  # noqa: E402


def settings() -> str:
    """Return docs/settings.md: every key of a stack file, with what the profiles give it."""
    declared = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())["config"]
    lines = [
        "# Settings",
        "",
        "Every key of `stacks/Pulumi.<stack>.yaml`, which you write with the prefix `durable-functions:`. A key that the",
        "file leaves out gets its profile's value (`stacks/profiles.py`); without a value there, it is not set.",
        "Durations are seconds, or a number with `s`, `m`, `h` or `d`.",
        "",
        f"| key | {' | '.join(PROFILES)} | meaning |",
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


def policy_pack() -> str:
    """Return policies/PulumiPolicy.yaml, with the project's version."""
    text = (PROJECT / "policies" / "PulumiPolicy.yaml").read_text()
    return re.sub(r"^version: .*$", f"version: {version()}", text, flags=re.MULTILINE)


PAGES: dict[str, Callable[[], str]] = {
    "components/schema.json": schema,
    "docs/errors.md": errors,
    "docs/permissions.md": permissions,
    "docs/policies.md": policies.page,
    "docs/settings.md": settings,
    "policies/PulumiPolicy.yaml": policy_pack,
    **{f"policies/{stage}.json": partial(policies.configuration, stage) for stage in policies.STAGES},
    **reference_pages.PAGES,
}


def main() -> int:
    """Write or check the pages; the exit code is 1 if a page is out of date."""
    stale = []
    for name, page in PAGES.items():
        path, text = PROJECT / name, page()
        if not path.exists() or path.read_text() != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.parent.mkdir(exist_ok=True)
                path.write_text(text)
    if stale and "--check" in sys.argv:
        sys.stderr.write(f"error: {' and '.join(stale)} is not what the code says; run: make docs\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
