"""End an undo that may not be done: the document stays in the ledger as it was, and says why."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from app.domain.problem import Problem
from app.domain.states import PushState
from app.domain.undo import in_the_way, kept_problem
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import Connection, Push, SalesDocument
from app.usecases.push.intent import follow_up
from app.usecases.push.linked import link_of
from app.usecases.push.noted import note_without_call
from app.usecases.push.show_booked import show_as_booked
from app.usecases.run_documents import document_of

# The outcome of an attempt that left the document where it was.
NOT_TAKEN_BACK = "not_taken_back"


def keep_there(push: Push, invoice: SalesDocument, problem: Problem, now: datetime) -> None:
    """Give an undo up and show the invoice as the ledger has it; the caller commits."""
    push.state = PushState.CANCELLED
    push.finished_at = now
    push.claimed_by = push.claimed_until = None
    push.problem = problem.as_json()
    show_as_booked(invoice, link_of(push.connection_id, invoice))
    db.session.flush()  # the next intention for this document needs the place
    follow_up(invoice, now)  # what billing changed meanwhile waited for this


def may_still_go(push: Push, invoice: SalesDocument, connection: Connection) -> bool:
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
    note_without_call(push, NOT_TAKEN_BACK, f"Not taken back. {problem.title}", now)
    return False
