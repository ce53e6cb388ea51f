"""What billing and the ledgers told us: the notices of the workspace entered, and refusals.

inbound_event is not scoped by itself (a refused body belongs to nobody), so every query here names
its workspace.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import defer

from app.domain.states import NUMBERED, ConnectionState
from app.extensions import db
from app.models import Connection, InboundEvent, SalesDocument
from app.queries.found import among
from app.queries.notices_found import notices_found

SHOWN = 50
_REFUSALS_SHOWN = 20
_AGES = 36_500  # days: an address can name a moment before there was a calendar
_IN_FILE = 1000  # rows read at a time for a file
BILLING = "billing"
PERIODS = {"1": "Last 24 hours", "7": "Last 7 days", "30": "Last 30 days"}


@dataclass(frozen=True, slots=True)
class Sender:
    """How many notices somebody sent in a day, and when the last one came."""

    source: str
    count: int
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was refused for one reason from one address: how often, and when last."""

    source: str
    reason: str
    address: str
    count: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Filters:
    """What the page asks for; status and source empty = all.

    typed: part of an invoice's number, of an event's id, of what it is about or of a reason.
    """

    status: str = ""
    source: str = ""
    days: int = 7
    typed: str = ""
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of notices, where the next older one begins, and how many match by outcome ("": all).

    The counts leave the outcome that is asked for aside.
    """

    rows: Sequence[InboundEvent]
    older: int | None
    counts: dict[str, int]


def sources() -> list[str]:
    """Return billing and the ledgers that this workspace has connected."""
    ledgers = db.session.scalars(
        select(Connection.provider)
        .where(Connection.state != ConnectionState.DISCONNECTED)
        .distinct()
        .order_by(Connection.provider)
    )
    return [BILLING, *ledgers]


def senders(workspace_id: int, names: Sequence[str], now: datetime) -> list[Sender]:
    """Return what each sender told us in the last 24 hours."""
    day = now - timedelta(hours=24)
    rows = db.session.execute(
        select(
            InboundEvent.source,
            func.count().filter(InboundEvent.received_at > day),
            func.max(InboundEvent.received_at),
        )
        .where(
            InboundEvent.workspace_id == workspace_id,
            _is_news(),
            InboundEvent.status != "refused",
            InboundEvent.received_at > now - timedelta(days=30),
        )
        .group_by(InboundEvent.source)
    )
    found = {source: Sender(source, count, last) for source, count, last in rows}
    return [found.get(name, Sender(name, 0, None)) for name in names]


def listed(workspace_id: int, names: Sequence[str], filters: Filters, now: datetime) -> Listed:
    """Return the newest notices that match, and how many of each outcome the filters leave."""
    matching = _matching(workspace_id, names, filters, now)
    if filters.typed:
        found = notices_found(matching, workspace_id, filters.typed, filters.before, SHOWN + 1)
        counts, rows = found.counts, _of(found.ids(filters.status, SHOWN + 1))
    else:
        counts, rows = _counts(matching), _page(matching, filters, SHOWN + 1)
    older = rows[SHOWN - 1].id if len(rows) > SHOWN else None
    return Listed(rows[:SHOWN], older, counts | {"": sum(counts.values())})


def refused(workspace_id: int, names: Sequence[str], now: datetime) -> tuple[int, datetime | None]:
    """Return how many bodies were refused in 30 days, and when the last one was."""
    count, last = db.session.execute(
        select(func.count(), func.max(InboundEvent.received_at)).where(
            *_matching(workspace_id, names, Filters(days=30), now),
            InboundEvent.status == "refused",
        )
    ).one()
    return count, last


def refusals(workspace_id: int, names: Sequence[str], now: datetime) -> list[Refusal]:
    """Return what was refused in the last 24 hours, by address and reason, the newest first."""
    event, last = InboundEvent, func.max(InboundEvent.received_at)
    rows = db.session.execute(
        select(
            event.source,
            func.coalesce(event.reason, ""),
            func.coalesce(event.address, ""),
            func.count(),
            last,
        )
        .where(
            *_matching(workspace_id, names, Filters(days=1), now),
            event.status == "refused",
        )
        .group_by(event.source, event.reason, event.address)
        .order_by(last.desc())
        .limit(_REFUSALS_SHOWN)
    )
    return [Refusal(*row) for row in rows]


def notice_of(workspace_id: int, event_id: int) -> InboundEvent | None:
    """Return a ledger's notice about a company of the workspace."""
    return db.session.scalar(
        select(InboundEvent)
        .options(defer(InboundEvent.raw))
        .where(
            InboundEvent.id == event_id,
            InboundEvent.workspace_id == workspace_id,
            InboundEvent.connection_id.is_not(None),
            InboundEvent.source != BILLING,
        )
    )


def companies(workspace_id: int) -> Sequence[Connection]:
    """Return the companies whose notices can be replayed."""
    return db.session.scalars(
        select(Connection)
        .where(
            Connection.workspace_id == workspace_id,
            Connection.state != ConnectionState.DISCONNECTED,
        )
        .order_by(Connection.company_name, Connection.id)
    ).all()


def every(
    workspace_id: int, names: Sequence[str], filters: Filters, now: datetime, most: int
) -> Iterator[InboundEvent]:
    """Return the notices for a file, newest first, up to so many."""
    matching = _matching(workspace_id, names, filters, now)
    pages: Iterator[Sequence[InboundEvent]]
    if filters.typed:
        found = notices_found(matching, workspace_id, filters.typed, None, most)
        ids = found.ids(filters.status, most)
        pages = (_of(ids[at : at + _IN_FILE]) for at in range(0, len(ids), _IN_FILE))
    else:
        pages = _pages(matching, replace(filters, before=None), most)
    for rows in pages:
        db.session.expunge_all()  # a file is as long as its rows, the memory for it is not
        yield from rows


def _pages(
    matching: Sequence[ColumnElement[bool]], filters: Filters, most: int
) -> Iterator[Sequence[InboundEvent]]:
    while most > 0:
        rows = _page(matching, filters, min(most, _IN_FILE))
        if not rows:
            return
        most, filters = most - len(rows), replace(filters, before=rows[-1].id)
        yield rows


def _page(
    matching: Sequence[ColumnElement[bool]], filters: Filters, size: int
) -> Sequence[InboundEvent]:
    statement = _rows().where(*matching).limit(size)
    if filters.status:
        statement = statement.where(InboundEvent.status == filters.status)
    if filters.before:
        statement = statement.where(InboundEvent.id < filters.before)
    return db.session.scalars(statement).all()


def _of(ids: Sequence[int]) -> Sequence[InboundEvent]:
    return db.session.scalars(_rows().where(among(InboundEvent.id, ids))).all()


def _rows() -> Select[InboundEvent]:
    return select(InboundEvent).options(defer(InboundEvent.raw)).order_by(InboundEvent.id.desc())


def _counts(matching: Sequence[ColumnElement[bool]]) -> dict[str, int]:
    rows = db.session.execute(
        select(InboundEvent.status, func.count()).where(*matching).group_by(InboundEvent.status)
    )
    return {row[0]: row[1] for row in rows}


def newer_than(workspace_id: int, names: Sequence[str], moment: datetime, now: datetime) -> int:
    """Count what came after a moment."""
    days = min(max(1, (now - moment).days + 1), _AGES)
    statement = select(func.count()).where(
        *_matching(workspace_id, names, Filters(days=days), now), InboundEvent.received_at > moment
    )
    return db.session.scalar(statement) or 0


def our_documents(rows: Sequence[InboundEvent]) -> dict[int, tuple[int, str]]:
    """Return the id and number of the document that a hook of billing's is about, by hook."""
    about = {
        row.id: int(number)
        for row in rows
        for kind, _, number in [(row.subject or "").partition(":")]
        if row.source == BILLING and kind in NUMBERED and number.isdecimal()
    }
    found = db.session.execute(
        select(SalesDocument.id, SalesDocument.number).where(
            SalesDocument.id.in_(set(about.values()))
        )
    )
    numbers = {row.id: row.number for row in found}
    return {row: (ours, numbers[ours]) for row, ours in about.items() if ours in numbers}


def _is_news() -> ColumnElement[bool]:
    """Leave out bodies kept for a replay: what they told has rows of its own."""
    return or_(InboundEvent.type.is_distinct_from("body"), InboundEvent.status != "accepted")


def _matching(
    workspace_id: int, names: Sequence[str], filters: Filters, now: datetime
) -> list[ColumnElement[bool]]:
    """Match the workspace's notices, and refusals at a ledger's door, which belong to nobody."""
    nobodys = and_(
        InboundEvent.workspace_id.is_(None),
        InboundEvent.status == "refused",
        InboundEvent.source.in_([name for name in names if name != BILLING]),
    )
    conditions = [
        or_(InboundEvent.workspace_id == workspace_id, nobodys),
        _is_news(),
        InboundEvent.received_at > now - timedelta(days=filters.days),
    ]
    if filters.source:
        conditions.append(InboundEvent.source == filters.source)
    return conditions
