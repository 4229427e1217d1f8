"""What a person reads on a terminal. Text from outside, such as a file's name, must not control it."""

import re
import unicodedata

import pulumi

_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""What Python takes for printable although it shows nothing: fillers, joiners, and selectors of variants."""
_WORD = re.compile(r"[^\s'\"`]+")
_USER = re.compile(r"[^/@]*@")
_PASSWORD = re.compile(r"[^/@:]*:(?!\d{1,5}/)")
"""The beginning of a password in a URL: it may contain / and @, although it should not. What looks like a port is one."""


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
    shown = "".join(char if _is_harmless(char) else char.encode("unicode_escape").decode() for char in text)
    return shown.replace("<{%", r"<{\x25")


def without_secrets(text: str) -> str:
    """Return text without the users, passwords and queries of its URLs: an index's URL often has one that gives access."""
    return _WORD.sub(lambda match: _without_secrets(match[0]) if "//" in match[0] else match[0], text)


def _without_secrets(word: str) -> str:
    scheme, _, url = word.partition("//")
    if "@" in url and _PASSWORD.match(url):
        url = url.rpartition("@")[2]
    elif user := _USER.match(url):
        url = url[user.end() :]
    url, query, _ = url.partition("?") if scheme.endswith(":") else (url, "", "")
    return f"{scheme}//{url}{'?...' if query else ''}"


def _is_harmless(character: str) -> bool:
    # To isprintable(), the spaces of other scripts are not printable. Persian and some emoji need the joiners.
    shown = character.isprintable() or unicodedata.category(character) == "Zs"
    return (shown and not _INVISIBLE.match(character)) or character in "\n\t\u200c\u200d"
