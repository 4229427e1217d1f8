"""Shortens stack traces: each is shown once, without the frames of AWS's SDK, and with paths below the code's folder."""

import re
from collections.abc import Sequence

from .console import counted

FRAME = re.compile(r'\s*(?:File "|at (?:[^(\n]*\()?)')
"""What is before the path in a frame, in Python and in Node.js."""
CODE_FOLDER = re.compile(r"/(?:site-packages|var/task|ministack-lambda-[^/]{1,80}/code)/")
"""The folder of the handler's code, on AWS and in the local cloud, or of installed packages."""
SDK_FOLDER = re.compile(r"(?:\baws_durable_execution_sdk_python|@aws/durable-execution-sdk-js)/")


class Traces:
    """The stack traces of a log that have been shown."""

    def __init__(self, *, full: bool = False) -> None:
        """`full` shows each trace, with all of its frames."""
        self._full = full
        self._shown: dict[tuple[str, ...], str] = {}

    def lines(self, trace: Sequence[str], at: str) -> list[str]:
        """Return the lines of a trace that is shown at a time; if it was shown before, a line that says when."""
        frames = tuple(short_paths(frame) for frame in trace)
        if not frames or self._full:
            return [*frames]
        if frames in self._shown:
            return [f"  … same trace as at {self._shown[frames]}"]
        self._shown[frames] = at
        return _own(frames)


def short_paths(text: str) -> str:
    """Return a text in which the frames of stack traces have paths below the folder of the code, or of packages."""
    return "\n".join(map(_with_short_path, text.split("\n"))) if "/" in text else text


def _with_short_path(line: str) -> str:
    frame = FRAME.match(line)
    if frame is None:
        return line
    path, mark, rest = line[frame.end() :].partition('"' if "File" in frame[0] else ")")
    folders = [*CODE_FOLDER.finditer(path)]
    return f"{frame[0]}{path[folders[-1].end() :]}{mark}{rest}" if folders else line


def _own(frames: Sequence[str]) -> list[str]:
    """Return a line for each run of frames of the SDK, and the others as they are."""
    if all(SDK_FOLDER.search(frame) for frame in frames):
        return [*frames]
    lines: list[str] = []
    left_out = 0
    for frame in (*frames, None):
        if frame is not None and SDK_FOLDER.search(frame):
            left_out += 1
            continue
        if left_out:
            lines.append(f"  … {counted(left_out, 'frame')} of the SDK")
            left_out = 0
        if frame is not None:
            lines.append(frame)
    return lines
