"""What handlers write: their output need not be UTF-8, and the logs of Python are as in Lambda.

The control plane reads the results of a handler's process from its standard output, in lines of UTF-8. Whatever the
handler itself writes there belongs to its log.
"""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from local_cloud.gateway import emulator

# Libraries and child processes of the handler write to the descriptor itself; that must not get between the results.
_ANSWERS_APART = """
import os as _os, sys as _sys
_sys.stdout = _os.fdopen(_os.dup(1), "w", encoding="utf-8")
_os.dup2(2, 1)
"""
# Where a worker takes up a request.
_REQUEST = 'event = _ms_msg["event"]'


class _Process(subprocess.Popen):  # type: ignore[type-arg]
    """A process whose output may contain bytes that are not UTF-8."""

    def __init__(self, *args: Any, **options: Any) -> None:
        if options.get("text"):
            options = {"encoding": "utf-8", "errors": "replace", **options}
        super().__init__(*args, **options)


def install() -> None:
    """Replace what the control plane starts the processes of handlers with."""
    emulator.subprocess_of_workers.replace(SimpleNamespace(**{**vars(subprocess), "Popen": _Process}))
    logs = Path(__file__).with_name("worker_logs.py").read_text(encoding="utf-8")
    script = emulator.worker_script.value.replace(
        _REQUEST, f"{_REQUEST}; _begin_request(_ms_msg.get('ctx') or {{}})"
    )
    emulator.worker_script.replace(_ANSWERS_APART + logs + script)
