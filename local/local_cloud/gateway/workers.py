"""Handlers that write what is no text.

The control plane talks with the process of a handler over its standard output, in lines of UTF-8. What a handler writes
there itself belongs to its log, whatever it is.
"""

import subprocess
from types import SimpleNamespace
from typing import Any

from local_cloud.gateway import emulator

# What goes to the descriptor, from the handler's own libraries or programs, would stand among the answers.
_ANSWERS_APART = """
import os as _os, sys as _sys
_sys.stdout = _os.fdopen(_os.dup(1), "w", encoding="utf-8")
_os.dup2(2, 1)
"""


class _Process(subprocess.Popen):  # type: ignore[type-arg]
    """A process whose text may hold other bytes."""

    def __init__(self, *args: Any, **options: Any) -> None:
        if options.get("text"):
            options = {"encoding": "utf-8", "errors": "replace", **options}
        super().__init__(*args, **options)


def install() -> None:
    """Start the processes of handlers so. The control plane has no public way to."""
    emulator.subprocess_of_workers.replace(SimpleNamespace(**{**vars(subprocess), "Popen": _Process}))
    emulator.worker_script.replace(_ANSWERS_APART + emulator.worker_script.value)
