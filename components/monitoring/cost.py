"""What durable executions cost besides their compute: an estimate, from AWS's public prices or the author's.

Lambda bills operations, data written, and data kept for the whole retention, whether anybody reads it or not. Prices
differ by region and change: `prices.py` has some of them with their date.
"""

import math
from dataclasses import dataclass

DAYS_A_MONTH = 30
KILOBYTES_A_GIGABYTE = 1_000_000


@dataclass(frozen=True)
class Prices:
    """A region's prices, all in the same currency."""

    million_operations: float
    """The price of a million durable operations: starts, steps, waits, callbacks, ..."""
    gigabyte_written: float
    """The price of a GB that executions write."""
    gigabyte_month_kept: float
    """The price of a GB kept for a month."""
    currency: str = ""
    """The currency, for the hint. Default: none is shown."""
    origin: str = ""
    """Whose prices these are, and of when, for the hint. Default: nothing is shown."""


@dataclass(frozen=True)
class Workload:
    """A number of similar executions."""

    executions: int
    """How many executions there are."""
    operations: int
    """The durable operations of one execution."""
    kilobytes: float
    """The KB that one execution writes: inputs, results and errors of all its operations."""
    retention_days: int
    """How long a closed execution's history is kept, in days."""

    @property
    def gigabytes(self) -> float:
        """The GB that all executions write."""
        return self.executions * self.kilobytes / KILOBYTES_A_GIGABYTE

    @property
    def gigabyte_months(self) -> float:
        """The GB-months that all executions keep, over the retention after they have closed."""
        return self.gigabytes * self.retention_days / DAYS_A_MONTH


def cost_of(workload: Workload, prices: Prices) -> dict[str, float]:
    """Return the parts of the cost, and their `total`, in the prices' currency.

    `operations`: executions x operations / 1,000,000 x price. `written`: GB x price. `kept`: GB x days / 30 x price.
    """
    parts = {
        "operations": workload.executions * workload.operations / 1_000_000 * prices.million_operations,
        "written": workload.gigabytes * prices.gigabyte_written,
        "kept": workload.gigabyte_months * prices.gigabyte_month_kept,
    }
    return {**parts, "total": sum(parts.values())}


def cost_hint(workload: Workload, prices: Prices | None) -> str:
    """Return a line for a person: what the executions keep, and what they cost; an empty one if no prices are known."""
    if prices is None:
        return ""
    days = f"{workload.retention_days} day{'s' if workload.retention_days > 1 else ''}"
    kept = (
        f"{workload.executions:,} executions of {workload.operations} operations and {workload.kilobytes:g} KB keep "
        f"{_readable(workload.gigabytes)} GB for {days}: {_readable(workload.gigabyte_months)} GB-months"
    )
    parts = {part: _readable(amount) for part, amount in cost_of(workload, prices).items()}
    cost = " ".join([parts["total"], *([prices.currency] if prices.currency else [])])
    origin = f"; {prices.origin}" if prices.origin else ""
    return f"{kept}; cost {cost} (operations {parts['operations']}, written {parts['written']}, kept {parts['kept']}{origin})"


def _readable(value: float) -> str:
    """Format a number for a person: two decimals, or for small numbers three significant digits; never an exponent."""
    decimals = 2 if value >= 1 or value == 0 else 2 - math.floor(math.log10(value))
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
