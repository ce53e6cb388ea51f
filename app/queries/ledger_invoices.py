"""The mirror of a ledger's invoices as the API shows it."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import and_, select

from app.domain.public_id import public_id
from app.domain.states import DocumentKind
from app.extensions import db
from app.models import Connection, DocumentLink, LedgerInvoiceRow
from app.queries.api_invoices import amount, moment
from app.queries.cursor import read_cursor, write_cursor
from app.queries.only_there import status
from app.usecases.company.open_ledger import on_paper

Json = dict[str, Any]


def list_ledger_invoices(
    connection: Connection, today: date, *, only_there: bool, cursor: str | None, limit: int
) -> tuple[list[Json], str | None]:
    """Return a page, newest to us first, and where to go on; raises BadCursor.

    only_there: those that none of billing's is linked to, deleted ones left out.
    """
    query = (
        select(LedgerInvoiceRow, DocumentLink.document_id)
        .outerjoin(
            DocumentLink,
            and_(
                DocumentLink.connection_id == LedgerInvoiceRow.connection_id,
                DocumentLink.document_kind == DocumentKind.INVOICE,
                DocumentLink.ledger_id == LedgerInvoiceRow.ledger_id,
            ),
        )
        .where(LedgerInvoiceRow.connection_id == connection.id)
    )
    if only_there:
        query = query.where(DocumentLink.id.is_(None), ~LedgerInvoiceRow.deleted)
    if cursor:
        query = query.where(LedgerInvoiceRow.id < read_cursor(cursor)[1])
    found = db.session.execute(query.order_by(LedgerInvoiceRow.id.desc()).limit(limit + 1)).all()
    shown = found[:limit]
    last = shown[-1][0] if len(found) > limit else None
    following = write_cursor(last.created_at, last.id) if last else None
    return [_one(row, invoice_id, connection, today) for row, invoice_id in shown], following


def _one(
    row: LedgerInvoiceRow, invoice_id: int | None, connection: Connection, today: date
) -> Json:
    currency = row.currency or connection.home_currency
    paper = on_paper(connection.provider, connection.environment, connection.company_id)
    return {
        "ledger_id": row.ledger_id,
        "ledger_url": paper.url(DocumentKind.INVOICE, row.ledger_id),
        "number": row.number,
        "customer_ledger_id": row.customer_ledger_id,
        "customer_name": row.customer_name,
        "issue_date": row.issue_date.isoformat() if row.issue_date else None,
        "due_date": row.due_date.isoformat() if row.due_date else None,
        "currency": currency,
        "total": amount(row.total, currency),
        "tax_total": amount(row.tax_total, currency),
        "balance": amount(row.balance, currency),
        "status": status(row, today),
        "deleted": row.deleted,
        "invoice_id": public_id(invoice_id) if invoice_id is not None else None,
        "read_at": moment(row.read_at),
    }
