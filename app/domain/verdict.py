"""Say what a comparison of two books came to: one set of sentences for page and e-mail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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
    agreed: Amounts
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


# Under which name it keeps what each document that somebody may decide about adds to them.
APART = "apart"


@dataclass(frozen=True, slots=True)
class Loud:
    """One difference that is to be resolved now."""

    subject: str
    document: str
    currency: str
    amount: Decimal


def as_decided(figures: Mapping[str, Any] | None, loud: Sequence[Loud]) -> list[Sums]:
    """Rebuild the figures of a check as they stand after what people decided since.

    loud: the differences that are to be resolved now. A check that did not keep what each adds
    (an old one, or one of very many) says what it said.
    """
    apart = (figures or {}).get(APART)
    sums = sums_of(figures)
    return sums if apart is None else [_decided(each, apart, loud) for each in sums]


def _decided(sums: Sums, apart: Mapping[str, Any], loud: Sequence[Loud]) -> Sums:
    mine = (sums.document, sums.currency)
    open_now = [each for each in loud if (each.document, each.currency) == mine]
    subjects = {each.subject for each in open_now}
    known, resolve, accepted = sums.known, sums.resolve, sums.causes.get(Cause.ACCEPTED, Amounts())
    for subject, stored in apart.items():
        gap, to_resolve = _amounts(stored), subject in subjects
        if (stored["document"], stored["currency"]) != mine or stored["loud"] == to_resolve:
            continue
        if stored["loud"]:
            known, resolve, accepted = known + gap, resolve - gap, accepted + replace(gap, count=1)
        else:
            known, resolve, accepted = known - gap, resolve + gap, accepted - replace(gap, count=1)
    causes = {**sums.causes, Cause.ACCEPTED: accepted}
    return replace(
        sums,
        known=known,
        resolve=resolve,
        causes={cause: amounts for cause, amounts in causes.items() if amounts.count},
        findings=len(open_now),
        gross=sum((abs(each.amount) for each in open_now), Decimal(0)),
    )


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


def agreed(sums: list[Sums]) -> str:
    """Say what both books have alike: "12 invoices, £1,830.65, and 1 credit note, £90.00"."""
    parts = []
    for document in STORED_AS:
        of_kind = [each for each in sums if each.document == document]
        count = sum(each.agreed.count for each in of_kind)
        if count or document == DocumentKind.INVOICE:
            totals = {each.currency: each.agreed.total for each in of_kind if each.agreed.count}
            shown = f", {format_sums(totals)}" if totals else ""
            parts.append(f"{plural(count, _NOUNS[document])}{shown}")
    return ", and ".join(parts)


def agree(sums: list[Sums]) -> str:
    """Say that it agrees: "12 invoices, £1,830.65, agree to the penny"."""
    count = sum(each.agreed.count for each in sums)
    verb = "agrees" if count == 1 else "agree"
    return f"{agreed(sums)}{',' if count else ''} {verb} to the penny"


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


# What people keep out of the ledger; it is in no list of differences.
LEFT_OUT = (Cause.NOT_SENT, Cause.BEFORE_START)


def known(sums: list[Sums], ledger: str, causes: Iterable[Cause] = Cause) -> str:
    """Say what explains the rest of the gap, or these parts of it; empty when there is none."""
    parts = [
        _cause(cause, each, ledger) for each in sums for cause in causes if cause in each.causes
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
        Cause.BEFORE_START: f"{some} dated before the start date",
        Cause.UNLINKED: f"{some} not linked any more",
        Cause.ON_ITS_WAY: f"{some} changed in {ledger} a moment ago",
        Cause.BY_HAND: f"{some} created by hand in {ledger}",
        Cause.ACCEPTED: f"{plural(count, 'difference')} accepted",
    }
    return f"{words[cause]}, {shown}"


def _lower(amount: Decimal, currency: str) -> str:
    return f"{format_money(abs(amount), currency)} {'lower' if amount < 0 else 'higher'}"


# What explains that billing has something and the ledger has not.
_ONLY_HERE = (
    Cause.WAITING,
    Cause.TAKEN_BACK,
    Cause.REFUSED,
    Cause.NOT_SENT,
    Cause.BEFORE_START,
    Cause.UNLINKED,
)


def _sums(document: DocumentKind, currency: str, stored: Mapping[str, Any]) -> Sums:
    causes = {Cause(cause): _amounts(sums) for cause, sums in stored["causes"].items()}
    ours = _amounts(stored["ours"])
    return Sums(
        currency=currency,
        ours=ours,
        theirs=_amounts(stored["theirs"]),
        agreed=_amounts(stored["agreed"]) if "agreed" in stored else _alike(ours, causes),
        known=_amounts(stored["known"]),
        resolve=_amounts(stored["resolve"]),
        causes=causes,
        findings=stored["findings"],
        gross=Decimal(stored["gross"]),
        document=document,
    )


def _alike(ours: Amounts, causes: Mapping[Cause, Amounts]) -> Amounts:
    """Return what agreed in a check that did not write it down: all but what only billing has."""
    for cause in _ONLY_HERE:
        gap = causes.get(cause, Amounts())  # its count is of documents, its sums are less than 0
        ours = ours - Amounts(gap.count) + replace(gap, count=0)
    return ours


def _amounts(stored: Mapping[str, Any]) -> Amounts:
    return Amounts(
        stored["count"], Decimal(stored["total"]), Decimal(stored["tax"]), Decimal(stored["owed"])
    )
