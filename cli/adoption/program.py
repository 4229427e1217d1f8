"""A program that takes over existing resources: its statements, and the list of its imports."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .cloudformation import DeployedStack, StackResource
from .existing import ExistingFunction
from .source import title_of


@dataclass(frozen=True)
class Import:
    """A resource that the program takes over."""

    type: str
    name: str
    """Its name in the program."""
    id: str
    keep: Mapping[str, str] = field(default_factory=dict)
    """Properties that are kept although the program sets them differently, and why."""
    archive: str | None = None
    """The path of the deployed archive, relative to the program's folder."""

    @property
    def key(self) -> str:
        """Its key in adopted.json."""
        return f"{self.type} {self.name}"

    @property
    def entry(self) -> dict[str, Any]:
        """Its entry in adopted.json."""
        values = {"id": self.id, "keep": dict(self.keep), "archive": self.archive}
        return {key: value for key, value in values.items() if value}


@dataclass(frozen=True)
class Secret:
    """An environment variable whose value is not written into the program."""

    key: str
    """The key of the stack's setting for it."""
    function: str
    variable: str


@dataclass
class Program:
    """The program to write, as far as it is known."""

    stack: DeployedStack
    secret_variables: frozenset[str] = frozenset()
    """Environment variables that are secrets whatever they look like."""
    statements: list[tuple[str, Any]] = field(default_factory=list)
    """Variables with their values, in order."""
    imports: list[Import] = field(default_factory=list)
    secrets: list[Secret] = field(default_factory=list)
    archives: dict[str, ExistingFunction] = field(default_factory=dict)
    """The functions by the path of their archives."""
    notes: list[str] = field(default_factory=list)
    """What the user should know before the import."""
    functions: list[str] = field(default_factory=list)
    """The names of the components."""
    roles: dict[str, str] = field(default_factory=dict)
    """The variables of roles by the roles' names."""
    _titles: set[str] = field(default_factory=set)
    _taken: set[str] = field(default_factory=set)

    @property
    def not_taken_over(self) -> list[StackResource]:
        """The resources of the stack that the program does not take over."""
        return [resource for resource in self.stack.resources if resource.logical not in self._taken]

    def title(self, logical: str) -> str:
        """Return a name for a logical ID that no other one has."""
        title = title_of(logical, self._titles)
        self._titles.add(title)
        return title

    def mark_taken_over(self, kind: str, physical: str) -> None:
        """Note that a resource of the stack is taken over, or does not need to be."""
        self._taken.update(
            resource.logical for resource in self.stack.of_type(kind) if resource.physical == physical
        )

    def add_import(self, title: str, kind: str, imported: Import) -> None:
        """Import a resource, and note which of its properties are kept as they are."""
        self.imports.append(imported)
        self.notes += [f"{title}: {key} of the {kind} is kept: {why}" for key, why in imported.keep.items()]
