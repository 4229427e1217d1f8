"""What is compared: a resource type, its configuration, and the changes to it, in one form for both providers.

Properties have pulumi-aws's names. In a text, `NAME` stands for a name that no other case has, on either side, and
`QUEUES` for what the URLs of queues begin with.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from aws_provider.types import TABLE

Props = dict[str, Any]
_OF_A_CASE = re.compile(r"d[ts]\d{4}")
# What each provider puts behind the prefix of a name.
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CONSUMER = re.compile(r"(/consumer/[\w.-]+):\d+")
_UNIQUE = re.compile(r"-(?:[0-9a-f]{26}|[0-9a-f]{7})(?![\w-])")


@dataclass(frozen=True)
class Code:
    """An archive with one module, `index.py`."""

    text: str


@dataclass(frozen=True)
class File:
    """A file with this text."""

    text: str


@dataclass(frozen=True)
class Request:
    """A request to a service, by boto3's names, and the path in its answer that counts."""

    service: str
    op: str
    params: Props = field(default_factory=dict)
    path: str = ""


@dataclass(frozen=True)
class Case:
    """A configuration, and the one that follows it; both are written as what differs from the subject's."""

    label: str
    before: Props
    after: Props
    behind: tuple[Request, ...] = ()
    """What somebody else does between both."""
    explained: str = ""
    """Why the providers rightly differ here."""


@dataclass(frozen=True)
class Subject:
    """A resource type with everything that is compared of it."""

    token: str
    terraform: str
    base: Props
    reads: tuple[Request, ...]
    """How the end state is read; `{property}` stands for one of the resource's properties."""
    changes: tuple[Iterable[Case], ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    """Terraform's names, where they are not pulumi-aws's in the singular or plural."""
    world: tuple[Request, ...] = ()
    """What each case needs for itself."""

    restless: str = ""
    """Why each plan of Terraform's has an update in place, so that nothing can be said of plans without one."""

    def key(self, case: Case) -> str:
        """Return what Terraform's outcome depends on, in short."""
        world = tuple((request.service, request.op) for request in self.world)
        of_subject = self.token, self.base, self.reads, self.names, world
        content = repr((of_subject, case.before, case.after, case.behind))
        return hashlib.sha256(content.encode()).hexdigest()[:20]

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """Return all changes; the first case is none at all."""
        return (Case("nothing", {}, {}), *(case for changes in self.changes for case in changes))

    @property
    def properties(self) -> tuple[str, ...]:
        """Return the names of all properties that the provider knows."""
        return tuple(prop.name for prop in TABLE[self.token].props)


def change(label: str, after: Props, before: Props | None = None, **more: Any) -> list[Case]:
    """Return one change."""
    return [Case(label, before or {}, after, **more)]


def each(
    name: str, one: Any, other: Any = None, *, beside: Props | None = None, label: str = "", **more: Any
) -> list[Case]:
    """Return the changes that set a property, give it another value, and remove it."""
    beside, label = beside or {}, label or name
    first, second, without = ({**beside, name: value} for value in (one, other, None))
    cases = [Case(f"{label} set", without, first, **more), Case(f"{label} removed", first, without, **more)]
    return cases if other is None else [*cases, Case(f"{label} changed", first, second, **more)]


def to(name: str, *values: Any, **more: Any) -> list[Case]:
    """Return a change from the subject's configuration to each of these values."""
    return [Case(f"{name} = {_shown(value)}", {}, {name: value}, **more) for value in values]


def differing(cases: Iterable[Case], why: str, *labels: str) -> list[Case]:
    """Return the cases, of which these, or all, rightly differ."""
    return [
        replace(case, explained=why) if case.label in (labels or [case.label]) else case for case in cases
    ]


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:12]}… ({len(text)} characters)"


def written(config: Props, changes: Props) -> Props:
    """Return a configuration with the changes made; None removes."""
    return {name: value for name, value in (config | changes).items() if value is not None}


def named(value: Any, names: Mapping[str, str]) -> Any:
    """Return the value with the names of a case in all its texts."""
    match value:
        case str():
            for token, name in names.items():
                value = value.replace(token, name)
            return value
        case dict():
            return {named(key, names): named(item, names) for key, item in value.items()}
        case list():
            return [named(item, names) for item in value]
        case _:
            return value


def unnamed(text: str) -> str:
    """Return the text with `NAME` where a case's own name was, and `UNIQUE` where a generated part was."""
    text = _CONSUMER.sub(r"\1:TIME", text)
    return _UNIQUE.sub("-UNIQUE", _UUID.sub("UUID", _OF_A_CASE.sub("NAME", text)))
