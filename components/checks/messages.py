"""What a person reads on a terminal. Text from outside, such as a file's name, must not control it."""

import pulumi


def info(text: str) -> None:
    """Show a text in the engine's output."""
    pulumi.log.info(printable(text))


def warn(text: str) -> None:
    """Show a warning in the engine's output."""
    pulumi.log.warn(printable(text))


def printable(text: str) -> str:
    """Return text with control characters, which a terminal would obey, as escape sequences; newlines and tabs stay.

    The engine takes what follows `<{%` for a colour, and ends with a Go traceback if it knows no such colour.
    """
    shown = "".join(
        char if char.isprintable() or char in "\n\t" else char.encode("unicode_escape").decode()
        for char in text
    )
    return shown.replace("<{%", r"<{\x25")
