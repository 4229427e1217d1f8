"""AWS's public prices of durable executions, by region, with their date.

From https://aws.amazon.com/lambda/pricing/, "Durable functions". Other regions are not here: see AWS's price list.
"""

from .cost import Prices

PRICED_IN = "November 2026"
_US_EAST = {"million_operations": 8.00, "gigabyte_written": 0.25, "gigabyte_month_kept": 0.15}
_PUBLIC = {"us-east-1": _US_EAST, "us-east-2": _US_EAST}


def public_prices(region: str | None) -> Prices | None:
    """Return AWS's public prices of a region, in USD; None if this package does not have them."""
    if region not in _PUBLIC:
        return None
    return Prices(**_PUBLIC[region], currency="USD", origin=f"AWS's prices for {region}, {PRICED_IN}")
