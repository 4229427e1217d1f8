"""A program that takes over what stands: its statements, and the list of what it imports."""

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
    """What the program calls it."""
    id: str
    keep: Mapping[str, str] = field(default_factory=dict)
    """Properties that stay as they are though the program says otherwise, and why."""
    archive: str | None = None
    """The path of the deployed archive, from the program's folder."""

    @property
    def key(self) -> str:
        """What it is listed by."""
        return f"{self.type} {self.name}"

    @property
    def entry(self) -> dict[str, Any]:
        """What is listed of it."""
        values = {"id": self.id, "keep": dict(self.keep), "archive": self.archive}
        return {key: value for key, value in values.items() if value}


@dataclass(frozen=True)
class Secret:
    """A variable whose value is left out of the program."""

    key: str
    """The stack's setting that takes it."""
    function: str
    variable: str


@dataclass
class Program:
    """What is written, as far as it is known."""

    stack: DeployedStack
    secret_variables: frozenset[str] = frozenset()
    """Variables that are secrets whatever they look like."""
    statements: list[tuple[str, Any]] = field(default_factory=list)
    """Variables and what they stand for, in order."""
    imports: list[Import] = field(default_factory=list)
    secrets: list[Secret] = field(default_factory=list)
    archives: dict[str, ExistingFunction] = field(default_factory=dict)
    """The functions by the path of their archives."""
    notes: list[str] = field(default_factory=list)
    """What a person should know before the import."""
    functions: list[str] = field(default_factory=list)
    """The names of the components."""
    roles: dict[str, str] = field(default_factory=dict)
    """The variables of roles by the roles' names."""
    _titles: set[str] = field(default_factory=set)
    _taken: set[str] = field(default_factory=set)

    @property
    def not_taken_over(self) -> list[StackResource]:
        """What the stack has deployed and the program does not take over."""
        return [resource for resource in self.stack.resources if resource.logical not in self._taken]

    def title(self, logical: str) -> str:
        """Return a name for what has this logical id, and no other's."""
        title = title_of(logical, self._titles)
        self._titles.add(title)
        return title

    def mark_taken_over(self, kind: str, physical: str) -> None:
        """Note that a resource of the stack is taken over, or needs not be."""
        self._taken.update(
            resource.logical for resource in self.stack.of_type(kind) if resource.physical == physical
        )

    def add_import(self, title: str, kind: str, imported: Import) -> None:
        """Import a resource, and tell what of it stays as it is."""
        self.imports.append(imported)
        self.notes += [f"{title}: {key} of the {kind} stays: {why}" for key, why in imported.keep.items()]
