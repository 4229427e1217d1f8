"""Generates docs/settings.md, and the keys in Pulumi.yaml, from stacks/settings.py."""

from pathlib import Path

import yaml

from docs.docstrings import documented
from stacks.settings import PROFILES, Settings

PULUMI_YAML = Path(__file__).resolve().parents[1] / "Pulumi.yaml"
MARK = "  # Written by `make docs` from stacks/settings.py.\n"
# Required by the class, but computed: the alias is named after the stack.
COMPUTED = {"aliasName"}


def _settings() -> dict[str, tuple[str, str]]:
    """Return each key with its value in every profile, as the cells of a table, and its description."""
    descriptions = {name: text for name, _, text in documented(Settings)}
    defaults = [Settings.defaults(profile) for profile in PROFILES]
    rows = {}
    for name, field in Settings.model_fields.items():
        key = str(field.alias)
        missing = "required" if field.is_required() and key not in COMPUTED else ""
        cells = " | ".join(f"`{values[key]}`" if key in values else missing for values in defaults)
        rows[key] = cells, descriptions[name]
    return rows


def page() -> str:
    """Return docs/settings.md: every key of a stack file, with its default in each profile."""
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

    No key has a type and each has a default, because the engine stops at the first value of a wrong type, and at a
    missing value. An empty default means that the key is left out.
    """
    manual, mark, _ = PULUMI_YAML.read_text().partition(MARK)
    assert mark, f"Pulumi.yaml has no line {MARK!r}"
    keys = {
        key: {"default": "", "description": f"Required. {text}" if "required" in cells else text}
        for key, (cells, text) in _settings().items()
    }
    text = yaml.safe_dump(keys, sort_keys=False, width=1000, allow_unicode=True)
    return manual + MARK + "".join(f"  {line}\n" for line in text.splitlines())
