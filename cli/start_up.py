"""Lets `durable` start sooner."""

import gc
import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typer import Typer

UNUSED = {"rich.markdown": "Markdown", "rich.traceback": "Traceback"}
"""What typer imports for help in Markdown and for tracebacks of its own, neither of which the commands have. With the
parsers and lexers that these import, it would be a third of the time that `durable --help` takes."""
OBJECTS = 50_000
"""After how many new objects garbage is looked for. Imports make many objects and no garbage, and Python's own limit, 700,
has them looked at again and again."""


def start_sooner() -> None:
    """Leave out what no command needs. For a process that only runs a command: the modules stay replaced."""
    gc.set_threshold(OBJECTS)
    for name, used in UNUSED.items():
        stand_in = ModuleType(name)
        setattr(stand_in, used, type(used, (), {}))
        sys.modules[name] = stand_in


def only(app: "Typer", words: list[str]) -> None:
    """Build the command that the first word names, and not the parsers of all others, which takes longer than most."""
    named = [command for command in app.registered_commands if command.name in words[:1]]
    if named:
        app.registered_commands, app.registered_groups = named, []
