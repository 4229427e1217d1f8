"""Filter patterns of CloudWatch Logs, for FilterLogEvents and subscriptions.

Terms: all must be in the message; `-term` must not be; of `?term`s one must be, if there are no others. In JSON messages,
`{ ... }` compares members. The control plane itself takes every message for a pattern in braces, and ignores quotes.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import fnmatch
import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from local_cloud.gateway import emulator

Matches = Callable[[Any], bool]
MAX_EVENTS = 10_000

_TERM = re.compile(r'\s*(?P<sign>[-?]?)(?:"(?P<quoted>(?:\\.|[^"\\])*)"|%(?P<regex>[^%]*)%|(?P<plain>\S+))')
_TOKEN = re.compile(
    r'\s*(?:(?P<string>"(?:\\.|[^"\\])*")|(?P<regex>%[^%]*%)|(?P<selector>\$[^\s=!<>()&|{}]+)'
    r"|(?P<operator>&&|\|\||!=|<=|>=|=|<|>|\(|\))|(?P<word>[^\s=!<>()&|{}\"]+))"
)
_STEP = re.compile(r"""\.([\w-]+)|\.?\[(?:(\d+)|(\*)|'([^']*)'|"([^"]*)")\]|\.(\*)""")


def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a message matches.

    Raises:
        ValueError: the pattern is not valid, or is one for messages in columns.
    """
    return _matcher(pattern.strip())


@lru_cache(100)
def _matcher(pattern: str) -> Callable[[str], bool]:
    if pattern.startswith("["):
        raise ValueError("The local cloud does not know patterns for columns, in square brackets")
    return _of_json(pattern) if pattern.startswith("{") else _of_terms(pattern)


def _of_terms(pattern: str) -> Callable[[str], bool]:
    terms: dict[str, list[Callable[[str], bool]]] = {"": [], "-": [], "?": []}
    for found in _TERM.finditer(pattern):
        terms[found["sign"]].append(_contains(found))

    def matches(text: str) -> bool:
        if any(term(text) for term in terms["-"]):
            return False
        if terms[""] or not terms["?"]:
            return all(term(text) for term in terms[""])
        return any(term(text) for term in terms["?"])

    return matches


def _contains(found: re.Match[str]) -> Callable[[str], bool]:
    if found["regex"] is not None:
        expression = _expression(found["regex"])
        return lambda text: expression.search(text) is not None
    part = found["plain"] if found["quoted"] is None else _unquoted(f'"{found["quoted"]}"')
    return lambda text: part in text


def _of_json(pattern: str) -> Callable[[str], bool]:
    if not pattern.endswith("}"):
        raise ValueError("Invalid filter pattern: it has no closing brace")
    matches = _Parser(pattern[1:-1]).parsed()

    def matches_text(text: str) -> bool:
        if not text.lstrip().startswith("{"):
            return False
        try:
            return matches(json.loads(text))
        except (ValueError, RecursionError):
            return False

    return matches_text


class _Parser:
    """Reads the condition in a pattern's braces."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            if found is None:
                raise ValueError(f"Invalid filter pattern: unexpected {text[at:].strip()[:20]!r}")
            self._tokens.append((str(found.lastgroup), found[found.lastgroup or 0]))
            at = found.end()
        self._at = 0

    def parsed(self) -> Matches:
        """The whole condition."""
        matches = self._either()
        if self._at < len(self._tokens):
            raise ValueError(f"Invalid filter pattern: unexpected {self._tokens[self._at][1]!r}")
        return matches

    def _either(self) -> Matches:
        parts = [self._all()]
        while self._take("||"):
            parts.append(self._all())
        return lambda value: any(part(value) for part in parts)

    def _all(self) -> Matches:
        parts = [self._one()]
        while self._take("&&"):
            parts.append(self._one())
        return lambda value: all(part(value) for part in parts)

    def _one(self) -> Matches:
        if self._take("("):
            matches = self._either()
            if not self._take(")"):
                raise ValueError("Invalid filter pattern: a parenthesis is not closed")
            return matches
        kind, selector = self._next()
        if kind != "selector":
            raise ValueError(f"Invalid filter pattern: {selector!r} is no selector such as $.level")
        steps = _steps(selector)
        _, operator = self._next()
        if operator.upper() in ("IS", "NOT"):
            return self._state(steps, operator.upper())
        if operator not in ("=", "!=", "<", "<=", ">", ">="):
            raise ValueError(f"Invalid filter pattern: {operator!r} is no comparison")
        compare = _comparison(operator, *self._next())
        if operator == "!=":
            # Also true where there is no such member.
            return lambda value: all(compare(each) for each in _members(value, steps))
        return lambda value: any(compare(each) for each in _members(value, steps))

    def _state(self, steps: list[str | int], operator: str) -> Matches:
        _, word = self._next()
        match operator, word.upper():
            case "NOT", "EXISTS":
                return lambda value: not _members(value, steps)
            case "IS", "NULL" | "TRUE" | "FALSE":
                wanted = {"NULL": None, "TRUE": True, "FALSE": False}[word.upper()]
                return lambda value: any(each is wanted for each in _members(value, steps))
        raise ValueError(f"Invalid filter pattern: {operator} {word} is no condition")

    def _take(self, operator: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == ("operator", operator):
            self._at += 1
            return True
        return False

    def _next(self) -> tuple[str, str]:
        if self._at == len(self._tokens):
            raise ValueError("Invalid filter pattern: it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]


def _steps(selector: str) -> list[str | int]:
    steps: list[str | int] = []
    at = 1
    while at < len(selector):
        found = _STEP.match(selector, at)
        if found is None:
            raise ValueError(f"Invalid filter pattern: {selector!r} is no selector such as $.level")
        name, index, *others = found.groups()
        steps.append(int(index) if index else name or next(each for each in others if each is not None))
        at = found.end()
    return steps


def _members(value: Any, steps: list[str | int]) -> list[Any]:
    found = [value]
    for step in steps:
        found = [each for parent in found for each in _children(parent, step)]
    return found


def _children(parent: Any, step: str | int) -> list[Any]:
    if isinstance(parent, list):
        if step == "*":
            return parent
        return [parent[step]] if isinstance(step, int) and step < len(parent) else []
    if isinstance(parent, dict):
        if step == "*":
            return list(parent.values())
        return [parent[step]] if step in parent else []
    return []


def _comparison(operator: str, kind: str, text: str) -> Matches:
    if kind == "regex":
        expression = _expression(text[1:-1])
        return _equal(operator, lambda value: isinstance(value, str) and bool(expression.search(value)))
    wanted = _unquoted(text) if kind == "string" else text
    number = None if kind == "string" else _number(wanted)
    if operator in ("=", "!="):
        whole = re.compile(fnmatch.translate(wanted.replace("[", "[[]").replace("?", "[?]")))

        def equal(value: Any) -> bool:
            if isinstance(value, bool) or value is None:
                return json.dumps(value) == wanted
            if isinstance(value, int | float):
                return number is not None and value == number
            return isinstance(value, str) and whole.match(value) is not None

        return _equal(operator, equal)
    if number is None:
        raise ValueError(f"Invalid filter pattern: {text!r} is no number")
    order: dict[str, Callable[[float], bool]] = {
        "<": lambda value: value < number,
        "<=": lambda value: value <= number,
        ">": lambda value: value > number,
        ">=": lambda value: value >= number,
    }
    return lambda value: (
        isinstance(value, int | float) and not isinstance(value, bool) and order[operator](value)
    )


def _equal(operator: str, equal: Matches) -> Matches:
    return equal if operator == "=" else lambda value: not equal(value)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _expression(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueError(f"Invalid filter pattern: %{text}% is no regular expression: {error}") from error


def install() -> None:
    """Let FilterLogEvents and subscriptions understand patterns, and FilterLogEvents give pages."""
    emulator.filter_log_events.replace(_filter_log_events)
    emulator.matches_subscription.replace(lambda pattern, message: matcher(pattern or "")(message or ""))


def _filter_log_events(data: Mapping[str, Any]) -> Any:
    name = emulator.log_group_named(data)
    group = emulator.log_groups.value.get(name)
    if group is None:
        return _refused("ResourceNotFoundException", "The specified log group does not exist.")
    names, prefix = data.get("logStreamNames"), data.get("logStreamNamePrefix")
    if names and prefix:
        return _refused(
            "InvalidParameterException",
            "logStreamNames and logStreamNamePrefix cannot be specified together.",
        )
    try:
        matches = matcher(data.get("filterPattern") or "")
        begin = int(data.get("nextToken") or 0)
    except ValueError as error:
        return _refused("InvalidParameterException", str(error))
    limit = min(data.get("limit") or MAX_EVENTS, MAX_EVENTS)
    streams = {
        stream_name: stream
        for stream_name, stream in list(group["streams"].items())
        if (not names or stream_name in names) and stream_name.startswith(prefix or "")
    }
    found: list[dict[str, Any]] = []
    with emulator.log_events_lock.value:
        for stream_name, stream in streams.items():
            found += [
                {**event, "logStreamName": stream_name}
                for event in _within(stream["events"], data.get("startTime"), data.get("endTime"))
            ]
    # Stable: events of a stream keep their order.
    found.sort(key=lambda event: event["timestamp"])
    # A token is a place in the whole: between two pages, events are only added at its end.
    page: list[dict[str, Any]] = []
    for place in range(begin, len(found)):
        if matches(found[place]["message"]):
            page.append(found[place])
        if len(page) == limit and place + 1 < len(found):
            answer = {"events": page, "searchedLogStreams": [], "nextToken": str(place + 1)}
            return emulator.responses.json_response(answer)
    return emulator.responses.json_response({"events": page, "searchedLogStreams": []})


def _within(events: list[dict[str, Any]], start: int | None, end: int | None) -> list[dict[str, Any]]:
    def time_of(event: Mapping[str, Any]) -> int:
        return int(event["timestamp"])

    first = 0 if start is None else bisect_left(events, start, key=time_of)
    last = len(events) if end is None else bisect_right(events, end, key=time_of)
    return events[first:last]


def _refused(code: str, message: str) -> Any:
    return emulator.responses.error_response_json(code, message, 400)
