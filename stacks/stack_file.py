"""What the configuration does not contain and the text of the stack file does: the file's name, and octal numbers.

The engine passes the values to the program, but not the name of the file, which `--config-file` may set.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pulumi_durable_functions import Problem

_FOLDER = Path(__file__).resolve().parent
_STRING = "tag:yaml.org,2002:str"
_EMPTY = ("", "~", "null")


def origin(config: Mapping[str, Any], project: str, stack: str) -> tuple[str, list[Problem]]:
    """Find the file that contains a configuration.

    Returns:
        The name of the file for errors, and its numbers that YAML reads as octal.
    """
    default = f"stacks/Pulumi.{stack}.yaml"
    files = {default: _FOLDER / f"Pulumi.{stack}.yaml"}
    # The form of --config-file that a program can see:
    # https://www.pulumi.com/blog/controlling-the-cli-through-environment-variables/
    if option := os.environ.get("PULUMI_OPTION_CONFIG_FILE"):
        files = {option: Path(option), **files}
    own = {
        key.removeprefix(f"{project}:"): value
        for key, value in config.items()
        if key.startswith(f"{project}:") and value != ""
    }
    for name, path in files.items():
        parts = _parts(path)
        values = {
            # A key without a namespace belongs to the project.
            key.removeprefix(f"{project}:"): node
            for key, node in _items(parts.get("config")).items()
            if (key.startswith(f"{project}:") or ":" not in key) and node.value not in _EMPTY
        }
        if values and _agree(values, own, more="environment" in parts):
            return name, [problem for key, node in values.items() for problem in _octal(key, node)]
    return f"the configuration of stack {stack!r} (not {default})", []


def _parts(path: Path) -> dict[str, yaml.Node]:
    """Return the top level of a file; nothing if it cannot be read."""
    try:
        return _items(yaml.compose(path.read_text(encoding="utf-8"), yaml.SafeLoader))
    except (OSError, ValueError, yaml.YAMLError):
        return {}


def _items(node: yaml.Node | None) -> dict[str, yaml.Node]:
    return {key.value: value for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}


def _agree(values: Mapping[str, yaml.Node], own: Mapping[str, Any], *, more: bool) -> bool:
    """Tell whether a file matches the configuration, to which an imported environment may add values.

    Only strings are compared, since other values can be written in several ways.
    """
    strings = {key: node.value for key, node in values.items() if node.tag == _STRING}
    return (own.keys() >= values.keys() if more else own.keys() == values.keys()) and all(
        own[key] == string for key, string in strings.items()
    )


def _octal(key: str, node: yaml.Node) -> Iterator[Problem]:
    """Find numbers such as 0512; 0o512 is octal on purpose."""
    if isinstance(node, yaml.MappingNode):
        for name, value in _items(node).items():
            yield from _octal(f"{key}.{name}", value)
    elif isinstance(node, yaml.ScalarNode) and node.style is None and re.fullmatch(r"-?0[0-7]+", node.value):
        read = int(node.value, 8)
        yield Problem(
            key,
            f"is an octal number in YAML, read as {read}; write {int(node.value)}, or {read} if you mean that",
            node.value,
        )
