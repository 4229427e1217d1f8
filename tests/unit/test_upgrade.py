"""What the last release has promised to programs and stack files is still there."""

import ast
import json
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

import components
from components.plugin import host
from tests.unit.schema_changes import broken, broken_keys
from tests.upgrade import FOLDER, released

PROJECT = Path(__file__).resolve().parents[2]
INTENDED: dict[str, list[str]] = {}
"""What the release after the named one takes away on purpose, in the words of the comparison; CHANGELOG.md has the steps."""

FUNCTION, STATEMENT = "durable-functions:index:Function", "durable-functions:index:Statement"
TEXTS = {"type": "array", "items": {"type": "string"}, "description": "Some texts."}
SCHEMA: dict[str, Any] = {
    "resources": {
        FUNCTION: {
            "inputProperties": {"timeout": {"type": "integer", "plain": True}, "layers": TEXTS},
            "requiredInputs": ["timeout"],
            "properties": {"arn": {"type": "string"}, "token": {"type": "string", "secret": True}},
            "required": ["arn", "token"],
        }
    },
    "types": {
        STATEMENT: {
            "type": "object",
            "properties": {"actions": TEXTS, "condition": TEXTS},
            "required": ["actions"],
        }
    },
}
ARRAY = "{'type': 'array', 'items': {'type': 'string'}}"


def in_wheel(name: str) -> str:
    with zipfile.ZipFile(released()) as wheel:
        return wheel.read(f"pulumi_durable_functions/{name}").decode()


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the made-up schema with something else at a path; with None there, it is gone."""
    schema: dict[str, Any] = json.loads(json.dumps(SCHEMA))
    *parents, last = (
        path.replace("FUNCTION", f"resources/{FUNCTION}")
        .replace("STATEMENT", f"types/{STATEMENT}")
        .split("/")
    )
    inner: Any = schema
    for key in parents:
        inner = inner[key]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return schema


def keys(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((folder / "Pulumi.yaml").read_text())["config"]
    return found


def test_nothing_is_taken_from_programs_and_stack_files() -> None:
    schema = json.loads(in_wheel("schema.json"))
    lost = [*broken(schema, json.loads(host.SCHEMA.read_text())), *broken_keys(keys(FOLDER), keys(PROJECT))]
    assert lost == INTENDED.get(schema["version"], [])


def test_the_package_exports_what_it_did() -> None:
    (names,) = [
        ast.literal_eval(each.value)
        for each in ast.parse(in_wheel("__init__.py")).body
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "__all__"
    ]
    assert "DurableFunction" in names
    assert set(names) - set(components.__all__) == set()


@pytest.mark.parametrize(
    ("path", "value", "loss"),
    [
        ("FUNCTION", None, f"resource {FUNCTION} is gone"),
        ("FUNCTION/inputProperties/layers", None, f"{FUNCTION}: input layers is gone"),
        ("FUNCTION/properties/token", None, f"{FUNCTION}: output token is gone"),
        (
            "FUNCTION/inputProperties/timeout",
            {"type": "string", "plain": True},
            f"{FUNCTION}: timeout: its type was {{'type': 'integer', 'plain': True}} and is "
            "{'type': 'string', 'plain': True}",
        ),
        (
            "FUNCTION/inputProperties/layers/items",
            {"type": "number"},
            f"{FUNCTION}: layers: its type was {ARRAY} and is {ARRAY.replace('string', 'number')}",
        ),
        (
            "FUNCTION/properties/arn/$ref",
            "pulumi.json#/Any",
            f"{FUNCTION}: arn: its type was {{'type': 'string'}} and is "
            "{'type': 'string', '$ref': 'pulumi.json#/Any'}",
        ),
        ("FUNCTION/requiredInputs", ["timeout", "layers"], f"{FUNCTION}: input layers is required now"),
        ("FUNCTION/requiredInputs", ["timeout", "added"], f"{FUNCTION}: input added is required now"),
        ("FUNCTION/required", ["token"], f"{FUNCTION}: output arn may be missing now"),
        ("FUNCTION/properties/token/secret", None, f"{FUNCTION}: token: it is no secret any more"),
        ("STATEMENT", None, f"type {STATEMENT} is gone"),
        ("STATEMENT/properties/condition", None, f"{STATEMENT}: property condition is gone"),
        (
            "STATEMENT/properties/condition",
            {"type": "string"},
            f"{STATEMENT}: condition: its type was {ARRAY} and is {{'type': 'string'}}",
        ),
        ("STATEMENT/required", ["actions", "condition"], f"{STATEMENT}: property condition is required now"),
    ],
)
def test_a_loss_would_be_found(path: str, value: Any, loss: str) -> None:
    assert broken(SCHEMA, changed(path, value)) == [loss]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("FUNCTION/inputProperties/added", {"type": "string"}),
        ("FUNCTION/inputProperties/layers/description", "Said otherwise."),
        ("FUNCTION/inputProperties/layers/items", {"$ref": "pulumi.json#/Any"}),
        ("FUNCTION/requiredInputs", []),
        ("FUNCTION/properties/arn/secret", True),
        ("resources/durable-functions:index:Added", {}),
        ("types/durable-functions:index:Added", {}),
    ],
)
def test_what_is_added_is_no_loss(path: str, value: Any) -> None:
    assert broken(SCHEMA, changed(path, value)) == []


def test_a_loss_of_keys_would_be_found() -> None:
    text, asked = {"type": "string", "default": ""}, {"type": "string"}
    named = {"value": {"pattern": "${name}"}}
    old = {"profile": asked, "timeout": text, "pulumi:autonaming": named}
    assert broken_keys(old, {**old, "added": text, "profile": text}) == []
    assert broken_keys(old, {"profile": asked, "pulumi:autonaming": named}) == ["key timeout is gone"]
    assert broken_keys(old, {**old, "timeout": asked}) == ["key timeout is required now"]
    assert broken_keys(old, {**old, "added": asked}) == ["key added is required now"]
    said = {"default": "", "description": "Required. How long."}
    assert broken_keys(old, {**old, "timeout": said}) == ["key timeout is required now"]
    assert broken_keys(old, {**old, "profile": said}) == []
    assert broken_keys(old, {**old, "timeout": {"type": "integer", "default": 0}}) == [
        "timeout: its type was {'type': 'string'} and is {'type': 'integer'}"
    ]


def test_everything_that_states_a_version_states_that_of_pyproject() -> None:
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    locked = tomllib.loads((PROJECT / "uv.lock").read_text())["package"]
    assert [each["version"] for each in locked if each["source"] == {"editable": "."}] == [version]
    assert json.loads(host.SCHEMA.read_text())["version"] == version
    pack = yaml.safe_load((PROJECT / "policies" / "PulumiPolicy.yaml").read_text())
    assert pack["version"] == version
