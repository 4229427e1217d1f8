"""The bank's books, simulated here. In your own program, read your books and keep the signatures."""

from typing import TypedDict

# In cents of their currency.
_POSTINGS: dict[str, list[tuple[str, int]]] = {
    "ada": [("EUR", 100_00), ("USD", 50_00)],
    "ben": [("EUR", -20_00)],
    "cleo": [("GBP", 10_00), ("GBP", 15_00)],
    "dan": [("XXX", 1_00)],
    "eve": [],
}


class Statement(TypedDict):
    """The postings of an account on a day, in total."""

    account: str
    day: str
    postings: int
    total_eur_cents: int


def accounts() -> list[str]:
    """Return all accounts, in a fixed order."""
    return sorted(_POSTINGS)


def rates(_day: str) -> dict[str, float]:
    """Return the value of each currency in EUR on a day."""
    return {"EUR": 1.0, "USD": 0.9, "GBP": 1.2}


def statement(account: str, day: str, rates: dict[str, float]) -> Statement:
    """Return an account's statement for a day.

    Raises:
        ValueError: there is a posting in a currency without a rate.
    """
    postings = _POSTINGS[account]
    if unknown := {currency for currency, _ in postings} - rates.keys():
        raise ValueError(f"no rate for {', '.join(sorted(unknown))}")
    total = sum(amount * rates[currency] for currency, amount in postings)
    return {"account": account, "day": day, "postings": len(postings), "total_eur_cents": round(total)}
