"""What a person reads on a terminal, or in the log. Text from outside, such as a request's, must not control it."""

import logging
import re
import unicodedata

from rich.markup import escape

_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""What Python takes for printable although it shows nothing: fillers, joiners, and selectors of variants."""


def printable(text: str) -> str:
    """Return text with control characters, which a terminal would obey, as escape sequences; newlines and tabs stay."""
    return "".join(char if _is_harmless(char) else char.encode("unicode_escape").decode() for char in text)


def shown(value: object) -> str:
    """Return text from outside as rich's markup for it."""
    return escape(printable(str(value)))


class PrintableFormatter(logging.Formatter):
    """Formats records of the log, whose messages may contain text from outside."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        return printable(super().format(record))


def _is_harmless(character: str) -> bool:
    # To isprintable(), the spaces of other scripts are not printable. Persian and some emoji need the joiners.
    shown = character.isprintable() or unicodedata.category(character) == "Zs"
    return (shown and not _INVISIBLE.match(character)) or character in "\n\t\u200c\u200d"
