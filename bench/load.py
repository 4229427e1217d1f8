"""A load: as many clients as asked, each of which calls again as soon as it has its answer."""

import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """What the clients have met."""

    latencies: list[float]
    """The seconds of each call."""
    seconds: float
    """How long it went on."""

    @classmethod
    def run(cls, client: Callable[[], Callable[[], None]], clients: int, seconds: float) -> "Load":
        """Have this many clients call for about this long.

        Args:
            client: makes a client, which is then called again and again.
            clients: how many, each in a thread of its own.
            seconds: after which no call begins.
        """
        together = threading.Barrier(clients + 1)

        def calls() -> list[float]:
            taken = []
            try:
                call = client()
                call()  # connects, and has a worker started
            except BaseException:
                together.abort()
                raise
            together.wait()
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                began = time.monotonic()
                call()
                taken.append(time.monotonic() - began)
            return taken

        with ThreadPoolExecutor(clients) as pool:
            each = [pool.submit(calls) for _ in range(clients)]
            with suppress(threading.BrokenBarrierError):  # what broke it is in the client's result
                together.wait()
            began = time.monotonic()
            for failed in (one.exception() for one in wait(each).done):
                if failed is not None and not isinstance(failed, threading.BrokenBarrierError):
                    raise failed
            latencies = [one for future in each for one in future.result()]
            return cls(latencies, time.monotonic() - began)

    @property
    def rate(self) -> float:
        """Calls per second."""
        return len(self.latencies) / self.seconds

    @property
    def p50(self) -> float:
        """The latency that half of the calls stay below."""
        return statistics.median(self.latencies)

    @property
    def p99(self) -> float:
        """The latency that all but one in a hundred stay below."""
        return sorted(self.latencies)[int(len(self.latencies) * 0.99)]
