"""Ports for what tests start."""

import contextlib
import secrets
import socket

FIRST, COUNT = 20_000, 12_000
"""Below those that systems give to outgoing connections, which would take a port again before it is listened on."""


def free_port() -> int:
    """Return a port that nobody listens on."""
    while True:
        port = FIRST + secrets.randbelow(COUNT)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
