"""What the text of a stack file tells beside the configuration that the engine makes of it: its name, and octal numbers.

The engine tells a program the values, not the file that they stand in, which `--config-file` may have named.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pulumi_durable_functions import Problem

_FOLDER = Path(__file__).resolve().parent
_TEXT = "tag:yaml.org,2002:str"
_NOTHING = ("", "~", "null")


def origin(config: Mapping[str, Any], project: str, stack: str) -> tuple[str, list[Problem]]:
    """Find the file that a configuration stands in.

    Returns:
        What to call it in an error, and its numbers that YAML reads as octal.
    """
    usual = f"stacks/Pulumi.{stack}.yaml"
    files = {usual: _FOLDER / f"Pulumi.{stack}.yaml"}
    # The form of --config-file that a program can see:
    # https://www.pulumi.com/blog/controlling-the-cli-through-environment-variables/
    if named := os.environ.get("PULUMI_OPTION_CONFIG_FILE"):
        files = {named: Path(named), **files}
    own = {
        key.removeprefix(f"{project}:"): value
        for key, value in config.items()
        if key.startswith(f"{project}:") and value != ""
    }
    for name, path in files.items():
        parts = _parts(path)
        values = {
            # The engine takes a key without a namespace for the project's.
            key.removeprefix(f"{project}:"): node
            for key, node in _items(parts.get("config")).items()
            if (key.startswith(f"{project}:") or ":" not in key) and node.value not in _NOTHING
        }
        if values and _agree(values, own, more="environment" in parts):
            return name, [problem for key, node in values.items() for problem in _octal(key, node)]
    return f"the configuration of stack {stack!r}, which is not that of {usual},", []


def _parts(path: Path) -> dict[str, yaml.Node]:
    """Return the top level of a file; nothing if it cannot be read."""
    try:
        return _items(yaml.compose(path.read_text(encoding="utf-8"), yaml.SafeLoader))
    except (OSError, ValueError, yaml.YAMLError):
        return {}


def _items(node: yaml.Node | None) -> dict[str, yaml.Node]:
    return {key.value: value for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}


def _agree(values: Mapping[str, yaml.Node], own: Mapping[str, Any], *, more: bool) -> bool:
    """Tell whether a file says what the configuration does; an environment that it imports may say more.

    Text alone is compared: what else is a value has several ways to be written.
    """
    texts = {key: node.value for key, node in values.items() if node.tag == _TEXT}
    return (own.keys() >= values.keys() if more else own.keys() == values.keys()) and all(
        own[key] == text for key, text in texts.items()
    )


def _octal(key: str, node: yaml.Node) -> Iterator[Problem]:
    """Find numbers such as 0512; one that is written 0o512 is meant so."""
    if isinstance(node, yaml.MappingNode):
        for name, value in _items(node).items():
            yield from _octal(f"{key}.{name}", value)
    elif isinstance(node, yaml.ScalarNode) and node.style is None and re.fullmatch(r"-?0[0-7]+", node.value):
        read = int(node.value, 8)
        yield Problem(
            key,
            f"is octal to YAML, which reads {read}; write {int(node.value)}, or {read} if that is meant",
            node.value,
        )
