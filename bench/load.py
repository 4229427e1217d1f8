"""A load: a number of clients, each of which calls again as soon as it has its response."""

import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """The results of a load."""

    latencies: list[float]
    """The seconds of each call."""
    seconds: float
    """How long the load ran."""

    @classmethod
    def run(cls, client: Callable[[], Callable[[], None]], clients: int, seconds: float) -> "Load":
        """Run this many clients for about this long.

        Args:
            client: creates a client, which is called again and again.
            clients: how many clients, each in its own thread.
            seconds: how long calls are started.
        """
        barrier = threading.Barrier(clients + 1)

        def calls() -> list[float]:
            latencies = []
            try:
                call = client()
                call()  # connects, and starts a worker
            except BaseException:
                barrier.abort()
                raise
            barrier.wait()
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                began = time.monotonic()
                call()
                latencies.append(time.monotonic() - began)
            return latencies

        with ThreadPoolExecutor(clients) as pool:
            futures = [pool.submit(calls) for _ in range(clients)]
            with suppress(threading.BrokenBarrierError):  # the error is in the client's result
                barrier.wait()
            began = time.monotonic()
            for error in (one.exception() for one in wait(futures).done):
                if error is not None and not isinstance(error, threading.BrokenBarrierError):
                    raise error
            latencies = [one for future in futures for one in future.result()]
            return cls(latencies, time.monotonic() - began)

    @property
    def rate(self) -> float:
        """Calls per second."""
        return len(self.latencies) / self.seconds

    @property
    def p50(self) -> float:
        """The median latency."""
        return statistics.median(self.latencies)

    @property
    def p99(self) -> float:
        """The latency of the 99th percentile."""
        return sorted(self.latencies)[int(len(self.latencies) * 0.99)]
