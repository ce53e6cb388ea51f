"""Read what a run created, and what became of each document of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, select
from sqlalchemy.orm import aliased

from app.domain.settlement import outdated
from app.domain.states import (
    FINISHED,
    OUT_OF_LEDGER,
    TAKES_OUT,
    DocumentKind,
    InvoiceStatus,
    Operation,
    PushState,
)
from app.domain.undo import Created, There
from app.extensions import db
from app.models import (
    OF_PAYMENT,
    Customer,
    DocumentLink,
    Invoice,
    LedgerInvoiceRow,
    LedgerPaymentRow,
    LedgerSettlementRow,
    Push,
)


def documents_of(run_id: int) -> list[Created]:
    """Return every invoice that a run created, in the order of their numbers."""
    creation = _creation()
    statement = _statement(creation).where(creation.run_id == run_id)
    rows = db.session.execute(statement.order_by(Invoice.number, creation.id))
    return [_created(row) for row in rows]


def document_of(creation_id: int) -> Created | None:
    """Return one document by the push that created it."""
    creation = _creation()
    row = db.session.execute(_statement(creation).where(creation.id == creation_id)).first()
    return _created(row) if row else None


def _creation() -> Any:
    return aliased(Push, name="creation")


def _statement(creation: Any) -> Select[Any]:
    """Select creations with their invoice, link, mirror row and newest undo."""
    undo = aliased(Push, name="undo")
    newest = (
        select(func.max(Push.id))
        .where(
            Push.document_kind == DocumentKind.INVOICE,
            Push.document_id == creation.document_id,  # by its index: undoes_id's knows open ones
            Push.undoes_id == creation.id,
        )
        .scalar_subquery()
    )
    return (
        select(
            creation, Invoice, Customer.name, DocumentLink, LedgerInvoiceRow, undo,
            _last_write(creation).label("last_run"),
            _last_write(creation, Push.booked_total).label("booked_total"),
            _under_way(creation).label("under_way"), _credited().label("credited"),
        )
        .join(Invoice, Invoice.id == creation.document_id)
        .join(Customer, Customer.id == Invoice.customer_id)
        .outerjoin(
            DocumentLink,
            and_(
                DocumentLink.connection_id == creation.connection_id,
                DocumentLink.document_kind == DocumentKind.INVOICE,
                DocumentLink.document_id == creation.document_id,
            ),
        )
        .outerjoin(
            LedgerInvoiceRow,
            and_(
                LedgerInvoiceRow.connection_id == DocumentLink.connection_id,
                LedgerInvoiceRow.ledger_id == DocumentLink.ledger_id,
            ),
        )
        .outerjoin(undo, undo.id == newest)
        .where(
            creation.document_kind == DocumentKind.INVOICE,
            creation.operation == Operation.CREATE,
            creation.state == PushState.DONE,
        )
    )  # fmt: skip


def _last_write(creation: Any, column: Any = Push.run_id) -> Any:
    """Select a column of the last write to the document that left it live."""
    return (
        select(column)
        .where(
            Push.connection_id == creation.connection_id,
            Push.document_kind == DocumentKind.INVOICE,
            Push.document_id == creation.document_id,
            Push.state == PushState.DONE,
            Push.operation.not_in(TAKES_OUT),
        )
        .order_by(Push.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _under_way(creation: Any) -> ColumnElement[bool]:
    return exists().where(
        Push.connection_id == creation.connection_id,
        Push.document_kind == DocumentKind.INVOICE,
        Push.document_id == creation.document_id,
        Push.state.not_in(FINISHED),
    )


def _credited() -> Any:
    """Select whether only credits settle it: payments of no money (QuickBooks: Payment)."""
    return (
        select(func.bool_and(case((LedgerPaymentRow.amount == 0, True), else_=False)))
        .join(LedgerSettlementRow, OF_PAYMENT)
        .where(
            LedgerSettlementRow.connection_id == DocumentLink.connection_id,
            LedgerSettlementRow.invoice_ledger_id == DocumentLink.ledger_id,
        )
        .scalar_subquery()
    )


def _created(row: Row[Any]) -> Created:
    creation, invoice, customer, link, mirror, undo, last_run, booked, under_way, credited = tuple(
        row
    )
    there = _there(link, mirror, invoice, bool(credited))
    moved = creation.note is not None  # booked on another day than the invoice's own
    dated = there.issued_on if there else None if moved else invoice.issue_date
    return Created(
        creation_id=creation.id,
        invoice_id=invoice.id,
        number=invoice.number,
        customer=customer,
        currency=invoice.currency,
        total=invoice.total,
        status=InvoiceStatus(invoice.status),
        dated=dated,
        linked=link is not None,
        ledger_total=link.ledger_total if link else None,
        sent_number=link.number if link else None,
        booked_total=booked,
        there=there,
        adopted=link.adopted if link else False,
        own_last=last_run == creation.run_id,
        under_way=under_way,
        undo=PushState(undo.state) if undo else None,
        undo_how=undo.operation if undo else None,
        undo_problem=undo.problem if undo else None,
        url=link.url if link else None,
    )


def _there(
    link: DocumentLink | None, mirror: LedgerInvoiceRow | None, invoice: Invoice, credited: bool
) -> There | None:
    """Return what was read of it since our last write; the invoice's state tells it is gone too."""
    if link is None or mirror is None or outdated(mirror.version, link.version):
        return None
    gone = invoice.sync_state in OUT_OF_LEDGER
    return There(
        total=mirror.total,
        balance=mirror.balance,
        number=mirror.number,
        issued_on=mirror.issue_date,
        voided=mirror.voided or gone,
        deleted=mirror.deleted,
        credited=credited,
    )
