"""Text from outside on a terminal: it is shown, and does nothing.

Names, results, errors and logs are whatever a handler has written, and a terminal obeys some characters: they clear the
screen, write to the clipboard, go back over a line, turn the direction of what follows, or are not seen at all.
"""

import json
import unicodedata
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.segment import Segment

_KEPT = {"\n", "\t", "\u200c", "\u200d"}
"""Beside lines and tabs the joiners, without which Persian and some emoji cannot be written."""


def visible(text: str) -> str:
    """Return a text with what a terminal would obey, or would not show, as its code: ESC becomes four characters.

    Those are the control and format characters of Unicode, what is half a character or none, and the separators of
    lines and paragraphs. Newlines and tabs stay.
    """
    if text.isprintable():
        return text
    return "".join(character if _is_harmless(character) else _code(character) for character in text)


def in_line(text: str) -> str:
    """Return a text as `visible` does, in one line: a name must not look like several."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def shown(value: object) -> str:
    """Return what came from outside, in one line, for a place where rich reads markup."""
    return escape(in_line(str(value)))


def shown_lines(value: object, indent: str = "") -> str:
    """Return what came from outside, of several lines, for a place where rich reads markup.

    Args:
        value: what to show.
        indent: goes before each line but the first, which shows that it is no line of ours.
    """
    return escape(visible(str(value)).replace("\n", f"\n{indent}"))


def json_text(value: Any) -> str:
    """Return a value as JSON that says the same and holds nothing that a terminal would obey; times as ISO 8601."""
    text = json.dumps(value, indent=2, default=_plain, ensure_ascii=False)
    if text.isprintable():
        return text
    # All that is left stands in strings, where JSON has a code for every character.
    return "".join(
        character if _is_harmless(character) else json.dumps(character)[1:-1] for character in text
    )


class Terminal(Console):
    """A console that shows every text as `visible` does, also one that nobody has thought of.

    Words between colons stay words: rich would make pictures of some.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(highlight=False, emoji=False, **options)

    def render_str(self, text: str, **options: Any) -> Any:
        """Return a text with its markup read. rich drops some control characters without a trace, so before that."""
        return super().render_str(visible(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Return what is printed, in segments; those that move the cursor are rich's own."""
        for segment in super().render(renderable, options):
            if segment.control or segment.text.isprintable():
                yield segment
            else:
                yield Segment(visible(segment.text), segment.style)


def _is_harmless(character: str) -> bool:
    # The spaces of other scripts count as not printable.
    return character.isprintable() or character in _KEPT or unicodedata.category(character) == "Zs"


def _code(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _plain(value: Any) -> str:
    isoformat = getattr(value, "isoformat", None)
    return str(isoformat() if isoformat else value)
