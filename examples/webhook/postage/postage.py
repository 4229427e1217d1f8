"""The worker: computes the postage of a parcel. A workflow calls it by `context.invoke`."""

from typing import TypedDict


class Weight(TypedDict):
    """What the postage depends on."""

    grams: int


RATES = {1000: 499, 5000: 799, 31_500: 1649}
"""The postage in cents, by the greatest weight in grams."""


def handler(event: Weight, _context: object) -> int:
    """Return the postage in cents.

    Raises:
        ValueError: nobody carries a parcel of this weight.
    """
    for limit, cents in RATES.items():
        if 0 < event["grams"] <= limit:
            return cents
    raise ValueError(f"no rate for {event['grams']} grams")
