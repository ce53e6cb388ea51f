"""Say what a comparison of two books came to: one set of sentences for page and e-mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.domain.drift import Amounts, Cause, Kind
from app.domain.wording import format_money, format_sums, listed, plural

# How each group of differences is headed (the ledger's name is filled in), and its icon.
KIND_WORDS: Mapping[Kind, tuple[str, str]] = {
    Kind.MISSING_THERE: ("Not in {ledger}", "file-x"),
    Kind.DELETED_THERE: ("Deleted in {ledger}", "file-off"),
    Kind.VOIDED_THERE: ("Voided in {ledger}", "file-x"),
    Kind.DUPLICATE_NUMBER: ("Number used twice in {ledger}", "copy"),
    Kind.AMOUNT: ("Amount differs", "git-compare"),
    Kind.TAX: ("Tax differs", "git-compare"),
    Kind.BALANCE: ("Payment not in billing", "cash"),
    Kind.NUMBER: ("Number differs", "hash"),
    Kind.MISSING_HERE: ("Only in {ledger}", "file-plus"),
}


@dataclass(frozen=True, slots=True)
class Sums:
    """The stored figures of one currency."""

    currency: str
    ours: Amounts
    theirs: Amounts
    known: Amounts
    resolve: Amounts
    causes: Mapping[Cause, Amounts]
    findings: int
    gross: Decimal


def sums_of(figures: Mapping[str, Any] | None) -> list[Sums]:
    """Rebuild the figures of a reconciliation, a currency each."""
    stored = (figures or {}).get("currencies", {})
    return [_sums(currency, stored[currency]) for currency in sorted(stored)]


def kind_words(kind: str, ledger: str) -> tuple[str, str]:
    """Return a difference's heading and icon."""
    words, icon = KIND_WORDS[Kind(kind)]
    return words.format(ledger=ledger), icon


# The same of several, where the words count something.
_SEVERAL: Mapping[Kind, str] = {
    Kind.DUPLICATE_NUMBER: "numbers used twice in {ledger}",
    Kind.AMOUNT: "amounts differ",
    Kind.TAX: "tax amounts differ",
    Kind.BALANCE: "payments not in billing",
    Kind.NUMBER: "numbers differ",
}


def counted(kind: str, count: int, ledger: str) -> str:
    """Return how many differences of a kind there are: "2 numbers used twice in QuickBooks"."""
    words = KIND_WORDS[Kind(kind)][0]
    words = words[:1].lower() + words[1:]
    if count != 1:
        words = _SEVERAL.get(Kind(kind), words)
    return f"{count:,} {words.format(ledger=ledger)}"


def gross(sums: list[Sums]) -> str:
    """Return the differences to resolve added up without regard to their sign."""
    return format_sums({each.currency: each.gross for each in sums if each.gross})


def lede(sums: list[Sums], ledger: str) -> str:
    """Say in which direction the books part: "QuickBooks is £456.00 lower on invoices"."""
    parts = []
    for each in sums:
        if each.resolve.total:
            parts.append(_lower(each.resolve.total, each.currency) + " on invoices")
        if each.resolve.owed:
            parts.append(_lower(each.resolve.owed, each.currency) + " on what is still owed")
    if not parts:
        return "The amounts agree."
    return f"{ledger} is {listed(parts)}."


def known(sums: list[Sums], ledger: str) -> str:
    """Say what explains the rest of the gap; empty when there is none."""
    parts = [
        _cause(cause, each, ledger) for each in sums for cause in Cause if cause in each.causes
    ]
    return listed(parts)


def _cause(cause: Cause, sums: Sums, ledger: str) -> str:
    amounts = sums.causes[cause]
    count = amounts.count
    shown = format_money(abs(amounts.total or amounts.owed), sums.currency)
    words = {
        Cause.WAITING: f"{plural(count, 'invoice')} waiting",
        Cause.TAKEN_BACK: f"{plural(count, 'invoice')} taken back",
        Cause.REFUSED: f"{plural(count, 'invoice')} refused",
        Cause.NOT_SENT: f"{count} marked “Do not push”",
        Cause.UNLINKED: f"{count} not linked any more",
        Cause.ON_ITS_WAY: f"{count} changed in {ledger} a moment ago",
        Cause.BY_HAND: f"{count} created by hand in {ledger}",
        Cause.ACCEPTED: f"{plural(count, 'difference')} accepted",
    }
    return f"{words[cause]}, {shown}"


def _lower(amount: Decimal, currency: str) -> str:
    return f"{format_money(abs(amount), currency)} {'lower' if amount < 0 else 'higher'}"


def _sums(currency: str, stored: Mapping[str, Any]) -> Sums:
    return Sums(
        currency=currency,
        ours=_amounts(stored["ours"]),
        theirs=_amounts(stored["theirs"]),
        known=_amounts(stored["known"]),
        resolve=_amounts(stored["resolve"]),
        causes={Cause(cause): _amounts(sums) for cause, sums in stored["causes"].items()},
        findings=stored["findings"],
        gross=Decimal(stored["gross"]),
    )


def _amounts(stored: Mapping[str, Any]) -> Amounts:
    return Amounts(
        stored["count"], Decimal(stored["total"]), Decimal(stored["tax"]), Decimal(stored["owed"])
    )
