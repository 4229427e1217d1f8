"""What a person reads on a terminal, or in the log. Text from outside, such as a request's, must not control it."""

import logging

from rich.markup import escape


def printable(text: str) -> str:
    """Return text with control characters, which a terminal would obey, as escape sequences; newlines and tabs stay."""
    return "".join(
        char if char.isprintable() or char in "\n\t" else char.encode("unicode_escape").decode()
        for char in text
    )


def shown(value: object) -> str:
    """Return text from outside as rich's markup for it."""
    return escape(printable(str(value)))


class PrintableFormatter(logging.Formatter):
    """Formats records of the log, whose messages may contain text from outside."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        return printable(super().format(record))
