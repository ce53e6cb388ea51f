"""Push everything a list of invoices shows, in steps; a killed worker loses none of them.

Each step makes some invoices due and counts them in one commit, so a step is done or it is not,
and whoever goes on begins behind the last one. It only makes due: the drains push, at their pace.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date, datetime

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app import clock, queue
from app.domain.states import DocumentKind
from app.extensions import db
from app.models import AuditEntry, BulkPush, Invoice
from app.models.scope import enter_workspace
from app.queries.invoices import Filter, matching
from app.usecases.audit import audit
from app.usecases.company.turn import stopping
from app.usecases.push.actions import STEP, step
from app.usecases.push.who_holds import HOLD

log = structlog.get_logger()

# One job does so much, seconds, before it lets others have the worker.
_TURN = 20.0


def begin(
    workspace_id: int,
    deed: str,
    wanted: Filter,
    up_to: int,
    today: date,
    actor: str,
    user_id: int | None,
) -> tuple[BulkPush | None, bool]:
    """Begin to push what a filter matches; commits, then wakes a worker.

    up_to: the newest invoice that was counted when a person was asked. Returns the bulk push, and
    whether it is a new one: a workspace has one at a time, and pressing again leads to it. None
    where nothing matches any more.
    """
    which = matching(wanted, today), Invoice.id <= up_to
    matched = db.session.scalar(select(func.count(Invoice.id)).where(*which[0], which[1])) or 0
    if not matched:
        db.session.rollback()
        return None, False
    kept = {name: value for name, value in asdict(wanted).items() if name in _KEPT and value}
    number = db.session.scalar(
        insert(BulkPush)
        .values(
            workspace_id=workspace_id,
            deed=deed,
            wanted=kept | {"today": today.isoformat()},
            matched=matched,
            up_to=up_to,
            started_by=actor,
            user_id=user_id,
        )
        .on_conflict_do_nothing(
            index_elements=["workspace_id"], index_where=BulkPush.finished_at.is_(None)
        )
        .returning(BulkPush.id)
    )
    if number is None:
        return under_way(), False
    audit(
        workspace_id,
        actor,
        "invoice.push_all",
        f"bulk_push:{number}",
        user_id=user_id,
        deed=deed,
        matched=matched,
        wanted=kept,
    )
    db.session.commit()
    queue.push_all_soon(number)
    return db.session.get_one(BulkPush, number), True


_KEPT = ("group", "typed", "owed", "connection_id", "customer_id", "cause", "ids")


def under_way() -> BulkPush | None:
    """Return the bulk push of the workspace entered that is not finished."""
    return db.session.scalar(select(BulkPush).where(BulkPush.finished_at.is_(None)))


def newest(since: datetime) -> BulkPush | None:
    """Return the last bulk push of the workspace entered that began after a moment."""
    return db.session.scalar(
        select(BulkPush).where(BulkPush.created_at > since).order_by(BulkPush.id.desc()).limit(1)
    )


def filter_of(bulk: BulkPush) -> Filter:
    """Return the list that was pushed, or the invoices that were ticked."""
    kept = {name: bulk.wanted[name] for name in _KEPT if name in bulk.wanted}
    return Filter(**kept | {"ids": tuple(kept.get("ids", ()))})


def push_on(number: int) -> None:
    """Do steps until nothing is left, a person stopped it or the turn is over."""
    bulk = db.session.get(BulkPush, number)
    if bulk is None:
        return
    enter_workspace(db.session, bulk.workspace_id)
    db.session.commit()
    began = time.monotonic()
    while _step(number, clock.now()):
        if stopping() or time.monotonic() - began > _TURN:
            queue.push_all_soon(number)
            return


def _step(number: int, now: datetime) -> bool:
    """Do one step; tells whether there may be another. The bulk push is locked before invoices."""
    bulk = db.session.get_one(BulkPush, number, with_for_update=True, populate_existing=True)
    if bulk.finished_at is not None:
        db.session.commit()
        return False
    ids = db.session.scalars(
        select(Invoice.id)
        .where(*matching(filter_of(bulk), date.fromisoformat(bulk.wanted["today"])))
        .where(Invoice.id > bulk.reached, Invoice.id <= bulk.up_to)
        .order_by(Invoice.id)
        .limit(STEP)
    ).all()
    wake: Callable[[], None] = _nobody
    if ids:
        kept = _held_since(bulk, ids)
        meant = [each for each in ids if each not in kept]
        changed, wake = step(bulk, meant, now)
        bulk.reached, bulk.looked_at = ids[-1], bulk.looked_at + len(ids)
        bulk.changed += changed
    else:
        bulk.finished_at = now
        log.info("push_all.finished", bulk_push_id=number, changed=bulk.changed)
    db.session.commit()
    wake()
    return bool(ids)


def _nobody() -> None:
    """Wake nobody."""


def _held_since(bulk: BulkPush, ids: Sequence[int]) -> set[int]:
    """Return which of these somebody held after the list was pushed: theirs is the later word."""
    subjects = {f"{DocumentKind.INVOICE}:{each}": each for each in ids}
    held = select(AuditEntry.subject).where(
        AuditEntry.workspace_id == bulk.workspace_id,
        AuditEntry.subject.in_(subjects),
        AuditEntry.action == HOLD,
        AuditEntry.created_at >= bulk.created_at,
    )
    return {subjects[subject] for subject in db.session.scalars(held)}


def stop(number: int, actor: str, user_id: int | None, now: datetime) -> bool:
    """Stop a bulk push behind the step under way; tells whether it was not over yet; commits."""
    bulk = db.session.get_one(BulkPush, number, with_for_update=True, populate_existing=True)
    if bulk.finished_at is not None:
        db.session.rollback()
        return False
    bulk.finished_at, bulk.stopped_by = now, actor
    audit(
        bulk.workspace_id,
        actor,
        "invoice.stop_push_all",
        f"bulk_push:{number}",
        user_id=user_id,
        looked_at=bulk.looked_at,
        matched=bulk.matched,
    )
    db.session.commit()
    return True
