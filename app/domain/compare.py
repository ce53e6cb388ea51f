"""Compare one document as billing and as a ledger have it, and say the difference in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.domain.drift import (
    ZERO,
    Amounts,
    Cause,
    Finding,
    Judgement,
    Kind,
    Ours,
    Pair,
    Scene,
    Theirs,
    Twin,
)
from app.domain.states import DocumentKind, InvoiceStatus, SyncState
from app.domain.wording import STATUS_WORDS, day, format_money

# What explains that the ledger has not got what billing has.
_CAUSES = {
    SyncState.WAITING: Cause.WAITING,
    SyncState.HELD: Cause.WAITING,
    SyncState.BLOCKED: Cause.WAITING,
    SyncState.PUSHING: Cause.WAITING,
    SyncState.UNCONFIRMED: Cause.WAITING,
    SyncState.RETRYING: Cause.WAITING,
    SyncState.FAILED: Cause.REFUSED,
    SyncState.DEAD: Cause.REFUSED,
    SyncState.NOT_SENT: Cause.NOT_SENT,
    SyncState.UNLINKED: Cause.UNLINKED,
}

# What a document is called within a sentence, and what is paid of it.
_NOUNS = {DocumentKind.INVOICE: "invoice", DocumentKind.CREDIT_NOTE: "credit note"}
_PAID = {DocumentKind.INVOICE: "paid", DocumentKind.CREDIT_NOTE: "used"}


@dataclass(frozen=True, slots=True)
class _Gap:
    """A difference before it knows whose it is."""

    kind: Kind
    ours: str
    theirs: str
    amount: Decimal
    explanation: str
    quiet: Cause | None = None


def judge(pair: Pair, scene: Scene) -> Judgement:
    """Compare one document."""
    gaps, cause = _gaps(pair, scene)
    findings = tuple(_finding(pair, gap) for gap in gaps)
    quiet = next((finding.quiet for finding in findings if finding.quiet), None)
    return Judgement(_counted_ours(pair), _counted_theirs(pair), findings, cause or quiet)


def _counted_ours(pair: Pair) -> Amounts:
    if pair.ours is None or pair.ours.status == InvoiceStatus.VOID:
        return Amounts()
    return pair.ours.amounts


def _counted_theirs(pair: Pair) -> Amounts:
    """Count what is live; a document in another currency counts in no sum of this one."""
    theirs = pair.theirs
    if theirs is None or not theirs.live:
        return Amounts()
    if pair.ours is not None and theirs.currency not in (None, pair.currency):
        return Amounts()
    return theirs.amounts


def _gaps(pair: Pair, scene: Scene) -> tuple[list[_Gap], Cause | None]:
    """Return the differences of a pair and, where there are none, what explains the gap."""
    ours, theirs = pair.ours, pair.theirs
    if ours is None:
        return list(_only_there(pair, scene)), None
    if ours.status == InvoiceStatus.VOID:
        return _void_here(ours, theirs, pair.currency, scene)
    live = theirs is not None and theirs.live
    cause = _cause(ours)
    if not live and cause != Cause.TAKEN_BACK and (ours.linked or cause is None):
        return [_gone(ours, pair, scene)], None
    if cause is not None or theirs is None:
        return [], cause
    gaps = list(_unequal(ours, theirs, pair, scene))
    fresh = not gaps and theirs.amounts != ours.amounts
    return gaps, Cause.ON_ITS_WAY if fresh else None


def _only_there(pair: Pair, scene: Scene) -> Iterator[_Gap]:
    theirs = pair.theirs
    if theirs is None or not theirs.live:
        return
    kind, words, quiet = _by_hand(theirs, pair.document, scene)
    total = theirs.amounts.total
    yield _Gap(kind, "Not there", format_money(total, pair.currency), total, words, quiet)


def _by_hand(
    theirs: Theirs, document: DocumentKind, scene: Scene
) -> tuple[Kind, str, Cause | None]:
    """Say what a document is that none of ours is linked to, and whether that is nobody's alarm."""
    twin, made = theirs.twin, f"Created by hand in {scene.ledger}"
    if twin is not None and twin.same and twin.booked_as is not None:
        return Kind.DUPLICATE, _twice(theirs, twin, document, scene), None
    if theirs.marked:
        words = (
            f"Carries our mark, but billing is linked to another document: copied in"
            f" {scene.ledger}, or booked twice."
        )
        return Kind.MISSING_HERE, words, None
    if twin is None:
        dated = f", dated {day(theirs.issued_on)}" if theirs.issued_on else ""
        return Kind.MISSING_HERE, f"{made}{dated}. Billing has no such number.", Cause.BY_HAND
    if twin.left:
        return Kind.MISSING_HERE, f"{made}; {_named(twin)}, was left out for it.", Cause.BY_HAND
    if twin.by_number:
        words = f"{made} under a number that billing uses: {_named(twin)}."
        return Kind.DUPLICATE_NUMBER, words, None
    words = f"{made}, and perhaps booked twice: billing’s {_named(twin)}, is there too."
    return Kind.MISSING_HERE, words, None


def _twice(theirs: Theirs, twin: Twin, document: DocumentKind, scene: Scene) -> str:
    """Say which two are one of billing's, and what settles it."""
    return (
        f"{_named(twin)}, is in {scene.ledger} twice: billing’s {_NOUNS[document]} is the one with"
        f" the ID {twin.booked_as}; this one has the ID {theirs.ledger_id} and the same number,"
        f" customer, total and date. Void or delete it in {scene.ledger}."
    )


def _named(twin: Twin) -> str:
    return f"{twin.number} of {twin.customer}, {format_money(twin.total, twin.currency)}"


def _cause(ours: Ours) -> Cause | None:
    if ours.taken_back:
        return Cause.TAKEN_BACK
    if ours.before_start and ours.sync_state == SyncState.NOT_SENT:
        return Cause.BEFORE_START
    return _CAUSES.get(ours.sync_state)


def _void_here(
    ours: Ours, theirs: Theirs | None, currency: str, scene: Scene
) -> tuple[list[_Gap], Cause | None]:
    cause = _CAUSES.get(ours.sync_state)
    if theirs is None or not theirs.live or cause is not None:
        return [], cause
    total = theirs.amounts.total
    words = f"Void in billing, still in {scene.ledger}."
    return [_Gap(Kind.AMOUNT, "Void", format_money(total, currency), total, words)], None


def _gone(ours: Ours, pair: Pair, scene: Scene) -> _Gap:
    """Name what became of a document that should be in the ledger and does not count there."""
    theirs, total = pair.theirs, ours.amounts.total
    shown = format_money(total, pair.currency)
    status = STATUS_WORDS[ours.status].words.lower()
    still = f" Still {status.replace('paid', _PAID[pair.document])} in billing."
    if theirs is not None and theirs.deleted:
        words = f"Deleted in {scene.ledger}{_when(theirs, scene)}.{still}"
        return _Gap(Kind.DELETED_THERE, shown, "Deleted", -total, words)
    if theirs is not None and theirs.there and theirs.voided:
        words = f"Voided in {scene.ledger}{_when(theirs, scene)}.{still}"
        return _Gap(Kind.VOIDED_THERE, shown, "Voided", -total, words)
    pushed = f" It was pushed on {day(_local(ours.pushed_at, scene))}." if ours.pushed_at else ""
    words = f"{scene.ledger} has no such {_NOUNS[pair.document]}.{pushed}{still}"
    return _Gap(Kind.MISSING_THERE, shown, "Not there", -total, words)


def _unequal(ours: Ours, theirs: Theirs, pair: Pair, scene: Scene) -> Iterator[_Gap]:
    """Compare two live documents."""
    here, there, currency = ours.amounts, theirs.amounts, pair.currency
    if theirs.currency not in (None, currency):
        yield _other_currency(here, theirs, currency, scene)
        return
    if here.total != there.total:
        words = f"Changed in {scene.ledger}{_when(theirs, scene)}."
        if there.total == ours.booked_total:
            words = f"{scene.ledger} booked it so, with other tax. Nobody changed it since."
        yield _money_gap(Kind.AMOUNT, here.total, there.total, currency, words)
    elif here.tax != there.tax:
        words = f"The totals agree, the tax in them does not: {scene.ledger} has other tax."
        yield _money_gap(Kind.TAX, here.tax, there.tax, currency, words)
    # An edited total moves what is owed as well: only what was paid differently is another matter.
    if ours.paid != there.paid and not theirs.fresh:
        shown = format_money(here.owed, currency), format_money(there.owed, currency)
        words = _balance_words(ours.paid, theirs, pair.document, scene)
        yield _Gap(Kind.BALANCE, *shown, ours.paid - there.paid, words)
    if theirs.number != (ours.expected_number or ours.number):
        words = f"The number was changed in {scene.ledger}{_when(theirs, scene)}."
        yield _Gap(Kind.NUMBER, ours.number, theirs.number or "No number", ZERO, words)


def _other_currency(here: Amounts, theirs: Theirs, currency: str, scene: Scene) -> _Gap:
    shown = format_money(theirs.amounts.total, theirs.currency or "")
    words = f"Kept in {theirs.currency} in {scene.ledger}, in {currency} in billing."
    return _Gap(Kind.AMOUNT, format_money(here.total, currency), shown, -here.total, words)


def _balance_words(paid: Decimal, theirs: Theirs, document: DocumentKind, scene: Scene) -> str:
    where = f"in {scene.ledger}{_when(theirs, scene)}"
    less = theirs.amounts.paid < paid
    if less and document == DocumentKind.CREDIT_NOTE:
        return f"Taken off an invoice {where}; billing has it on more."
    if less:
        return f"Owed more {where}, billing has not heard."
    how = _PAID[document]
    how = how.capitalize() if theirs.amounts.owed <= 0 else f"Part {how}"
    return f"{how} {where}, billing has not heard."


def _money_gap(kind: Kind, ours: Decimal, theirs: Decimal, currency: str, words: str) -> _Gap:
    shown = format_money(ours, currency), format_money(theirs, currency)
    return _Gap(kind, *shown, theirs - ours, words)


def _when(theirs: Theirs, scene: Scene) -> str:
    if theirs.changed_at is None:
        return ""
    local = _local(theirs.changed_at, scene)
    return f" on {day(local)}, {local:%H:%M}"


def _local(moment: datetime, scene: Scene) -> datetime:
    return moment.astimezone(scene.zone)


def _finding(pair: Pair, gap: _Gap) -> Finding:
    ours, theirs = pair.ours, pair.theirs
    ledger_id = theirs.ledger_id if theirs else None
    twin = theirs.twin if theirs and not ours else None
    return Finding(
        kind=gap.kind,
        subject=_subject(pair),
        currency=pair.currency,
        ours=gap.ours,
        theirs=gap.theirs,
        amount=gap.amount,
        explanation=gap.explanation,
        invoice_id=ours.invoice_id if ours else None,
        ledger_id=ledger_id,
        number=ours.number if ours else theirs.number if theirs else None,
        customer=ours.customer if ours else theirs.customer if theirs else None,
        quiet=gap.quiet,
        document=pair.document,
        twin_id=twin.invoice_id if twin else None,
    )


def _subject(pair: Pair) -> str:
    """Name the document so that no two of any kind have one name."""
    if pair.ours is not None:
        return f"{pair.document}:{pair.ours.invoice_id}"
    where = "ledger" if pair.document == DocumentKind.INVOICE else f"ledger_{pair.document}"
    return f"{where}:{pair.theirs.ledger_id if pair.theirs else None}"
