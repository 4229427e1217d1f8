"""Policies, and the resources that they check."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

Settings = Mapping[str, Any]

GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg"
"""Lambda's developer guide, where most policies have their source."""


class _Unknown(Enum):
    VALUE = "unknown"


UNKNOWN: Final = _Unknown.VALUE
"""A value that is known only after the deployment. It is not checked: no finding is based on a guess."""


class Level(Enum):
    """What the engine does about a violation."""

    ADVISORY = "advisory"
    MANDATORY = "mandatory"
    REMEDIATE = "remediate"
    DISABLED = "disabled"


@dataclass(frozen=True)
class Resource:
    """A resource of the program: its inputs before it is created, its outputs once it is in a stack."""

    type: str
    name: str
    props: Mapping[str, Any]
    urn: str = ""
    comes_from: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The URNs of the resources that each property is made from."""

    def at(self, *path: str) -> Any:
        """Return the value at a path; UNKNOWN if it, or something above it, is unknown; None if it does not exist."""
        value: Any = self.props
        for key in path:
            if value is UNKNOWN:
                return UNKNOWN
            value = value.get(key) if isinstance(value, Mapping) else None
        return value


@dataclass(frozen=True)
class Finding:
    """A violation in a stack: what is wrong, and with which resource."""

    message: str
    resource: Resource


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What all policies have in common."""

    name: str
    requirement: str
    """What must hold, as a sentence."""
    why: str
    fix: str
    source: str
    """The page of AWS's documentation that the policy rests on."""
    dev: Level = Level.ADVISORY
    prod: Level = Level.MANDATORY
    settings: Settings = field(default_factory=dict)
    """The settings of this policy in the pack's configuration, with their defaults."""

    @property
    def description(self) -> str:
        """The text that is shown with each violation, before the violation's own message."""
        return f"{self.requirement} {self.why} {self.fix} {self.source}"


@dataclass(frozen=True, kw_only=True)
class ResourcePolicy(Policy):
    """A policy on single resources, which is checked before each is created."""

    types: frozenset[str]
    check: Callable[[Resource, Settings], Iterable[str]]
    remediation: Callable[[Settings], Mapping[str, Any]] | None = None
    """Returns the properties that remediate a violation, which are merged into the resource's own."""
    remediation_text: str = ""
    """What the remediation does, in words."""


@dataclass(frozen=True, kw_only=True)
class StackPolicy(Policy):
    """A policy on a whole stack, which is checked when the program has run."""

    check: Callable[["Stack", Settings], Iterable[Finding]]


class Stack:
    """The resources of a stack."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        # In one order: the engine hands them over in one that changes from run to run, and findings would with it.
        self.resources = tuple(sorted(resources, key=lambda resource: resource.urn))
        self.by_urn = {resource.urn: resource for resource in self.resources}

    def all(self, *types: str) -> list[Resource]:
        """Return the resources of these types."""
        return [resource for resource in self.resources if resource.type in types]

    def origins(self, resource: Resource, *properties: str) -> list[Resource]:
        """Return the resources that these properties of a resource are made from."""
        urns = [urn for name in properties for urn in resource.comes_from.get(name, ())]
        return [self.by_urn[urn] for urn in urns if urn in self.by_urn]
