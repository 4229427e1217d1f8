"""Shows untrusted text on a terminal without letting it control the terminal.

Names, results, errors and logs are whatever a handler has written, and some characters control a terminal: they clear
the screen, write to the clipboard, overwrite a line, reverse the text direction, or are invisible.
"""

import json
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.segment import Segment

_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""What Python takes for printable although it shows nothing: fillers, joiners, and selectors of variants."""


def visible(text: str) -> str:
    """Return a text in which characters that control a terminal, or are invisible, are escaped, such as ESC.

    These are Unicode's control and format characters, surrogates, unassigned characters, and the separators of lines
    and paragraphs. Newlines and tabs stay.
    """
    if _is_plain(text):
        return text
    return "".join(character if _is_harmless(character) else _code(character) for character in text)


def in_line(text: str) -> str:
    """Return a text as `visible` does, on one line: a name must not look like several lines."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def shown(value: object) -> str:
    """Return untrusted text on one line, escaped for rich's markup."""
    return escape(in_line(str(value)))


def shown_lines(value: object, indent: str = "") -> str:
    """Return untrusted text of several lines, escaped for rich's markup.

    Args:
        value: the text.
        indent: put before every line but the first, so that it cannot pass for a line of the command.
    """
    return escape(visible(str(value)).replace("\n", f"\n{indent}"))


def json_text(value: Any) -> str:
    """Return a value as JSON, with all characters escaped that control a terminal; times as ISO 8601."""
    text = json.dumps(value, indent=2, default=_plain, ensure_ascii=False)
    if _is_plain(text):
        return text
    # What is left to escape is inside strings, where JSON can escape any character.
    return "".join(
        character if _is_harmless(character) else json.dumps(character)[1:-1] for character in text
    )


class Terminal(Console):
    """A console that passes every text through `visible`, even where a caller has forgotten to.

    Emoji codes are off: rich would turn some words between colons into pictures.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(highlight=False, emoji=False, **options)

    def render_str(self, text: str, **options: Any) -> Any:
        """Return a text with its markup parsed. It is escaped first, since rich silently drops some control characters."""
        return super().render_str(visible(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Return the segments to print; only rich's own can move the cursor."""
        for segment in super().render(renderable, options):
            if segment.control or _is_plain(segment.text):
                yield segment
            else:
                yield Segment(visible(segment.text), segment.style)


def _is_plain(text: str) -> bool:
    return text.isprintable() and not _INVISIBLE.search(text)


def _is_harmless(character: str) -> bool:
    # To isprintable(), the spaces of other scripts are not printable. Persian and some emoji need the joiners.
    shown = character.isprintable() or unicodedata.category(character) == "Zs"
    return (shown and not _INVISIBLE.match(character)) or character in "\n\t\u200c\u200d"


def _code(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _plain(value: Any) -> str:
    isoformat = getattr(value, "isoformat", None)
    return str(isoformat() if isoformat else value)
