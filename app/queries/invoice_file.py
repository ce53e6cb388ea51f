"""Everything a list of invoices shows, row after row, without ever holding all of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Engine, Select, and_, select
from sqlalchemy.orm import Session

from app.domain.states import DocumentKind
from app.extensions import db
from app.models import Connection, Customer, DocumentLink, Invoice
from app.models.scope import enter_workspace
from app.queries.invoices import Filter, behind, matching

_AT_ONCE = 1000


def every(workspace_id: int, wanted: Filter, today: date) -> Iterator[Any]:
    """Return what a file says of each invoice, newest first; no transaction stays open between.

    The rows are read while the file is sent, when the request and the session that has entered the
    workspace are gone: each page is read in a session of its own, which enters it again.
    """
    link = and_(
        DocumentLink.connection_id == Invoice.connection_id,
        DocumentLink.document_kind == DocumentKind.INVOICE,
        DocumentLink.document_id == Invoice.id,
    )
    statement = (
        select(
            Invoice.id,
            Invoice.external_id,
            Invoice.number,
            Customer.name.label("customer"),
            Invoice.issue_date,
            Invoice.due_date,
            Invoice.currency,
            Invoice.subtotal,
            Invoice.tax_total,
            Invoice.total,
            Invoice.balance,
            Invoice.status,
            Invoice.sync_state,
            Invoice.problem,
            Connection.provider,
            Connection.company_name,
            DocumentLink.ledger_id,
        )
        .join(Customer, Customer.id == Invoice.customer_id)
        .outerjoin(Connection, Connection.id == Invoice.connection_id)
        .outerjoin(DocumentLink, link)
        .where(Invoice.workspace_id == workspace_id, *matching(wanted, today))
        .order_by(Invoice.issue_date.desc(), Invoice.id.desc())
        .limit(_AT_ONCE)
    )
    return _pages(db.engine, workspace_id, statement)


def _pages(engine: Engine, workspace_id: int, statement: Select[*tuple[Any, ...]]) -> Iterator[Any]:
    reached = None
    while True:
        with Session(engine) as session:
            enter_workspace(session, workspace_id)
            rows = session.execute(statement.where(*behind(reached))).all()
        yield from rows
        if len(rows) < _AT_ONCE:
            return
        reached = (rows[-1].issue_date, rows[-1].id)
