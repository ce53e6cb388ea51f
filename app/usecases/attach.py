"""Bring documents to invoices that are booked: fetch each, then push it like everything else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, Row, Select, exists, select

from app import queue
from app.billing.destination import Trust
from app.billing.fetch_document import NotFetched, fetch
from app.domain.push_plan import AttachmentPlan
from app.domain.states import (
    FINISHED,
    IN_LEDGER,
    ConnectionState,
    DocumentKind,
    FileState,
    Lane,
    Operation,
    PushState,
)
from app.extensions import db, settings
from app.ledgers import LEDGERS
from app.models import Connection, DocumentLink, Invoice, InvoiceDocument, Push
from app.usecases.company.open_ledger import on_paper, require_no_transaction
from app.usecases.documents import file_problem, not_attached
from app.usecases.push.readied import new_key

log = structlog.get_logger()

# Fetched one after the other in one job; half a minute each at most.
_AT_ONCE = 5
# Billing may be away for a while; after the last of these a person must act.
_AGAIN = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))


def wake_wanted_documents(now: datetime) -> int:
    """Wake every live company with documents that may be attached now."""
    live = Connection.state == ConnectionState.ACTIVE
    found = db.session.scalars(
        select(Connection.id).where(
            live, exists(_due(now).where(Invoice.connection_id == Connection.id))
        )
    ).all()
    db.session.commit()
    for connection_id in found:
        queue.wake(connection_id, "attach")
    return len(found)


def attach(connection_id: int, now: datetime, trust: Trust | None = None) -> int:
    """Fetch what may be attached in a company and intend its upload; returns how many.

    An invoice's own state never depends on it. trust: whom to believe, for tests; as the
    environment says otherwise.
    """
    trust = trust or Trust(loopback=not settings().production)
    done = 0
    rows = _taken(connection_id, now)
    for row in rows:
        done += _bring(row, connection_id, trust, now)
    if done:
        queue.wake(connection_id)
    if len(rows) == _AT_ONCE:
        queue.wake(connection_id, "attach")
    return done


def _due(now: datetime) -> Select[int]:
    """Select documents whose invoice is in the ledger and that are not on their way."""
    return (
        select(InvoiceDocument.id)
        .join(Invoice, Invoice.id == InvoiceDocument.invoice_id)
        .where(
            InvoiceDocument.state.in_((FileState.WANTED, FileState.SENDING)),
            InvoiceDocument.due_at <= now,
            Invoice.sync_state.in_(IN_LEDGER),
            exists().where(
                DocumentLink.connection_id == Invoice.connection_id,
                DocumentLink.document_kind == DocumentKind.INVOICE,
                DocumentLink.document_id == Invoice.id,
            ),
            # One whose push a disconnect ended is on its way no more.
            ~exists().where(*_of_document(), Push.state.not_in(FINISHED)),
        )
    )


def _of_document() -> tuple[ColumnElement[bool], ...]:
    return (
        Push.document_kind == DocumentKind.ATTACHMENT,
        Push.document_id == InvoiceDocument.id,
    )


def _taken(connection_id: int, now: datetime) -> Sequence[Row]:  # type: ignore[type-arg]
    ids = _due(now).where(Invoice.connection_id == connection_id)
    rows = db.session.execute(
        select(InvoiceDocument.id, InvoiceDocument.url, InvoiceDocument.content)
        .where(InvoiceDocument.id.in_(ids))
        .order_by(InvoiceDocument.due_at, InvoiceDocument.id)
        .limit(_AT_ONCE)
    ).all()
    db.session.commit()
    return rows


def _bring(row: Row, connection_id: int, trust: Trust, now: datetime) -> bool:  # type: ignore[type-arg]
    """Fetch one document and intend its upload; False where it could not be had."""
    try:
        content = row.content
        if content is None:
            require_no_transaction()
            content = fetch(row.url, trust)
    except NotFetched as error:
        _not_had(row.id, connection_id, error, now)
        return False
    return _intend(row.id, connection_id, content, now)


def _not_had(document_id: int, connection_id: int, error: NotFetched, now: datetime) -> None:
    """Try later where that may help, otherwise let a person act; nothing of the address is said."""
    document = db.session.get_one(InvoiceDocument, document_id, with_for_update=True)
    ledger = _ledger(connection_id)
    problem = file_problem("not_fetched", error.sentence, ledger)
    if error.again and document.attempts < len(_AGAIN):
        document.due_at = now + _AGAIN[document.attempts]
        document.attempts += 1
        document.problem = problem.as_json()
    else:
        not_attached(document, problem)
    log.warning("document.not_fetched", document_id=document_id, again=error.again)
    db.session.commit()


def _intend(document_id: int, connection_id: int, content: bytes, now: datetime) -> bool:
    document = db.session.get_one(InvoiceDocument, document_id, with_for_update=True)
    connection = db.session.get_one(Connection, connection_id)
    link = db.session.scalar(
        select(DocumentLink).where(
            DocumentLink.connection_id == connection_id,
            DocumentLink.document_kind == DocumentKind.INVOICE,
            DocumentLink.document_id == document.invoice_id,
        )
    )
    if link is None or document.state not in (FileState.WANTED, FileState.SENDING):
        db.session.commit()  # unlinked, or somebody else was at it
        return False
    paper = on_paper(connection.provider, connection.environment, connection.company_id)
    plan = AttachmentPlan(link.ledger_id, document.name, content)
    try:
        body = paper.build(DocumentKind.ATTACHMENT, Operation.CREATE, plan)
    except ValueError as error:
        not_attached(document, file_problem("not_attachable", str(error), _ledger(connection_id)))
        db.session.commit()
        return False
    document.state, document.problem = FileState.SENDING, None
    db.session.add(
        Push(
            workspace_id=document.workspace_id,
            connection_id=connection_id,
            document_kind=DocumentKind.ATTACHMENT,
            document_id=document.id,
            operation=Operation.CREATE,
            revision=1,
            state=PushState.WAITING,
            lane=Lane.ATTACHMENTS,
            due_at=now,
            key=new_key(),
            body=body,
            asked={"name": document.name, "ledger_id": link.ledger_id},
            look_first=_perhaps_there(document),
        )
    )
    db.session.commit()
    return True


def _perhaps_there(document: InvoiceDocument) -> bool:
    """Tell whether an earlier upload left us that nobody heard the end of."""
    sent = select(Push.id).where(
        Push.document_kind == DocumentKind.ATTACHMENT,
        Push.document_id == document.id,
        Push.first_sent_at.is_not(None),
    )
    return db.session.scalar(sent.limit(1)) is not None


def _ledger(connection_id: int) -> str:
    connection = db.session.get_one(Connection, connection_id)
    return LEDGERS[connection.provider].provider.name
