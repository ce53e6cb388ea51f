"""Say what a comparison of two books came to: one set of sentences for page and e-mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.domain.drift import Amounts, Cause, Kind
from app.domain.states import DocumentKind
from app.domain.wording import format_money, format_sums, listed, plural

# How each group of differences is headed (the ledger's name is filled in), and its icon.
KIND_WORDS: Mapping[Kind, tuple[str, str]] = {
    Kind.MISSING_THERE: ("Not in {ledger}", "file-x"),
    Kind.DELETED_THERE: ("Deleted in {ledger}", "file-off"),
    Kind.VOIDED_THERE: ("Voided in {ledger}", "file-x"),
    Kind.DUPLICATE: ("Twice in {ledger}", "copy"),
    Kind.DUPLICATE_NUMBER: ("Number used twice in {ledger}", "copy"),
    Kind.AMOUNT: ("Amount differs", "git-compare"),
    Kind.TAX: ("Tax differs", "git-compare"),
    Kind.BALANCE: ("Payment not in billing", "cash"),
    Kind.NUMBER: ("Number differs", "hash"),
    Kind.MISSING_HERE: ("Only in {ledger}", "file-plus"),
}
# The same of a credit note, where what is paid of an invoice is used.
_CREDIT: Mapping[Kind, str] = {Kind.BALANCE: "Used otherwise in {ledger}"}
_NOUNS = {DocumentKind.INVOICE: "invoice", DocumentKind.CREDIT_NOTE: "credit note"}


@dataclass(frozen=True, slots=True)
class Sums:
    """The stored figures of one currency, of invoices or of credit notes."""

    currency: str
    ours: Amounts
    theirs: Amounts
    known: Amounts
    resolve: Amounts
    causes: Mapping[Cause, Amounts]
    findings: int
    gross: Decimal
    document: DocumentKind = DocumentKind.INVOICE

    @property
    def credit(self) -> bool:
        """Tell whether these are credit notes: what is owed is what is not used."""
        return self.document == DocumentKind.CREDIT_NOTE


# Under which name a reconciliation keeps the figures of each kind of document.
STORED_AS: Mapping[DocumentKind, str] = {
    DocumentKind.INVOICE: "currencies",
    DocumentKind.CREDIT_NOTE: "credit_notes",
}


def sums_of(figures: Mapping[str, Any] | None) -> list[Sums]:
    """Rebuild the figures of a reconciliation, a currency each: invoices, then credit notes."""
    return [
        _sums(document, currency, sums)
        for document, name in STORED_AS.items()
        for currency, sums in sorted((figures or {}).get(name, {}).items())
    ]


def kind_words(kind: str, ledger: str, document: str = DocumentKind.INVOICE) -> tuple[str, str]:
    """Return a difference's heading and icon."""
    words, icon = KIND_WORDS[Kind(kind)]
    if document == DocumentKind.CREDIT_NOTE:
        words = _CREDIT.get(Kind(kind), words)
        words = f"Credit note: {_lowered(words)}"
    return words.format(ledger=ledger), icon


# The same of some credit notes, counted: "2 credit notes with other tax".
_CREDIT_COUNTED: Mapping[Kind, str] = {
    Kind.DUPLICATE_NUMBER: "under a number used twice in {ledger}",
    Kind.AMOUNT: "with another amount",
    Kind.TAX: "with other tax",
    Kind.BALANCE: "used otherwise in {ledger}",
    Kind.NUMBER: "with another number",
}
# The same of several, where the words count something.
_SEVERAL: Mapping[Kind, str] = {
    Kind.DUPLICATE_NUMBER: "numbers used twice in {ledger}",
    Kind.AMOUNT: "amounts differ",
    Kind.TAX: "tax amounts differ",
    Kind.BALANCE: "payments not in billing",
    Kind.NUMBER: "numbers differ",
}


def counted(kind: str, count: int, ledger: str, document: str = DocumentKind.INVOICE) -> str:
    """Return how many differences of a kind there are: "2 numbers used twice in QuickBooks"."""
    if document == DocumentKind.CREDIT_NOTE:
        words = _CREDIT_COUNTED.get(Kind(kind)) or _lowered(KIND_WORDS[Kind(kind)][0])
        return f"{plural(count, 'credit note')} {words.format(ledger=ledger)}"
    words = _lowered(KIND_WORDS[Kind(kind)][0])
    if count != 1:
        words = _SEVERAL.get(Kind(kind), words)
    return f"{count:,} {words.format(ledger=ledger)}"


def _lowered(words: str) -> str:
    return words[:1].lower() + words[1:]


def gross(sums: list[Sums]) -> str:
    """Return the differences to resolve added up without regard to their sign."""
    return format_sums({each.currency: each.gross for each in sums if each.gross})


def lede(sums: list[Sums], ledger: str) -> str:
    """Say in which direction the books part: "QuickBooks is £456.00 lower on invoices"."""
    parts = []
    for each in sums:
        if each.resolve.total:
            on = f" on {_NOUNS[each.document]}s"
            parts.append(_lower(each.resolve.total, each.currency) + on)
        if each.resolve.owed:
            on = " on credit not used yet" if each.credit else " on what is still owed"
            parts.append(_lower(each.resolve.owed, each.currency) + on)
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
    many = plural(count, _NOUNS[sums.document])
    some = many if sums.credit else f"{count}"
    words = {
        Cause.WAITING: f"{many} waiting",
        Cause.TAKEN_BACK: f"{many} taken back",
        Cause.REFUSED: f"{many} refused",
        Cause.NOT_SENT: f"{some} marked “Do not push”",
        Cause.UNLINKED: f"{some} not linked any more",
        Cause.ON_ITS_WAY: f"{some} changed in {ledger} a moment ago",
        Cause.BY_HAND: f"{some} created by hand in {ledger}",
        Cause.ACCEPTED: f"{plural(count, 'difference')} accepted",
    }
    return f"{words[cause]}, {shown}"


def _lower(amount: Decimal, currency: str) -> str:
    return f"{format_money(abs(amount), currency)} {'lower' if amount < 0 else 'higher'}"


def _sums(document: DocumentKind, currency: str, stored: Mapping[str, Any]) -> Sums:
    return Sums(
        currency=currency,
        ours=_amounts(stored["ours"]),
        theirs=_amounts(stored["theirs"]),
        known=_amounts(stored["known"]),
        resolve=_amounts(stored["resolve"]),
        causes={Cause(cause): _amounts(sums) for cause, sums in stored["causes"].items()},
        findings=stored["findings"],
        gross=Decimal(stored["gross"]),
        document=document,
    )


def _amounts(stored: Mapping[str, Any]) -> Amounts:
    return Amounts(
        stored["count"], Decimal(stored["total"]), Decimal(stored["tax"]), Decimal(stored["owed"])
    )
