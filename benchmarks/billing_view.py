"""What billing sees of its invoices, and whether what it was told agrees with that."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import select

from app.domain.states import IN_LEDGER, DocumentKind
from app.extensions import db
from app.models import (
    DocumentLink,
    Invoice,
    LedgerSettlementRow,
    OutboundEvent,
    SettlementChange,
)
from app.queries.api_invoices import show_invoice
from benchmarks.bookkeeper_walk import Seen

_ABOUT_MONEY = ("invoice.paid", "invoice.part_paid", "invoice.payment_reversed")


def billings_view() -> dict[str, Seen]:
    """Return every booked invoice as the API shows it, by the ledger's id."""
    seen = {}
    for invoice, ledger_id in _booked():
        shown = show_invoice(invoice)
        seen[ledger_id] = Seen(
            invoice.number,
            shown["status"],
            Decimal(shown["balance"]),
            Decimal(shown["total"]),
            shown["sync"]["state"],
            {one["ledger_id"]: Decimal(one["amount"]) for one in shown["payments"]},
        )
    return seen


def broken_histories() -> list[str]:
    """Return where the history of payments, or the last event, says other than what is."""
    rows = db.session.scalars(select(SettlementChange).order_by(SettlementChange.id))
    last: dict[tuple[str, str], SettlementChange] = {}
    wrong = []
    for row in rows:
        part = (row.payment_ledger_id, row.invoice_ledger_id)
        before = last[part].after if part in last else None
        if row.before != before:
            wrong.append(f"{part}: {row.outcome} from {row.before}, but it was {before}")
        last[part] = row
    parts = {
        (one.payment_ledger_id, one.invoice_ledger_id): one.amount
        for one in db.session.scalars(select(LedgerSettlementRow))
    }
    ends = {part: row.after for part, row in last.items() if row.after is not None}
    wrong += [] if ends == parts else [f"the history ends with {ends}, there are {parts}"]
    return wrong + _misled()


def _misled() -> list[str]:
    """Return the invoices of which billing heard last what is not so."""
    wrong = []
    for invoice, _ in _booked():
        heard = db.session.scalars(
            select(OutboundEvent)
            .where(
                OutboundEvent.subject == f"invoice:{invoice.id}",
                OutboundEvent.type.in_(_ABOUT_MONEY),
            )
            .order_by(OutboundEvent.id.desc())
        ).first()
        status = heard.data["status"] if heard else "open"
        if status != invoice.status and invoice.sync_state in IN_LEDGER:
            wrong.append(f"{invoice.number} is {invoice.status}, billing heard {status} last")
    return wrong


def _booked() -> list[tuple[Invoice, str]]:
    rows = db.session.execute(
        select(Invoice, DocumentLink.ledger_id)
        .join(
            DocumentLink,
            (DocumentLink.document_id == Invoice.id)
            & (DocumentLink.document_kind == DocumentKind.INVOICE),
        )
        .order_by(Invoice.id)
        .execution_options(populate_existing=True)
    )
    return [(row[0], row[1]) for row in rows]
