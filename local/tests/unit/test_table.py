"""The table against the two things it must agree with: pulumi-aws's names and the services' operations."""

import inspect
import re
import sys
from collections.abc import Iterable
from functools import cache
from typing import Any

import pulumi_aws
import pytest
from botocore.session import Session

from aws_provider.model import Call, Kind, Prop, ResourceType
from aws_provider.parameters import Shape, limits, parameter
from aws_provider.types import TABLE

ROWS = pytest.mark.parametrize("row", TABLE.values(), ids=list(TABLE))


_GETTER = r'pulumi\.getter(?:\(name="(\w+)"\))?\s+(?:@_utilities\.deprecated\(.*?\)\s+)?def (\w+)\(self\) ->'


def sdk_names(row: ResourceType) -> set[str]:
    """Give the property names of the SDK's class, as they are on the wire."""
    module, _, class_name = row.token.removeprefix("aws:").partition(":")
    room = module.partition("/")[0]
    # By attributes, as programs do: pulumi_aws loads its rooms when one is asked for.
    package = getattr(pulumi_aws, {"lambda": "lambda_"}.get(room, room))
    source = inspect.getsource(sys.modules[getattr(package, class_name).__module__])
    state = source[source.index(f"class _{class_name}State") :]
    found = re.findall(_GETTER, state, re.DOTALL)
    return {wire or python for wire, python in found}


@cache
def model(service: str) -> Any:
    return Session().get_service_model(service)


def operation(service: str, op: str) -> Any:
    names = {re.sub(r"[^a-z0-9]", "", name.lower()): name for name in model(service).operation_names}
    return model(service).operation_model(names[op.replace("_", "")])


def calls(row: ResourceType) -> Iterable[Call]:
    steps = [row.create, *row.read, *row.update, *row.settings, *([row.delete] if row.delete else [])]
    yield from steps
    yield from (step.absent for step in steps if step.absent)


def check_paths(shape: Any, rules: Iterable[Prop], where: str) -> None:
    """See that the service's request has a place for each property, and for each inside it."""
    for rule in (rule for rule in rules if rule.aws and not rule.output):
        inner = shape
        for name in rule.aws.split("."):
            assert inner.type_name == "map" or name in inner.members, f"{where}.{rule.aws}"
            inner = inner.value if inner.type_name == "map" else inner.members[name]
        is_list = rule.kind in {Kind.BLOCKS, Kind.BLOCK_SET}
        check_paths(inner.member if is_list else inner, rule.fields, f"{where}.{rule.aws}")


@ROWS
def test_every_property_is_one_of_pulumi_aws(row: ResourceType) -> None:
    assert {item.name for item in row.props} <= sdk_names(row) | {"id"}  # which every resource has


@ROWS
def test_every_computed_output_of_pulumi_aws_that_names_the_resource_is_there(row: ResourceType) -> None:
    wanted = {"arn", "region", "tagsAll", "invokeArn", "qualifiedArn", "version", "uniqueId"}
    assert wanted & sdk_names(row) <= {item.name for item in row.props}


@ROWS
def test_every_parameter_is_one_the_operation_takes(row: ResourceType) -> None:
    for step in calls(row):
        taken = operation(row.service, step.op).input_shape
        assert {name.partition(".")[0] for name in step.params} <= set(taken.members), step.op
        sent = [row.by_name[name] for name in row.sent_by(step)]
        check_paths(taken.members[step.entry].member if step.entry else taken, sent, step.op)


def parts(prop: Prop, shape: Shape | None) -> Iterable[tuple[Prop, Shape | None]]:
    """Yield a property and those inside it, each with what it is sent as."""
    yield prop, shape
    inner = shape.entry if shape else None
    for field in prop.fields:
        yield from parts(field, inner and inner.of(field))


@ROWS
def test_a_limit_of_its_own_is_not_the_models(row: ResourceType) -> None:
    for prop in row.props:
        for part, shape in parts(prop, parameter(row, prop)):
            effective, models = limits(part, shape), limits(Prop(name=part.name), shape)
            re.compile(effective.pattern or "")
            for kind in ("pattern", "allowed"):
                own = getattr(part, kind)
                assert own is None or own != getattr(models, kind), f"{part.name}: {kind}"
            bounds = part.low, part.high
            assert bounds == (None, None) or bounds != (models.low, models.high), part.name


@ROWS
def test_what_a_create_needs_is_required_or_named(row: ResourceType) -> None:
    given = {item.aws.partition(".")[0] for item in row.props} | {*row.create.params, row.create.entry}
    model_of_create = operation(row.service, row.create.op)
    # botocore fills in the tokens of requests that may be repeated.
    assert set(model_of_create.input_shape.required_members) - given <= set(
        model_of_create.idempotent_members
    )


@ROWS
def test_tags_go_where_the_service_takes_them(row: ResourceType) -> None:
    if row.tagging is None:
        return
    tag = operation(row.service, row.tagging.tag).input_shape.members
    untag = operation(row.service, row.tagging.untag).input_shape.members
    assert {*row.tagging.key, row.tagging.tags.partition(".")[0]} <= set(tag)
    assert {*row.tagging.key} | (set() if row.tagging.whole else {row.tagging.keys}) <= set(untag)


@ROWS
def test_the_id_and_its_import_form_name_the_keys(row: ResourceType) -> None:
    named = set(re.compile(row.imports).groupindex)
    names = {item.name for item in row.props}
    assert set(re.findall(r"\{(\w+)\}", row.id)) <= names
    assert named <= names
    assert set(row.keys) <= named or "arn" in named
