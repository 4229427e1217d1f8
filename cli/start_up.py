"""Lets `durable` start sooner."""

import gc
import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typer import Typer

UNUSED = {"rich.markdown": "Markdown", "rich.traceback": "Traceback"}
"""What typer imports for help in Markdown and for tracebacks of its own, neither of which the commands have. With the
parsers and lexers that these import, it would be a third of the time that `durable --help` takes."""
OBJECTS = 50_000
"""After how many new objects garbage is looked for. Imports make many objects and no garbage, and Python's own limit, 700,
has them looked at again and again."""


class StandIn(ModuleType):
    """Takes a module's place until something else of it is needed, as by another release of typer."""

    def __getattr__(self, name: str) -> Any:
        """Import the module itself, which takes its place back, and return what it has."""
        # What imports it asks whether it is a package.
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def start_sooner() -> None:
    """Leave out what no command needs. For a process that only runs a command: the modules stay replaced."""
    gc.set_threshold(OBJECTS)
    for name, used in UNUSED.items():
        stand_in = StandIn(name)
        setattr(stand_in, used, type(used, (), {}))
        sys.modules[name] = stand_in


def only(app: "Typer", words: list[str]) -> None:
    """Build the command that the first word names, and not the parsers of all others, which takes longer than most."""
    named = [command for command in app.registered_commands if command.name in words[:1]]
    if named:
        app.registered_commands, app.registered_groups = named, []
