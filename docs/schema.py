"""Generates the schema of the component package with Pulumi's analyzer, and adds the descriptions.

The analyzer reads the descriptions of a class's own properties, not of inherited ones, and leaves names spelled as in
Python. So this module adds the descriptions. The analyzer does not support Literal, which becomes a string for other
languages; the description lists its values. An enum would break programs that pass a string.
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
"""The types of arguments, besides those that are built into every schema."""


def version() -> str:
    """Return the project's version, which is only set in pyproject.toml."""
    return str(tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"])


def schema() -> str:
    """Return components/schema.json."""
    analysis = _Analyzer(PACKAGE).analyze(list(COMPONENTS))
    dependencies = sorted(analysis["dependencies"], key=str)
    schema = generate_schema(
        PACKAGE,
        version(),
        None,
        analysis["component_definitions"],
        analysis["type_definitions"],
        dependencies,
    ).to_json()
    schema["description"] = (
        "AWS Lambda durable functions: their role, version, alias, alarms, triggers and grants"
    )
    names = names_in(schema["resources"])
    for component in COMPONENTS:
        resource = schema["resources"][f"{PACKAGE}:index:{component.__name__}"]
        resource["description"] = _summary(component, names)
        args = inspect.get_annotations(component.__init__)["args"]
        _describe(resource["inputProperties"], args, names)
        _describe(resource["properties"], component, names)
    for token, definition in schema["types"].items():
        typ = TYPES[token.rpartition(":")[2]]
        definition["description"] = _summary(typ, names)
        _describe(definition["properties"], typ, names)
    return json.dumps(schema, indent=2) + "\n"


class _Analyzer(Analyzer):
    def analyze_property(self, arg: Any, *args: Any, **kwargs: Any) -> Any:
        arg = get_args(arg)[0] if get_origin(arg) is Annotated else arg
        return super().analyze_property(str if get_origin(arg) is Literal else arg, *args, **kwargs)


def _summary(typ: Any, names: set[str]) -> str:
    """Return a class's docstring without its exceptions, which other languages do not see."""
    return in_other_languages(inspect.cleandoc(typ.__doc__).partition("\n\nRaises:")[0], names)


def _describe(properties: dict[str, Any], typ: Any, names: set[str]) -> None:
    texts = {name: in_other_languages(text, names) for name, _, text in documented(typ)}
    for key, definition in properties.items():
        inner = definition
        # The analyzer repeats the description in the items of a list or a map.
        while inner := inner.get("items") or inner.get("additionalProperties"):
            inner.pop("description", None)
        definition.pop("description", None)
        properties[key] = {"description": texts[snake_case(key)], **definition}
