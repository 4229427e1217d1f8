"""The component package: its schema against the components, and what it makes of arguments in camelCase."""

import inspect
import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NotRequired, get_args, get_origin

import pulumi
import pytest

import components
from components.plugin import host
from docs.schema import schema
from tables.account import Recorder, declare

SCHEMA = json.loads(host.SCHEMA.read_text())
INLINE = {
    "executionTimeoutSeconds": 60.0,
    "runtime": "python3.13",
    "handler": "index.handler",
    "codeInline": "def handler(event, context): ...",
}
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:orders"


def args_of(component: Any) -> Any:
    return inspect.get_annotations(component.__init__)["args"]


def public() -> set[type]:
    named = (getattr(components, name) for name in components.__all__)
    return {each for each in named if inspect.isclass(each) and issubclass(each, pulumi.ComponentResource)}


def properties() -> Iterator[tuple[str, dict[str, Any]]]:
    for token, resource in SCHEMA["resources"].items():
        for side in ("inputProperties", "properties"):
            yield from ((f"{token}.{key}", each) for key, each in resource[side].items())
    for token, described in SCHEMA["types"].items():
        yield from ((f"{token}.{key}", each) for key, each in described["properties"].items())


def test_the_schema_is_what_the_components_say() -> None:
    assert host.SCHEMA.read_text() == schema()


def test_every_public_component_is_in_the_schema() -> None:
    assert set(host.COMPONENTS) == public()
    assert set(SCHEMA["resources"]) == {f"durable-functions:index:{each.__name__}" for each in public()}


@pytest.mark.parametrize("component", host.COMPONENTS)
def test_the_schema_has_every_argument_and_knows_which_are_required(component: Any) -> None:
    found = SCHEMA["resources"][f"durable-functions:index:{component.__name__}"]
    args = args_of(component)
    assert {
        host.snake_case(key) for key in found["inputProperties"]
    } == args.__required_keys__ | args.__optional_keys__
    assert {host.snake_case(key) for key in found["requiredInputs"]} == args.__required_keys__


def test_everything_in_the_schema_is_described_in_its_own_spelling() -> None:
    names = host.names_in(SCHEMA["resources"])
    for where, found in properties():
        assert found.get("description"), where
        words = found["description"].replace("`", " ").replace(",", " ").split()
        assert not names & {word for word in words if "_" in word}, where
    for resource in SCHEMA["resources"].values():
        assert resource["description"]
        assert "Raises" not in resource["description"]


def test_a_literal_is_a_string_for_other_languages_and_its_description_has_the_values() -> None:
    seen = set()
    for component in host.COMPONENTS:
        described = SCHEMA["resources"][f"durable-functions:index:{component.__name__}"]["inputProperties"]
        for key, declared in args_of(component).__annotations__.items():
            kind = get_args(declared)[0] if get_origin(declared) is NotRequired else declared
            if get_origin(kind) is Annotated and get_origin(literal := get_args(kind)[0]) is Literal:
                (found,) = (each for name, each in described.items() if host.snake_case(name) == key)
                assert found["type"] == "string", key
                assert [value for value in get_args(literal) if value not in found["description"]] == [], key
                seen.add(key)
    assert {"architecture", "execution_policy", "authorization", "access"} < seen


def test_names_go_both_ways_and_those_within_types_are_the_same_in_all_languages() -> None:
    names = host.names_in(SCHEMA["resources"])
    for resource in SCHEMA["resources"].values():
        for key in (*resource["inputProperties"], *resource["properties"]):
            assert host.in_other_languages(host.snake_case(key), names) == key
    for described in SCHEMA["types"].values():
        assert all(host.snake_case(key) == key for key in described["properties"])


def construct(kind: str, inputs: dict[str, Any], name: str = "orders") -> Any:
    made = []
    declare(
        lambda: made.append(
            host.ComponentPackage().construct(name, f"durable-functions:index:{kind}", inputs)
        )
    )
    return made[0]


def test_numbers_of_the_wire_become_whole_ones(cloud: Recorder) -> None:
    construct("DurableFunction", {**INLINE, "memorySizeMb": 1024.0})
    made = cloud.seen()["Function orders"]
    assert made["durableConfig"] == {"executionTimeout": 60, "retentionPeriod": 14}
    assert made["memorySize"] == 1024
    event = {"detail": {"cents": [{"numeric": [">", 100.0]}]}}
    construct("EventTrigger", {"qualifiedArn": f"{FUNCTION}:live", "eventPattern": event}, "sold")
    made = cloud.seen()["EventRule sold"]
    assert json.dumps(made["eventPattern"]) == '{"detail": {"cents": [{"numeric": [">", 100]}]}}'


def test_outputs_are_named_as_in_the_schema_and_left_out_if_there_are_none(cloud: Recorder) -> None:
    state = construct("DurableFunction", INLINE).state
    known = SCHEMA["resources"]["durable-functions:index:DurableFunction"]["properties"]
    assert set(state) == set(known) - {"deadLetterArn"}
    assert state["executionTimeoutSeconds"] == 60


@pytest.mark.parametrize(
    ("kind", "inputs", "problems"),
    [
        (
            "DurableFunction",
            {**INLINE, "executionTimeoutSeconds": 0.0},
            ["executionTimeoutSeconds = 0: must be 1 to 31,622,400 seconds"],
        ),
        (
            "DurableFunction",
            {**INLINE, "provisionedConcurrency": 3.0, "reservedConcurrency": 2.0},
            ["provisionedConcurrency = 3: must not exceed reservedConcurrency = 2"],
        ),
        (
            "DurableFunction",
            {**INLINE, "executionTimeoutSecond": 60.0},
            ["executionTimeoutSecond = 60: is not known; did you mean executionTimeoutSeconds?"],
        ),
        (
            "DurableFunction",
            {**INLINE, "s3Bucket": "code"},
            ["codeInline | s3Bucket", "s3Bucket | s3Key: an"],
        ),
        (
            "DurableFunction",
            {**INLINE, "errorsAlarm": False, "errorsAlarmThreshold": 3.0},
            ["errorsAlarmThreshold = 3: has no effect: there is no alarm with errorsAlarm = false"],
        ),
        ("DurableFunction", {"executionTimeoutSeconds": 60.0}, ["runtime: is required", "got none"]),
        ("InvokeGrant", {"qualifiedArn": FUNCTION}, ["qualifiedArn = ", "roleArn | userArn | groupArn"]),
        (
            "QueueTrigger",
            {
                "qualifiedArn": f"{FUNCTION}:live",
                "executionTimeoutSeconds": 86_400.0,
                "queueArn": "arn:aws:sqs:us-east-1:123456789012:inbox",
            },
            ["executionTimeoutSeconds = 86400: must not exceed 900 here", "pass intermediary = true"],
        ),
        (
            "DurableFunction",
            {**INLINE, "roleStatements": [{"actions": [], "resources": ["*"]}]},
            ["roleStatements.0.actions"],
        ),
    ],
)
def test_a_refusal_speaks_the_language_of_the_consumer(
    cloud: Recorder, kind: str, inputs: dict[str, Any], problems: list[str]
) -> None:
    with pytest.raises(pulumi.InputPropertiesError) as raised:
        construct(kind, inputs)
    # The engine would print the values of properties that are named here, secret ones too.
    assert raised.value.errors == []
    told = raised.value.message
    assert told.startswith(f"{kind} 'orders' has ")
    assert [each for each in problems if each not in told] == [], told
    assert not host.names_in(SCHEMA["resources"]) & {word for word in told.split() if "_" in word}
    assert not cloud.seen()


def test_an_output_where_a_value_is_needed_is_refused(cloud: Recorder) -> None:
    with pytest.raises(pulumi.InputPropertiesError, match="executionTimeoutSeconds: must be known when"):
        construct("DurableFunction", {**INLINE, "executionTimeoutSeconds": pulumi.Output.from_input(60)})


def test_a_component_that_is_not_there_is_named_with_those_that_are(cloud: Recorder) -> None:
    with pytest.raises(
        pulumi.InputPropertiesError, match=r"index:Function is not in this package; it has dur"
    ):
        construct("Function", {})


def test_code_that_cannot_be_packaged_is_told_like_any_other_mistake(cloud: Recorder) -> None:
    inputs = {key: value for key, value in INLINE.items() if key != "codeInline"}
    with pytest.raises(pulumi.InputPropertiesError, match=r"^codePath = 'nowhere': .* does not exist"):
        construct("DurableFunction", {**inputs, "codePath": "nowhere"})
