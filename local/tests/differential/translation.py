"""Configurations in Terraform's names and form, by the schema of its provider."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from differential.files import Files
from differential.subject import Code, File, Props

Block = Mapping[str, Any]
"""A block of the provider's schema."""


class UntranslatableError(Exception):
    """Terraform's provider has no such property."""


def terraform_name(name: str, block: Block, names: Mapping[str, str]) -> str:
    """Return what Terraform calls a property; lists of blocks are called by one of them there."""
    snake = re.sub(r"([A-Z])", r"_\1", name).lower()
    known = {**block.get("attributes", {}), **block.get("block_types", {})}
    for candidate in (names.get(name, snake), snake.removesuffix("s"), snake.removesuffix("ies") + "y"):
        if candidate in known:
            return candidate
    raise UntranslatableError(f"{name}: none of {', '.join(sorted(known))}")


def translated(config: Props, block: Block, names: Mapping[str, str], files: Files) -> Props:
    """Return a configuration as Terraform's JSON syntax has it."""
    result: Props = {}
    for name, value in config.items():
        key = terraform_name(name, block, names)
        inner = block.get("block_types", {}).get(key)
        if inner is None:
            result[key] = _literal(value, files)
        else:
            entries = value if isinstance(value, list) else [value]
            result[key] = [translated(entry, inner["block"], names, files) for entry in entries]
    return result


def _literal(value: Any, files: Files) -> Any:
    match value:
        case Code() | File():
            path: Path = files.path(value)
            return str(path)
        case str():
            return value.replace("${", "$${").replace("%{", "%%{")
        case dict():
            return {_literal(key, files): _literal(item, files) for key, item in value.items()}
        case list():
            return [_literal(item, files) for item in value]
        case _:
            return value
