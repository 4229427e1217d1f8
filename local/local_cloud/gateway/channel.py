"""What the cloud and a handler's process tell each other.

On the socket, each message is a line of JSON and as many bytes as its `length` says: from the cloud an invocation, with
the event as the bytes; from the process `ready`, then a `result` or an `error` for each invocation, or an `error` in
place of `ready`. An error that `ends` is the process's last message.

The runtimes log to a descriptor of its own, in the frames that Lambda's platform reads: four bytes with the format and
the level, four with the length, eight with the time in microseconds, then the message; all big-endian. The rest of the
process's output is lines.
"""

import json
import struct
import time
from collections.abc import Iterator, Mapping
from typing import Any

from local_cloud.gateway.handler_logs import LEVELS, LogLine

_HEAD = struct.Struct(">IIQ")
_LEVEL = 0b11100
"""Where a frame's type has the level."""
MAX_LINE_BYTES = 256 * 1024
"""The size of an event in CloudWatch Logs; longer lines are cut, as by Lambda."""


def message(head: Mapping[str, Any], body: bytes) -> bytes:
    """A message as bytes."""
    return json.dumps({**head, "length": len(body)}).encode() + b"\n" + body


class Messages:
    """Messages from bytes that come in pieces."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> tuple[dict[str, Any], bytes] | None:
        """The next message, if it is whole now."""
        self._buffer += data
        end = self._buffer.find(b"\n")
        if end < 0:
            return None
        head: dict[str, Any] = json.loads(bytes(self._buffer[:end]))
        begin, whole = end + 1, end + 1 + head["length"]
        if len(self._buffer) < whole:
            return None
        body = bytes(self._buffer[begin:whole])
        del self._buffer[:whole]
        return head, body


class Frames:
    """Log lines from a runtime's frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[LogLine]:
        """The lines that are whole now."""
        self._buffer += data
        while len(self._buffer) >= _HEAD.size:
            kind, length, microseconds = _HEAD.unpack_from(self._buffer)
            if len(self._buffer) < _HEAD.size + length:
                return
            text = _text(self._buffer[_HEAD.size : _HEAD.size + length])
            del self._buffer[: _HEAD.size + length]
            number = (kind & _LEVEL) >> 2
            level = LEVELS[number - 1] if 0 < number <= len(LEVELS) else None
            yield LogLine(microseconds, text.rstrip("\n"), level)


class Lines:
    """Log lines from what a process prints."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[LogLine]:
        """The lines that are whole now."""
        self._buffer += data
        *lines, rest = self._buffer.split(b"\n")
        self._buffer = bytearray(rest)
        now = time.time_ns() // 1000
        yield from (LogLine(now, _text(line)) for line in lines if line)

    def rest(self) -> Iterator[LogLine]:
        """What has been printed without the end of its line."""
        yield from self.feed(b"\n")


def _text(content: bytes | bytearray) -> str:
    return content[:MAX_LINE_BYTES].decode(errors="replace")
