"""The order as the caller sends it, and the checks before anything is done for it."""

import re
from dataclasses import dataclass
from typing import Any

MAX_LINES = 100
MAX_QUANTITY = 1_000
MAX_UNIT_PRICE_CENTS = 100_000_000


class InvalidOrderError(ValueError):
    """The order cannot be fulfilled as written. The message names every problem."""


@dataclass(frozen=True)
class OrderLine:
    """A quantity of one article, with its price per piece."""

    sku: str
    quantity: int
    unit_price_cents: int


@dataclass(frozen=True)
class Order:
    """A checked order.

    ``card_token`` identifies a card at the payment provider. Never pass a card number: an execution's input and
    results can be read until its retention ends.
    """

    order_id: str
    card_token: str
    ship_to: str
    lines: tuple[OrderLine, ...]

    @property
    def total_cents(self) -> int:
        """The price of all lines."""
        return sum(line.quantity * line.unit_price_cents for line in self.lines)


def parse_order(document: object) -> Order:
    """Check ``document`` and return the order in it.

    Reads nothing but its argument, so the workflow may call it on every replay without a step.
    Raises InvalidOrderError with all problems at once.
    """
    problems: list[str] = []

    def text(source: dict[str, Any], key: str, where: str = "", pattern: str = r".{1,256}") -> str:
        value = source.get(key)
        if isinstance(value, str) and re.fullmatch(pattern, value):
            return value
        # The invalid token may be a card number, and this message is logged.
        shown = type(value).__name__ if key == "card_token" else repr(value)
        problems.append(f"{where}{key} is {shown}, must be text matching {pattern}")
        return ""

    def number(source: dict[str, Any], key: str, where: str, highest: int) -> int:
        value = source.get(key)
        # JSON's true is a Python int.
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= highest:
            return value
        problems.append(f"{where}{key} is {value!r}, must be a whole number from 1 to {highest}")
        return 0

    def line(position: int, source: object) -> OrderLine:
        where = f"lines[{position}]."
        fields = source if isinstance(source, dict) else {}
        return OrderLine(
            sku=text(fields, "sku", where),
            quantity=number(fields, "quantity", where, MAX_QUANTITY),
            unit_price_cents=number(fields, "unit_price_cents", where, MAX_UNIT_PRICE_CENTS),
        )

    if not isinstance(document, dict):
        raise InvalidOrderError(f"the order is of type {type(document).__name__}, must be a JSON object")
    lines = document.get("lines")
    if not isinstance(lines, list) or not 1 <= len(lines) <= MAX_LINES:
        problems.append(f"lines must be a list of 1 to {MAX_LINES} order lines")
        lines = []
    order = Order(
        order_id=text(document, "order_id", pattern=r"[A-Za-z0-9_-]{1,64}"),
        card_token=text(document, "card_token", pattern=r"tok_[A-Za-z0-9_]{1,60}"),
        ship_to=text(document, "ship_to"),
        lines=tuple(line(position, source) for position, source in enumerate(lines)),
    )
    if problems:
        raise InvalidOrderError("; ".join(problems))
    return order
