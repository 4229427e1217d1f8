"""Handlers whose output is not UTF-8.

The control plane reads the results of a handler's process from its standard output, in lines of UTF-8. Whatever the
handler itself writes there belongs to its log.
"""

import subprocess
from types import SimpleNamespace
from typing import Any

from local_cloud.gateway import emulator

# Libraries and child processes of the handler write to the descriptor itself; that must not get between the results.
_ANSWERS_APART = """
import os as _os, sys as _sys
_sys.stdout = _os.fdopen(_os.dup(1), "w", encoding="utf-8")
_os.dup2(2, 1)
"""


class _Process(subprocess.Popen):  # type: ignore[type-arg]
    """A process whose output may contain bytes that are not UTF-8."""

    def __init__(self, *args: Any, **options: Any) -> None:
        if options.get("text"):
            options = {"encoding": "utf-8", "errors": "replace", **options}
        super().__init__(*args, **options)


def install() -> None:
    """Replace what the control plane starts the processes of handlers with."""
    emulator.subprocess_of_workers.replace(SimpleNamespace(**{**vars(subprocess), "Popen": _Process}))
    emulator.worker_script.replace(_ANSWERS_APART + emulator.worker_script.value)
