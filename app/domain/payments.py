"""Name what became of a payment, invoice by invoice, between two reads of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

# The part of one payment that settles one invoice: (payment, invoice), by the ledger's ids.
Part = tuple[str, str]


class PaymentKind(StrEnum):
    """Say what a payment of the ledger is."""

    PAYMENT = "payment"  # money came
    CREDIT = "credit"  # no money: credits put on invoices
    REFUND = "refund"  # money went back


class Outcome(StrEnum):
    """Say what one read of a payment did to one invoice, or to none."""

    APPLIED = "applied"
    UPDATED = "updated"  # with another amount than before
    REVERSED = "reversed"  # voided, deleted, or taken off this invoice
    REPLAYED = "replayed"  # nothing new
    UNLINKED = "unlinked"  # on an invoice that is not billing's: kept, moves nothing
    UNAPPLIED = "unapplied"  # money on no invoice, or not all of it
    REFUNDED = "refunded"


class Cause(StrEnum):
    """Say why money is on an invoice no more."""

    DELETED = "deleted"
    VOIDED = "voided"
    EDITED = "edited"  # the payment is there, without this invoice


# Outcomes that changed what an invoice's payments are: those are kept for its history.
KEPT = (Outcome.APPLIED, Outcome.UPDATED, Outcome.REVERSED, Outcome.UNLINKED)


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one part; amounts before and after, None where there was or is none."""

    part: Part
    outcome: Outcome
    before: Decimal | None
    after: Decimal | None


def changes(
    before: Mapping[Part, Decimal], after: Mapping[Part, Decimal], ours: Collection[str]
) -> Iterator[Change]:
    """Name what became of every part, in the order of ids; ours: the invoices billing knows."""
    for part in sorted({*before, *after}):
        old, new = before.get(part), after.get(part)
        yield Change(part, _outcome(old, new, part[1] in ours), old, new)


def _outcome(old: Decimal | None, new: Decimal | None, ours: bool) -> Outcome:
    if new is None:
        return Outcome.REVERSED
    if old == new:
        return Outcome.REPLAYED
    if not ours:
        return Outcome.UNLINKED
    return Outcome.APPLIED if old is None else Outcome.UPDATED


def settled_otherwise(paid: Decimal, parts: Iterable[Decimal]) -> Decimal:
    """Return how much of what is settled no payment explains.

    A journal entry, a line of a deposit or a write-off: it lowers what is owed, and the ledger
    lists no payment for it (QuickBooks: Payment).
    """
    return max(paid - sum(parts, Decimal(0)), Decimal(0))
