"""Keep an invoice from being booked a second time where somebody typed it into the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select

from app import queue
from app.domain.perhaps_there import (
    PERHAPS_THERE,
    THERE_ALREADY,
    Candidate,
    Way,
    asking,
    skipped,
    way,
)
from app.domain.problem import Problem
from app.domain.states import Lane, Operation, PushState, SyncState
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import Connection, Invoice, Push, SalesDocument
from app.usecases.company.exclusive import in_turn
from app.usecases.push.claim import lock
from app.usecases.push.intent import open_push, want_push
from app.usecases.push.judge import block
from app.usecases.push.link_there import free_there, link_there
from app.usecases.push.noted import note_without_call
from app.usecases.push.refused_there import offer_again
from app.usecases.push.tell import tell_failure
from app.usecases.push.those_there import Alike, alike_there


def judge_those_there(push_ids: Sequence[int], connection_id: int, now: datetime) -> None:
    """Ask about, link or leave what is perhaps in the ledger already, by the policy; commits."""
    connection = db.session.get_one(Connection, connection_id)
    looked = alike_there(connection, push_ids)
    db.session.commit()
    if not looked:
        return
    # Else two invoices might be linked to one document, and a decision made meanwhile be lost.
    in_turn("judge_readiness", connection_id)
    locked = [pair for pair in lock(push_ids) if pair[1] is not None and pair[1].id in looked]
    unsent = [pair for pair in locked if pair[0].state == PushState.PUSHING and not pair[0].body]
    found = alike_there(connection, [push.id for push, _ in unsent])  # as they are, now locked
    for push, invoice in unsent:
        if invoice is not None and invoice.id in found:
            _do(push, invoice, connection, found[invoice.id], now)
    db.session.commit()


def _do(
    push: Push, invoice: SalesDocument, connection: Connection, alike: Alike, now: datetime
) -> None:
    first, ledger = alike.candidates[0], LEDGERS[connection.provider].provider.name
    chosen = way(alike.candidates, connection.duplicates)
    if chosen == Way.LINK:
        row = free_there(connection.id, first.theirs.ledger_id, invoice.id)
        if row is not None:  # else another of this batch is that one
            link_there(push, invoice, row, first.reason, now)
    elif chosen == Way.SKIP:
        _leave(push, invoice, skipped(first, ledger), first, now)
    else:
        _ask(push, invoice, asking(alike.candidates, alike.ours, ledger))


def _ask(push: Push, invoice: SalesDocument, problem: Problem) -> None:
    """Stop an invoice for a person; billing hears of it once, however often it is judged."""
    before = stopped_by(invoice)
    block(push, invoice, problem)
    if stopped_by(invoice) != before:
        tell_failure(invoice, None)


def _leave(
    push: Push, invoice: SalesDocument, problem: Problem, found: Candidate, now: datetime
) -> None:
    push.state, push.finished_at = PushState.CANCELLED, now
    push.claimed_by = push.claimed_until = None
    push.problem = invoice.problem = problem.as_json()
    invoice.sync_state = SyncState.NOT_SENT
    note_without_call(
        push, SyncState.NOT_SENT, f"{problem.title} {found.reason} Nothing was sent.", now
    )


def look_again(connection_id: int, ledger_ids: Iterable[str], now: datetime) -> None:
    """Judge anew what waits because of documents that changed in the ledger; commits.

    What is gone there, or was linked meanwhile, stands in nobody's way any more. What the ledger
    refused is offered what it perhaps is.
    """
    changed = set(ledger_ids)
    waiting = _about(connection_id, changed) if changed else []
    if changed:
        offer_again(connection_id)
    db.session.commit()
    if not waiting:
        return
    in_turn("judge_readiness", connection_id)
    for invoice in _locked(waiting):
        code, _ = stopped_by(invoice)
        if code == PERHAPS_THERE:
            release(invoice, now)
        elif code == THERE_ALREADY and not _still_there(invoice, connection_id):
            want_push(invoice, Operation.CREATE, now)
    db.session.commit()
    queue.wake(connection_id)


def _still_there(invoice: SalesDocument, connection_id: int) -> bool:
    """Tell whether what an invoice was left out for is there as it was when that was decided."""
    for one in (invoice.problem or {})["candidates"]:
        row = free_there(connection_id, one["ledger_id"], invoice.id)
        if row is not None:
            dated = row.issue_date.isoformat() if row.issue_date else None
            now_there = (row.number, row.customer_name, f"{row.total:.2f}", dated)
            then = (one["number"], one["customer"], one["total"], one["issue_date"])
            if now_there == then:
                return True
    return False


def stopped_by(invoice: SalesDocument) -> tuple[str, frozenset[str]]:
    """Return the code of what stops an invoice, and the ledger's ids that it is perhaps."""
    problem = invoice.problem or {}
    ids = frozenset(str(one["ledger_id"]) for one in problem.get("candidates", ()))
    return str(problem.get("code", "")), ids


def release(invoice: SalesDocument, now: datetime, lane: Lane | None = None) -> bool:
    """Let a stopped invoice be judged anew, reviewed as it is; False when it is not stopped."""
    push = open_push(invoice.connection_id or 0, invoice.kind, invoice.id)
    if push is None or push.state not in (PushState.BLOCKED, PushState.FAILED):
        return False
    push.state, push.due_at, push.attempts = PushState.WAITING, now, 0
    push.lane = push.lane if lane is None else lane
    push.problem = invoice.problem = None
    invoice.sync_state = SyncState.WAITING
    return True


def _about(connection_id: int, changed: set[str]) -> list[int]:
    rows = db.session.execute(
        select(Invoice.id, Invoice.problem["candidates"].label("candidates")).where(
            Invoice.connection_id == connection_id,
            Invoice.sync_state.in_((SyncState.BLOCKED, SyncState.NOT_SENT)),
            Invoice.problem["code"].astext.in_((PERHAPS_THERE, THERE_ALREADY)),
        )
    )
    return [row[0] for row in rows if changed & {one["ledger_id"] for one in row[1] or ()}]


def _locked(invoice_ids: Sequence[int]) -> Sequence[Invoice]:
    return db.session.scalars(
        select(Invoice)
        .where(Invoice.id.in_(invoice_ids))
        .order_by(Invoice.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
