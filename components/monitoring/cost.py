"""What durable executions cost beside their compute: a hint, from prices that the author gives.

Lambda bills operations, data written, and data kept for as long as the retention says, whether anybody looks at it
or not. Prices differ by region and change, so there are none in here: see AWS's price list.
"""

import math
from dataclasses import dataclass

DAYS_A_MONTH = 30
KILOBYTES_A_GIGABYTE = 1_000_000


@dataclass(frozen=True)
class Prices:
    """A region's prices, in any one currency."""

    million_operations: float
    """Of a million durable operations: starts, steps, waits, callbacks, ..."""
    gigabyte_written: float
    """Of a GB that executions write."""
    gigabyte_month_kept: float
    """Of a GB kept for a month."""


@dataclass(frozen=True)
class Workload:
    """Executions of a kind."""

    executions: int
    """How many there are."""
    operations: int
    """Of one execution."""
    kilobytes: float
    """That one execution writes: inputs, results and errors of all its operations."""
    retention_days: int
    """How long a closed execution is kept."""

    @property
    def gigabytes(self) -> float:
        """What all executions write."""
        return self.executions * self.kilobytes / KILOBYTES_A_GIGABYTE

    @property
    def gigabyte_months(self) -> float:
        """What all executions keep, over the retention after they have closed."""
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
    """Return a line for a person: what the executions keep, and what it costs if there are prices."""
    days = f"{workload.retention_days} day{'s' if workload.retention_days > 1 else ''}"
    kept = (
        f"{workload.executions:,} executions of {workload.operations} operations and {workload.kilobytes:g} KB keep "
        f"{_written(workload.gigabytes)} GB for {days}: {_written(workload.gigabyte_months)} GB-months"
    )
    if prices is None:
        return kept
    parts = {part: _written(amount) for part, amount in cost_of(workload, prices).items()}
    return (
        f"{kept}; cost {parts['total']} "
        f"(operations {parts['operations']}, written {parts['written']}, kept {parts['kept']})"
    )


def _written(value: float) -> str:
    """Write a number as people do: two decimals, or three digits where that would be less, and no exponent."""
    decimals = 2 if value >= 1 or value == 0 else 2 - math.floor(math.log10(value))
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
