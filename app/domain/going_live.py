"""From which day on a company gets billing's documents; earlier ones stay where they are."""

from __future__ import annotations

from datetime import date

from app.domain.problem import Problem
from app.domain.wording import day_long

# Code of what stays in billing because it is dated before the day people chose.
BEFORE_START = "before_start"


def first_of_month(today: date) -> date:
    """Return the day proposed as a start: books are kept by the month."""
    return today.replace(day=1)


def is_early(issued: date, first: date | None) -> bool:
    """Tell whether a document is dated before pushing begins; nothing is where nobody chose."""
    return first is not None and issued < first


def until_switched_on(what_to_do: str) -> str:
    """Say the same of a company to which nothing goes by itself, because nobody switched it on."""
    return what_to_do.replace("then goes by itself", "then goes once pushing is switched on")


def stays_in_billing(first: date, ledger: str) -> Problem:
    """Say why a document is not sent, and how it is sent all the same."""
    return Problem(
        code=BEFORE_START,
        title=f"It is dated before {day_long(first)}, the start date of pushing to {ledger}.",
        means=f"It stays in billing. Nothing was sent to {ledger}.",
        what_to_do="Nothing. Allow pushing it if it belongs in the books.",
    )


def is_before_start(problem: dict[str, object] | None) -> bool:
    """Tell whether a stored problem is that of an early document."""
    return (problem or {}).get("code") == BEFORE_START
