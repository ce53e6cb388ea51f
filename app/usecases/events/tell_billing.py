"""Leave word for billing, in the transaction of what it is about; it is sent afterwards.

Whatever happened to a document, billing is told the same fields of it, as they stand now.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import structlog
from sqlalchemy import select

from app.domain.money import round_money
from app.domain.payments import settled_otherwise
from app.domain.public_id import public_id
from app.domain.sample import is_sample
from app.domain.states import CREDIT_STATUS, IN_HAND, InvoiceStatus
from app.extensions import db
from app.models import (
    OF_PAYMENT,
    CreditApplication,
    CreditNote,
    DocumentLink,
    LedgerPaymentRow,
    LedgerSettlementRow,
    OutboundEvent,
    SalesDocument,
)
from app.usecases.places import with_link

log = structlog.get_logger()


def tell_billing(
    document: SalesDocument,
    event: str,
    link: DocumentLink | None,
    *,
    deleted: bool = False,
    **more: object,
) -> None:
    """Leave word of what happened to a document; call it once the document says so itself.

    link: what the ledger has for it, or had (deleted). more: fields of this event.
    """
    log.info(event, invoice_id=document.id, connection_id=document.connection_id)
    if is_sample(document.external_id):
        return  # billing never had it
    db.session.add(
        OutboundEvent(
            workspace_id=document.workspace_id,
            type=event,
            subject=_subject(document),
            data=_standing(document, link, deleted=deleted) | more,
        )
    )


def heard_otherwise(credit: CreditNote, *, used: Decimal, heard: Decimal) -> bool:
    """Tell whether the last event of a credit note says something else of its use than is so.

    used, heard: how much of it is used, and how much of that billing heard of, for want of an
    event. What is on its way to an invoice is told once it is there.
    """
    last = db.session.scalar(
        select(OutboundEvent.data)
        .where(
            OutboundEvent.workspace_id == credit.workspace_id,
            OutboundEvent.subject == _subject(credit),
        )
        .order_by(OutboundEvent.id.desc())
        .limit(1)
    )
    if last is None:
        return used != heard
    now: dict[str, Any] = {"status": _status(credit), "balance": _amount(credit.balance, credit)}
    on = applied_to(credit)
    if not any(one["state"] in IN_HAND for one in on):
        now["applied_to"] = on
    return any(last.get(name) != value for name, value in now.items())


def _subject(document: SalesDocument) -> str:
    return f"{document.kind}:{document.id}"


def _standing(
    document: SalesDocument, link: DocumentLink | None, *, deleted: bool
) -> dict[str, Any]:
    connection = document.connection
    return {
        "id": public_id(document.id),
        "external_id": document.external_id,
        "number": document.number,
        "revision": document.revision,
        "currency": document.currency,
        "status": _status(document),
        "total": _amount(document.total, document),
        "balance": _amount(document.balance, document),
        "sync_state": document.sync_state,
        "problem": with_link(document.problem, document, link.url if link else None),
        "connection": str(connection.id) if connection else None,
        "ledger": connection.provider if connection else None,
        "ledger_id": link.ledger_id if link else None,
        "ledger_url": link.url if link else None,
        "deleted": deleted,
        **_whereof(document, link),
    }


def _status(document: SalesDocument) -> str:
    status = InvoiceStatus(document.status)
    return CREDIT_STATUS[status] if isinstance(document, CreditNote) else status


def _amount(value: Decimal, document: SalesDocument) -> str:
    return f"{round_money(value, document.currency):f}"


def _whereof(document: SalesDocument, link: DocumentLink | None) -> dict[str, Any]:
    """Say what settled an invoice, or what a credit note is on."""
    if isinstance(document, CreditNote):
        return {"applied_to": applied_to(document)}
    settled = link.settled if link else Decimal(0)
    payments = list(_payments(document, link)) if link and settled else []
    otherwise = settled_otherwise(settled, (Decimal(one["amount"]) for one in payments))
    return {"payments": payments, "settled_otherwise": _amount(otherwise, document)}


def applied_to(credit: CreditNote) -> list[dict[str, Any]]:
    """Return what billing put a credit note on, and how far each part has come."""
    rows = db.session.scalars(
        select(CreditApplication)
        .where(
            CreditApplication.credit_note_id == credit.id,
            CreditApplication.status != InvoiceStatus.VOID,
        )
        .order_by(CreditApplication.id)
    )
    return [
        {"invoice": one.applied_to, "amount": _amount(one.total, one), "state": one.sync_state}
        for one in rows
    ]


def _payments(document: SalesDocument, link: DocumentLink) -> Iterator[dict[str, Any]]:
    """Return what settles a document, oldest first."""
    rows = db.session.execute(
        select(LedgerSettlementRow, LedgerPaymentRow)
        .join(LedgerPaymentRow, OF_PAYMENT)
        .where(
            LedgerSettlementRow.connection_id == link.connection_id,
            LedgerSettlementRow.invoice_ledger_id == link.ledger_id,
            LedgerPaymentRow.deleted.is_(False),
            LedgerPaymentRow.voided.is_(False),
        )
        .order_by(LedgerPaymentRow.received_on, LedgerPaymentRow.id)
    )
    for part, payment in rows:
        yield {
            "ledger_id": payment.ledger_id,
            "amount": _amount(part.amount, document),
            "date": payment.received_on.isoformat() if payment.received_on else None,
            "reference": payment.reference,
        }
