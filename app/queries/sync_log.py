"""What was sent and what was pulled back, newest first: tries of ours and payments of theirs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_, union_all
from sqlalchemy.dialects.postgresql import distinct_on

from app.domain.states import DocumentKind
from app.extensions import db
from app.models import Attempt, Push
from app.queries.found import payments_found
from app.queries.sync_log_parts import (
    DONE,
    attempts,
    came_back,
    changed_payments,
    credit_notes,
    payments,
)

PAGE = 50
_TRIES_SHOWN = 10
_BACK = "back"  # counted like an outcome: what came back


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What the log shows; done: only what reached its goal, or only what did not; None: both.

    before: the last row, as (when, key).
    direction: out, in or both (""). since: from when.
    """

    since: datetime
    done: bool | None = None
    typed: str = ""
    direction: str = ""
    before: tuple[datetime, str] | None = None


@dataclass(frozen=True, slots=True)
class LogRow:
    """One line of the log; key is unique and sorts rows of one moment."""

    key: str
    at: datetime
    direction: str  # out | in
    what: str
    invoice_id: int | None
    customer: str | None
    provider: str
    amount: Decimal | None
    currency: str | None
    outcome: str
    number: int | None  # the how-manieth try of its push
    milliseconds: int | None
    code: str | None
    words: str | None
    ledger_message: str | None
    request_id: str | None
    actor: str | None
    connection_id: int


def page(wanted: LogFilter, size: int = PAGE) -> tuple[list[LogRow], tuple[datetime, str] | None]:
    """Return one page, newest first, and where the next one begins."""
    rows = list(_rows(wanted, size + 1))
    last = rows[size - 1] if len(rows) > size else None
    return rows[:size], (last.at, last.key) if last else None


def every(wanted: LogFilter, most: int) -> Iterator[LogRow]:
    """Return the rows for a file, newest first, up to so many."""
    left = most
    while left > 0:
        rows, more = page(wanted, min(left, 1000))
        yield from rows
        left -= len(rows)
        if more is None:
            return
        wanted = replace(wanted, before=more)


def counts(since: datetime, *, nearly_all: bool = False) -> dict[str, int]:
    """Count what was done since a moment and all that was tried, on all pages; one query.

    What came back is done. Nothing is joined that a count does not need. nearly_all: so long ago
    that all there are, from a far smaller index, less the few that are older, are counted sooner.
    """
    tried = [_tried(Attempt.started_at > since)]
    if nearly_all:
        tried = [_tried(), _tried(Attempt.started_at <= since, sign=-1)]
    back = [
        select(literal(_BACK), func.count()).select_from(p.subquery()) for p in came_back(since)
    ]
    counted = union_all(*(part.subquery().select() for part in (*tried, *back))).subquery()
    done = every = 0
    for outcome, count in db.session.execute(select(counted)):
        every += count
        done += count if outcome in (*DONE, _BACK) else 0
    return {"done": done, "all": every}


def _tried(*which: ColumnElement[bool], sign: int = 1) -> Select[str, int]:
    return select(Attempt.outcome, sign * func.count()).where(*which).group_by(Attempt.outcome)


def newer_than(moment: datetime) -> int:
    """Count the rows that came after a moment."""
    return counts(moment)["all"]


def _rows(wanted: LogFilter, limit: int) -> Iterator[LogRow]:
    # Sorted and cut before they are put together, so that each reads its index from the end.
    parts = [_newest(part, limit).subquery().select() for part in _parts(wanted)]
    if not parts:
        return
    together = union_all(*parts).subquery()
    statement = select(together).order_by(together.c.at.desc(), together.c.key.desc()).limit(limit)
    for row in db.session.execute(statement):
        yield LogRow(*row)


def _newest(part: Select[Any], limit: int) -> Select[Any]:
    columns = part.selected_columns
    return part.order_by(columns.at.desc(), columns.key.desc()).limit(limit)


def _parts(wanted: LogFilter) -> list[Select[Any]]:
    typed, parts = wanted.typed, []
    if wanted.direction != "in":
        parts.append(attempts(typed, done=wanted.done))
    if wanted.direction != "out" and wanted.done is not False:  # what came back is done
        paid = payments_found(typed) if typed else None
        parts += [payments(paid), changed_payments(paid), credit_notes(typed)]
    return [_bounded(part, wanted) for part in parts]


def _bounded(part: Select[Any], wanted: LogFilter) -> Select[Any]:
    at, key = part.selected_columns.at, part.selected_columns.key
    part = part.where(at > wanted.since)
    if wanted.before is None:
        return part
    moment, last = wanted.before
    return part.where(tuple_(at, key) < tuple_(literal(moment), literal(last)))


def last_attempts(invoice_ids: Sequence[int]) -> dict[int, Attempt]:
    """Return the newest try of each of these invoices."""
    rows = db.session.execute(
        select(Push.document_id, Attempt)
        .join(Attempt, Attempt.push_id == Push.id)
        .where(Push.document_kind == DocumentKind.INVOICE, Push.document_id.in_(invoice_ids))
        .ext(distinct_on(Push.document_id))
        .order_by(Push.document_id, Attempt.started_at.desc(), Attempt.id.desc())
    )
    return {row[0]: row[1] for row in rows}


def attempt_counts(invoice_ids: Sequence[int]) -> dict[int, int]:
    """Count the tries of each of these invoices."""
    rows = db.session.execute(
        select(Push.document_id, func.count(Attempt.id))
        .join(Attempt, Attempt.push_id == Push.id)
        .where(Push.document_kind == DocumentKind.INVOICE, Push.document_id.in_(invoice_ids))
        .group_by(Push.document_id)
    )
    return {row[0]: row[1] for row in rows}


def attempt_of(attempt_id: int) -> Attempt | None:
    """Return a try of this workspace."""
    return db.session.scalar(select(Attempt).where(Attempt.id == attempt_id))


def tries_of(push_id: int) -> Sequence[Attempt]:
    """Return the tries of one push, newest first."""
    return db.session.scalars(
        select(Attempt)
        .where(Attempt.push_id == push_id)
        .order_by(Attempt.started_at.desc(), Attempt.id.desc())
        .limit(_TRIES_SHOWN)
    ).all()
