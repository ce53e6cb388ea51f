"""End an undo that may not be done: the document stays in the ledger as it was, and says why."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from app.domain.problem import Problem
from app.domain.states import PushState, SyncState
from app.domain.undo import in_the_way, kept_problem
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import Attempt, Connection, DocumentLink, Invoice, Push
from app.usecases.push.differs import show_figures
from app.usecases.push.intent import follow_up, link_of
from app.usecases.run_documents import document_of

# The outcome of an attempt that left the document where it was.
NOT_TAKEN_BACK = "not_taken_back"


def keep_there(push: Push, invoice: Invoice, problem: Problem, now: datetime) -> None:
    """Give an undo up and show the invoice as the ledger has it; the caller commits."""
    push.state = PushState.CANCELLED
    push.finished_at = now
    push.claimed_by = push.claimed_until = None
    push.problem = problem.as_json()
    _show_as_booked(push, invoice, link_of(push.connection_id, invoice.id))
    db.session.flush()  # the next intention for this document needs the place
    follow_up(invoice, now)  # what billing changed meanwhile waited for this


def _show_as_booked(push: Push, invoice: Invoice, link: DocumentLink | None) -> None:
    invoice.sync_state, invoice.problem = SyncState.UNLINKED, None
    if link is not None:
        show_figures(invoice, push.connection, link.ledger_total, link.ledger_tax_total)


def may_still_go(push: Push, invoice: Invoice, connection: Connection) -> bool:
    """Decide once more before the body of an undo is built; one that may not be done ends here.

    What the body then names is the version this decision was about: whatever changes there
    afterwards, a payment too, makes it stale, and the ledger refuses it.
    """
    created = document_of(push.undoes_id) if push.undoes_id is not None else None
    if created is None:
        return True
    reason = in_the_way(created, connection.books_closed_to)
    if reason is None:
        return True
    ledger = LEDGERS[connection.provider].provider.name
    problem = kept_problem(reason, ledger, connection.books_closed_to)
    now = db.session.scalars(select(func.now())).one()  # a body is built without a clock
    keep_there(push, invoice, problem, now)
    _note(push, problem, now)
    return False


def _note(push: Push, problem: Problem, now: datetime) -> None:
    db.session.add(
        Attempt(
            workspace_id=push.workspace_id,
            push_id=push.id,
            connection_id=push.connection_id,
            started_at=now,
            milliseconds=0,
            outcome=NOT_TAKEN_BACK,
            words=f"Not taken back. {problem.title}",
        )
    )
