"""Why a ledger is owed more or less on billing's invoices than billing is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import and_, case, func, or_, select

from app.domain.money import round_money
from app.domain.states import IN_LEDGER, OUT_OF_LEDGER, DocumentKind, InvoiceStatus, SyncState
from app.extensions import db
from app.models import DocumentLink, Invoice

# The reasons, in the order in which they are said.
GONE, AMOUNT, CHANGING, ABSENT = "gone", "amount", "changing", "absent"
REASONS = (GONE, AMOUNT, CHANGING, ABSENT)
# Of what agrees there is nothing to say, and of a ledger that was disconnected nothing is known.
_ASKED_ABOUT = frozenset(SyncState) - {SyncState.PUSHED, SyncState.UNLINKED}


@dataclass(slots=True)
class Apart:
    """The invoices that one reason sets apart; sums: owed there less open here, a currency each."""

    reason: str
    count: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)


def owed_apart(customer_id: int | None = None) -> Sequence[Apart]:
    """Return why what is owed in the ledgers is not what is open in billing; of a customer, or all.

    As each ledger last said; invoices that only a ledger has are not among them.
    """
    gone = Invoice.sync_state.in_(OUT_OF_LEDGER)
    absent = DocumentLink.id.is_(None)
    void = Invoice.status == InvoiceStatus.VOID  # the ledger may still hold it
    reason = case(
        (gone, GONE),
        (absent, ABSENT),
        (Invoice.sync_state.in_(IN_LEDGER), AMOUNT),
        else_=CHANGING,
    )
    owed_there = case(
        (or_(gone, absent), 0),
        (and_(DocumentLink.ledger_total == Invoice.total, ~void), Invoice.balance),
        else_=func.coalesce(DocumentLink.ledger_total, Invoice.total) - DocumentLink.settled,
    )
    gap = owed_there - Invoice.balance
    rows = db.session.execute(
        select(reason.label("reason"), Invoice.currency, func.count(), func.sum(gap))
        .outerjoin(
            DocumentLink,
            and_(
                DocumentLink.connection_id == Invoice.connection_id,
                DocumentLink.document_kind == DocumentKind.INVOICE,
                DocumentLink.document_id == Invoice.id,
            ),
        )
        .where(
            Invoice.sync_state.in_(_ASKED_ABOUT),
            Invoice.status != InvoiceStatus.DRAFT,
            ~and_(void, or_(gone, absent)),
            gap != 0,
            *([] if customer_id is None else [Invoice.customer_id == customer_id]),
        )
        .group_by("reason", Invoice.currency)
    )
    found = {one: Apart(one) for one in REASONS}
    for one, currency, count, amount in rows:
        found[one].count += count
        found[one].sums[currency] = round_money(amount, currency)
    return [each for each in found.values() if each.count]
