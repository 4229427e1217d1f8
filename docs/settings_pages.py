"""What stacks/settings.py says of a stack file's keys: docs/settings.md, and what Pulumi.yaml declares."""

from pathlib import Path

import yaml

from docs.docstrings import documented
from stacks.settings import PROFILES, Settings

PULUMI_YAML = Path(__file__).resolve().parents[1] / "Pulumi.yaml"
MARK = "  # Written by `make docs` from stacks/settings.py.\n"
# The alias is named after the stack.
COMPUTED = {"aliasName"}


def _settings() -> dict[str, tuple[str, str]]:
    """Return each key with its value in every profile, as the cells of a table, and its description."""
    described = {name: text for name, _, text in documented(Settings)}
    usual = [Settings.usual(profile) for profile in PROFILES]
    rows = {}
    for name, field in Settings.model_fields.items():
        key = str(field.alias)
        unsaid = "required" if field.is_required() and key not in COMPUTED else ""
        cells = " | ".join(f"`{values[key]}`" if key in values else unsaid for values in usual)
        rows[key] = cells, described[name]
    return rows


def page() -> str:
    """Return docs/settings.md: every key of a stack file, with what the profiles give it."""
    lines = [
        "# Settings",
        "",
        "Every key of `stacks/Pulumi.<stack>.yaml`, which you write with the prefix `durable-functions:`. A key that the",
        "file leaves out gets its profile's value; without a value there, it is not set.",
        "A duration is a number of seconds, or a number with `s`, `m`, `h` or `d`; days are a number, with `d` or without.",
        "",
        f"| key | {' | '.join(PROFILES)} | meaning |",
        f"| --- |{' --- |' * len(PROFILES)} --- |",
        *(f"| `{key}` | {cells} | {text} |" for key, (cells, text) in _settings().items()),
    ]
    return "\n".join(lines) + "\n"


def pulumi_yaml() -> str:
    """Return Pulumi.yaml with all keys of a stack file.

    No key has a type and each has a default, since the engine stops at the first value of another type and at what is
    missing; an empty default is "left out".
    """
    by_hand, mark, _ = PULUMI_YAML.read_text().partition(MARK)
    assert mark, f"Pulumi.yaml has no line {MARK!r}"
    keys = {
        key: {"default": "", "description": f"Required. {text}" if "required" in cells else text}
        for key, (cells, text) in _settings().items()
    }
    text = yaml.safe_dump(keys, sort_keys=False, width=1000, allow_unicode=True)
    return by_hand + MARK + "".join(f"  {line}\n" for line in text.splitlines())
