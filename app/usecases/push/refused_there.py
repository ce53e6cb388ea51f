"""Lay beside a number the ledger refused what of its invoices is perhaps the same."""

from __future__ import annotations

from sqlalchemy import Select, select

from app.domain.perhaps_there import NOT_AS_LINKED, NUMBER_TAKEN, refused
from app.domain.problem import Problem
from app.domain.states import DocumentKind, Operation, PushState
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import Connection, Push, SalesDocument
from app.usecases.push.claim import lock
from app.usecases.push.those_there import Alike, alike_refused


def beside_those_there(problem: Problem, push: Push, invoice: SalesDocument) -> Problem:
    """Return a refusal with what a person may link instead, by the mirror; no commit."""
    if invoice.kind != DocumentKind.INVOICE or push.operation != Operation.CREATE:
        return problem
    connection = db.session.get_one(Connection, push.connection_id)
    return _beside(problem, alike_refused(connection, [push.id]).get(invoice.id), connection)


def offer_again(connection_id: int) -> None:
    """Offer what the pull brought since the ledger refused a number; the caller commits."""
    refusals = db.session.scalars(_refused(connection_id)).all()
    if not refusals:
        return
    connection = db.session.get_one(Connection, connection_id)
    found = alike_refused(connection, refusals)
    for push, invoice in lock(refusals) if found else ():
        if invoice is None or invoice.id not in found or push.state != PushState.FAILED:
            continue
        problem = Problem.from_json(invoice.problem or {})
        if problem.code in (NUMBER_TAKEN, NOT_AS_LINKED):
            told = _beside(problem, found[invoice.id], connection)
            push.problem = invoice.problem = told.as_json()


def _beside(problem: Problem, alike: Alike | None, connection: Connection) -> Problem:
    if alike is None:
        return problem
    ledger = LEDGERS[connection.provider].provider.name
    return refused(problem, alike.candidates, alike.ours, ledger)


def _refused(connection_id: int) -> Select[int]:
    """Select the creations that the ledger refused because of another document."""
    return select(Push.id).where(
        Push.connection_id == connection_id,
        Push.document_kind == DocumentKind.INVOICE,
        Push.operation == Operation.CREATE,
        Push.state == PushState.FAILED,
        Push.problem["code"].astext.in_((NUMBER_TAKEN, NOT_AS_LINKED)),
    )
