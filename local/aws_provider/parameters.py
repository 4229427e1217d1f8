"""The limits of a service's parameters, from AWS's own model of it, which botocore carries."""

import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import botocore

from aws_provider.model import Limits, Prop, ResourceType


@dataclass(frozen=True)
class Shape:
    """A parameter, or a part of one."""

    shapes: Mapping[str, Any]
    """All shapes of the service, by name."""
    name: str

    @property
    def traits(self) -> Mapping[str, Any]:
        """Return its entry in the model."""
        traits: Mapping[str, Any] = self.shapes[self.name]
        return traits

    def at(self, path: str) -> "Shape":
        """Return the part at a dotted path; any key leads into a map."""
        shape = self
        for step in path.split("."):
            part = shape.traits.get("value") or shape.traits["members"][step]
            shape = Shape(self.shapes, part["shape"])
        return shape

    def of(self, field: Prop) -> "Shape | None":
        """Return what a field of this object is sent as; None if it is not sent."""
        return self.at(field.aws) if field.aws and not field.output else None

    @property
    def entry(self) -> "Shape":
        """Return the entry of a list; what is no list stands for itself."""
        return Shape(self.shapes, self.traits["member"]["shape"]) if "member" in self.traits else self


@cache
def _model(service: str) -> Mapping[str, Any]:
    # Not by botocore's loader: importing it takes longer than reading the models that a stack needs.
    newest = max(Path(botocore.BOTOCORE_ROOT, "data", service).iterdir())
    model: Mapping[str, Any] = json.loads(gzip.decompress((newest / "service-2.json.gz").read_bytes()))
    return model


@cache
def request(service: str, op: str) -> Shape:
    """Return the request of an operation, which is named as in boto3."""
    model = _model(service)
    requests = {
        name.lower(): operation["input"]["shape"]
        for name, operation in model["operations"].items()
        if "input" in operation
    }
    return Shape(model["shapes"], requests[op.replace("_", "")])


def parameter(row: ResourceType, prop: Prop) -> Shape | None:
    """Return what a property of a resource is sent as; None if no call sends it as it is."""
    for call in (row.create, *row.settings, *row.update):
        shape = request(row.service, call.op)
        if prop.name in row.sent_by(call):
            return (shape.at(call.entry).entry if call.entry else shape).at(prop.aws)
        for name, source in call.params.items():
            if source == prop.name:
                return shape.at(name)
    return None


def limits(prop: Prop, shape: Shape | None) -> Limits:
    """Return a property's limits: its own, and the model's where it has none."""
    traits = shape.entry.traits if shape else {}
    own = prop.low is not None or prop.high is not None
    return Limits(
        low=prop.low if own else traits.get("min"),
        high=prop.high if own else traits.get("max"),
        allowed=tuple(traits.get("enum", ())) if prop.allowed is None else prop.allowed,
        pattern=_readable(traits.get("pattern")) if prop.pattern is None else prop.pattern,
        most=_most(shape) if prop.most is None else prop.most,
    )


@cache
def _readable(pattern: str | None) -> str | None:
    """Return a model's pattern; None if it is written for another language, as those with classes of Unicode are."""
    try:
        return pattern and re.compile(pattern).pattern
    except re.error:
        return None


def _most(shape: Shape | None) -> int | None:
    return shape.traits.get("max") if shape and "member" in shape.traits else None
