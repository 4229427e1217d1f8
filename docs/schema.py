"""The schema of the component package, as Pulumi's analyzer reads it from the components, with every description.

The analyzer finds the descriptions of a class's own properties, not of inherited ones, and leaves names in their Python
spelling; so the descriptions are put in here. A Literal, which it does not know, is a string for other languages, whose
description has the values: an enum would break the programs that give a string.
"""

import inspect
import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from pulumi.provider.experimental.analyzer import Analyzer
from pulumi.provider.experimental.schema import generate_schema

from components import RoleStatement
from components.plugin.host import COMPONENTS, PACKAGE, in_other_languages, names_in, snake_case
from docs.docstrings import documented

PROJECT = Path(__file__).resolve().parents[1]
TYPES = {"RoleStatement": RoleStatement}
"""The types that arguments are made of, beside those that every schema knows."""


def version() -> str:
    """Return the project's version, which pyproject.toml alone decides."""
    return str(tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"])


def schema() -> str:
    """Return components/schema.json."""
    read = _Analyzer(PACKAGE).analyze(list(COMPONENTS))
    dependencies = sorted(read["dependencies"], key=str)
    found = generate_schema(
        PACKAGE, version(), None, read["component_definitions"], read["type_definitions"], dependencies
    ).to_json()
    found["description"] = (
        "AWS Lambda durable functions: their role, version, alias, alarms, triggers and grants"
    )
    names = names_in(found["resources"])
    for component in COMPONENTS:
        resource = found["resources"][f"{PACKAGE}:index:{component.__name__}"]
        resource["description"] = _summary(component, names)
        args = inspect.get_annotations(component.__init__)["args"]
        _describe(resource["inputProperties"], args, names)
        _describe(resource["properties"], component, names)
    for token, described in found["types"].items():
        typ = TYPES[token.rpartition(":")[2]]
        described["description"] = _summary(typ, names)
        _describe(described["properties"], typ, names)
    return json.dumps(found, indent=2) + "\n"


class _Analyzer(Analyzer):
    def analyze_property(self, arg: Any, *of: Any, **how: Any) -> Any:
        arg = get_args(arg)[0] if get_origin(arg) is Annotated else arg
        return super().analyze_property(str if get_origin(arg) is Literal else arg, *of, **how)


def _summary(typ: Any, names: set[str]) -> str:
    """Return a class's docstring without what it says of exceptions, which other languages do not see."""
    return in_other_languages(inspect.cleandoc(typ.__doc__).partition("\n\nRaises:")[0], names)


def _describe(properties: dict[str, Any], typ: Any, names: set[str]) -> None:
    texts = {name: in_other_languages(text, names) for name, _, text in documented(typ)}
    for key, found in properties.items():
        inner = found
        # The analyzer repeats a description at what a list or a map holds.
        while inner := inner.get("items") or inner.get("additionalProperties"):
            inner.pop("description", None)
        found.pop("description", None)
        properties[key] = {"description": texts[snake_case(key)], **found}
