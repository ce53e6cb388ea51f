"""Say why a ledger is owed more or less on billing's invoices than billing is."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.domain.wording import format_sums, listed
from app.queries.owed_apart import ABSENT, AMOUNT, CHANGING, GONE, Apart

_ONE = {
    GONE: "voided or deleted there",
    AMOUNT: "with another amount there",
    CHANGING: "whose change is not there yet",
    ABSENT: "not there",
}


def owed_words(found: Sequence[Apart], ledger: str, home: str) -> str:
    """Return a sentence with the amount of every reason; "" where both say the same.

    home: the currency that is named first.
    """
    if not found:
        return ""
    parts = [f"{each.count:,} {_ONE[each.reason]} ({_by(each.sums, home)})" for each in found]
    sums: dict[str, Decimal] = {}
    for each in found:
        for currency, amount in each.sums.items():
            sums[currency] = sums.get(currency, Decimal(0)) + amount
    by = _by(sums, home)
    verb = "are" if ledger == "the ledgers" else "is"
    start = f"{ledger[:1].upper()}{ledger[1:]} {verb} owed {by} on billing’s invoices"
    return f"{start}: {listed(parts)}."


def _by(sums: dict[str, Decimal], home: str) -> str:
    """Say a gap: "£5.00 less", "£5.00 more and €2.00 less"."""
    less = {code: -amount for code, amount in sums.items() if amount < 0}
    more = {code: amount for code, amount in sums.items() if amount > 0}
    said = [
        f"{format_sums(part, home)} {word}"
        for part, word in ((less, "less"), (more, "more"))
        if part
    ]
    return listed(said) or "the same"
