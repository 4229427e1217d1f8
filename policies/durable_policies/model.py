"""What a policy is, and what it looks at."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

Settings = Mapping[str, Any]


class _Unknown(Enum):
    VALUE = "unknown"


UNKNOWN: Final = _Unknown.VALUE
"""A value that only the deployment will tell. It is not judged: no finding rests on a guess."""


class Level(Enum):
    """What the engine does about a violation."""

    ADVISORY = "advisory"
    MANDATORY = "mandatory"
    REMEDIATE = "remediate"
    DISABLED = "disabled"


@dataclass(frozen=True)
class Resource:
    """A resource of the program: the inputs of one that is to be made, the outputs of one in a stack."""

    type: str
    name: str
    props: Mapping[str, Any]
    urn: str = ""
    comes_from: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The URNs of the resources that each property is made from."""

    def at(self, *path: str) -> Any:
        """Return the value at a path, UNKNOWN if that or what leads to it is, None if it is not there."""
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
    demands: str
    """What must hold, as a sentence."""
    why: str
    fix: str
    dev: Level = Level.ADVISORY
    prod: Level = Level.MANDATORY
    settings: Settings = field(default_factory=dict)
    """What the pack's configuration may set for this policy, with its defaults."""

    @property
    def description(self) -> str:
        """What is shown with each violation, before what is wrong in this place."""
        return f"{self.demands} {self.why} {self.fix}"


@dataclass(frozen=True, kw_only=True)
class ResourcePolicy(Policy):
    """A policy on single resources, which is asked before each is made."""

    types: frozenset[str]
    check: Callable[[Resource, Settings], Iterable[str]]
    mended: Callable[[Settings], Mapping[str, Any]] | None = None
    """Gives what mends a violation, to be merged into the properties."""
    mends: str = ""
    """What mending does, in words."""


@dataclass(frozen=True, kw_only=True)
class StackPolicy(Policy):
    """A policy on what stands together, which is asked when the program has run."""

    check: Callable[["Stack", Settings], Iterable[Finding]]


class Stack:
    """The resources of a stack."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.resources = tuple(resources)
        self.by_urn = {each.urn: each for each in self.resources}

    def all(self, *types: str) -> list[Resource]:
        """Return the resources of these types."""
        return [each for each in self.resources if each.type in types]

    def origins(self, resource: Resource, *properties: str) -> list[Resource]:
        """Return the resources that these properties of a resource are made from."""
        urns = [urn for name in properties for urn in resource.comes_from.get(name, ())]
        return [self.by_urn[urn] for urn in urns if urn in self.by_urn]
