"""What an invoice of ours is worth, given what the ledger has of it.

Always judged from the ledger's own balance, never by adding up payments: journal entries, deposits
and credits settle invoices too (QuickBooks: Payment).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.domain.states import IN_LEDGER, OUT_OF_LEDGER, InvoiceStatus, SyncState

# States in which nothing of ours is on its way: only then does the ledger's word decide the state.
_SETTLED = IN_LEDGER | OUT_OF_LEDGER


@dataclass(frozen=True, slots=True)
class Booked:
    """What the ledger last said of a document; amounts in its own currency.

    same_tax: the tax in it is billing's too.
    """

    total: Decimal
    balance: Decimal
    voided: bool = False
    deleted: bool = False
    same_tax: bool = True

    @property
    def live(self) -> bool:
        """Tell whether the document still counts in the ledger's books."""
        return not (self.voided or self.deleted)

    @property
    def paid(self) -> Decimal:
        """Return how much of it is settled."""
        return self.total - self.balance if self.live else Decimal(0)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an invoice of ours stands."""

    status: InvoiceStatus
    balance: Decimal
    sync_state: SyncState


def standing(total: Decimal, now: Standing, booked: Booked) -> Standing:
    """Return where an invoice of this total stands, given what the ledger has.

    Voided or deleted there, it stays open in billing's eyes (nobody told billing's customer that
    nothing is owed) and the sync state says what happened.
    """
    at_rest = now.sync_state in _SETTLED
    sync_state = _sync_state(total, now, booked) if at_rest else now.sync_state
    if now.status == InvoiceStatus.VOID:
        return Standing(now.status, Decimal(0), sync_state)
    balance = owed(total, booked, at_rest=at_rest)
    status = status_of(total, balance) if booked.live else InvoiceStatus.OPEN
    return Standing(status, balance, sync_state)


def owed(total: Decimal, booked: Booked, *, at_rest: bool = True) -> Decimal:
    """Return what is open of a document of billing's: its total less what the ledger has settled.

    Never more than the total: an amount changed in the ledger is a difference, and no debt. Nothing
    is open of what the ledger counts as settled in full. at_rest: no change of it waits, after
    which the ledger would count anew.
    """
    if booked.live and at_rest and booked.balance <= 0:
        return booked.balance
    return max(total - booked.paid, Decimal(0))


def happened(
    settled: Decimal,
    before: Standing,
    booked: Booked,
    after: Standing,
    *,
    total_before: Decimal | None = None,
) -> tuple[str, ...]:
    """Return what billing must hear: the outbound events of one change, in order.

    settled: how much of the document billing has heard is settled. total_before: what the ledger
    had it at before.
    """
    if before.status == InvoiceStatus.VOID:
        return ()
    events = []
    if booked.paid < settled or (_was_paid(before, after) and not booked.paid):
        events.append("invoice.payment_reversed")
    elif after.status == InvoiceStatus.PAID and _newly(settled, before, booked):
        events.append("invoice.paid")
    elif booked.paid > settled or _was_paid(before, after):
        events.append("invoice.part_paid")
    if after.sync_state in OUT_OF_LEDGER and before.sync_state not in OUT_OF_LEDGER:
        events.append("invoice.voided_in_ledger")
    if not events and edited(before, booked, after, total_before):
        events.append("invoice.pushed")
    return tuple(events)


def edited(
    before: Standing, booked: Booked, after: Standing, total_before: Decimal | None = None
) -> bool:
    """Tell whether a person changed in the ledger what a document of ours comes to."""
    if before.sync_state not in _SETTLED:
        return False
    counts = after.sync_state not in OUT_OF_LEDGER  # of what is gone another event tells
    other_total = counts and total_before not in (None, booked.total)
    other_state = counts and after.sync_state != before.sync_state
    return after.balance != before.balance or other_total or other_state


def _newly(settled: Decimal, before: Standing, booked: Booked) -> bool:
    """Tell whether a paid invoice was not, as far as billing has heard."""
    return before.status != InvoiceStatus.PAID or booked.paid > settled


def _was_paid(before: Standing, after: Standing) -> bool:
    """Tell whether a paid invoice is not any more."""
    gone = after.sync_state in OUT_OF_LEDGER
    return before.status == InvoiceStatus.PAID != after.status and not gone


def happened_to_credit(
    settled: Decimal,
    before: Standing,
    booked: Booked,
    after: Standing,
    *,
    untrue: bool = False,
    total_before: Decimal | None = None,
) -> tuple[str, ...]:
    """Return what billing must hear of a credit note: how much of it is used, or that it is gone.

    untrue: what billing heard last says of what it is on is not so any more, however much is used.
    total_before: what the ledger had it at before.
    """
    if before.status == InvoiceStatus.VOID:
        return ()
    if after.sync_state in OUT_OF_LEDGER and before.sync_state not in OUT_OF_LEDGER:
        return ("credit_note.voided_in_ledger",)
    if booked.paid == settled and edited(before, booked, after, total_before):
        return ("credit_note.pushed",)
    return ("credit_note.applied",) if booked.paid > settled or untrue else ()


def outdated(seen: str | None, known: str) -> bool:
    """Tell whether a seen version of a document is surely older than the one we know.

    Versions that are not plain numbers are not compared.
    """
    if seen is None or not (seen.isdecimal() and known.isdecimal()):
        return False
    return int(seen) < int(known)


def status_of(total: Decimal, balance: Decimal) -> InvoiceStatus:
    """Return the status of a document of which so much is owed, or not used."""
    if balance <= 0:
        return InvoiceStatus.PAID
    return InvoiceStatus.OPEN if balance >= total else InvoiceStatus.PART_PAID


def _sync_state(total: Decimal, now: Standing, booked: Booked) -> SyncState:
    if now.status == InvoiceStatus.VOID:
        return now.sync_state if booked.live else SyncState.VOIDED
    if booked.deleted:
        return SyncState.DELETED_THERE
    if booked.voided:
        return SyncState.VOIDED
    alike = booked.total == total and booked.same_tax
    return SyncState.PUSHED if alike else SyncState.DIFFERS
