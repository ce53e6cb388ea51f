"""The list of invoices: filtered, searched and paged in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from app.domain.states import IN_HAND, IN_LEDGER, NEEDS_PERSON, InvoiceStatus, SyncState
from app.domain.undo import TAKEN_BACK, is_taken_back
from app.extensions import db
from app.models import Invoice, SalesDocument
from app.queries.counts import booked, changed_there, in_ledger, needs_person, taken_back
from app.queries.found import invoices_found

PAGE = 50
_GONE = (SyncState.VOIDED, SyncState.DELETED_THERE, SyncState.UNLINKED)
_REFUSED = (SyncState.FAILED, SyncState.DEAD)
_STOPPED = (SyncState.BLOCKED, SyncState.HELD)
_MOVING = NEEDS_PERSON | IN_HAND
# Causes that are the ledger's code: its refusal, or what its last answer was when we gave up.
_STOPPED_BY = {"refused": SyncState.FAILED, "gave_up": SyncState.DEAD}

# The tabs of the list, and of the sync log; keys stand in addresses.
GROUPS = ("needs", "refused", "waiting", "progress", "ledger", "never", "gone", "all")


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list shows.

    cause: as cause_of writes it. ids: only these. owed: open, part_paid, paid, void or overdue.
    before: the last row of the page before, as (issue date, id).
    """

    group: str = "all"
    typed: str = ""
    owed: str = ""
    connection_id: int | None = None
    customer_id: int | None = None
    cause: str = ""
    ids: tuple[int, ...] = ()
    before: tuple[date, int] | None = None


@dataclass(frozen=True, slots=True)
class Some:
    """Invoices that stand alike; stuck: they need a person. there: the ledger holds them."""

    state: str
    currency: str
    stuck: bool
    there: bool
    count: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class Page:
    """One page of invoices, newest first, and what the whole filter comes to."""

    rows: Sequence[Invoice]
    more: tuple[date, int] | None
    count: int
    sums: dict[str, Decimal]


def page(
    wanted: Filter, today: date, size: int = PAGE, standing: Sequence[Some] | None = None
) -> Page:
    """Return one page; rows after it are reached with Filter.before = Page.more.

    standing: how all invoices stand, where it was read already; a tab is not counted once more.
    """
    which = matching(wanted, today)
    rows = db.session.scalars(
        select(Invoice)
        .options(joinedload(Invoice.customer, innerjoin=True))
        .where(*which, *behind(wanted.before))
        .order_by(Invoice.issue_date.desc(), Invoice.id.desc())
        .limit(size + 1)
    ).all()
    whole_tab = standing is not None and wanted == Filter(wanted.group, before=wanted.before)
    count, sums = _totals_of(wanted.group, standing or ()) if whole_tab else _totals(which)
    last = rows[size - 1] if len(rows) > size else None
    return Page(rows[:size], (last.issue_date, last.id) if last else None, count, sums)


def totals(wanted: Filter, today: date) -> tuple[int, dict[str, Decimal]]:
    """Return how many a filter shows on all pages, and their money."""
    return _totals(matching(wanted, today))


def newest_number() -> int:
    """Return the number of the invoice that came last; 0 before the first."""
    return db.session.scalar(select(func.max(Invoice.id))) or 0


def standing() -> list[Some]:
    """Add up how all invoices stand: from an index, and one by one only those that move."""
    state, currency = Invoice.sync_state, Invoice.currency
    figures = func.count(), func.sum(Invoice.total)
    at_rest = db.session.execute(
        select(state, currency, *figures)
        .where(state.in_(set(SyncState) - _MOVING))
        .group_by(state, currency)
    )
    stuck, there = needs_person().label("stuck"), booked().label("there")
    moving = db.session.execute(
        select(state, currency, stuck, there, *figures)
        .where(state.in_(_MOVING))
        .group_by(state, currency, stuck, there)
    )
    return [
        *(Some(row[0], row[1], False, row[0] in IN_LEDGER, *row[2:]) for row in at_rest),
        *(Some(*row) for row in moving),
    ]


def group_counts(of: Sequence[Some] | None = None) -> dict[str, int]:
    """Count the invoices of each group."""
    counts = dict.fromkeys(GROUPS, 0)
    for some in standing() if of is None else of:
        for group in _groups_of(some.state, some.stuck, some.there):
            counts[group] += some.count
    return counts


def _totals_of(group: str, of: Sequence[Some]) -> tuple[int, dict[str, Decimal]]:
    found = [some for some in of if group in _groups_of(some.state, some.stuck, some.there)]
    sums: dict[str, Decimal] = {}
    for some in found:
        sums[some.currency] = sums.get(some.currency, Decimal(0)) + some.total
    return sum(some.count for some in found), sums


def _groups_of(state: str, is_stuck: bool, is_there: bool) -> list[str]:
    groups = ["all", *(["needs"] if is_stuck else []), *(["ledger"] if is_there else [])]
    if state in IN_HAND:
        return [*groups, "waiting" if is_stuck else "progress"]
    for group, states in (
        ("refused", _REFUSED),
        ("waiting", _STOPPED),
        ("gone", _GONE),
    ):
        if state in states:
            return [*groups, group]
    return groups if is_there else [*groups, "never"]


def in_group(group: str) -> ColumnElement[bool]:
    """Match the invoices of a group."""
    state = Invoice.sync_state
    return {
        "needs": needs_person(),
        "refused": state.in_(_REFUSED),
        "waiting": or_(state.in_(_STOPPED), and_(state.in_(IN_HAND), needs_person())),
        "progress": and_(state.in_(IN_HAND), ~needs_person()),
        "ledger": in_ledger(),
        "never": state == SyncState.NOT_SENT,
        "gone": state.in_(_GONE),
    }.get(group, literal(True))


def _totals(which: Sequence[ColumnElement[bool]]) -> tuple[int, dict[str, Decimal]]:
    rows = db.session.execute(
        select(Invoice.currency, func.count(), func.sum(Invoice.total))
        .where(*which)
        .group_by(Invoice.currency)
    ).all()
    return sum(row[1] for row in rows), {row[0]: row[2] for row in rows}


def matching(wanted: Filter, today: date) -> list[ColumnElement[bool]]:
    """Match what a filter shows, on every page of it."""
    conditions = [in_group(wanted.group)]
    if wanted.typed:
        conditions.append(invoices_found(wanted.typed))
    if wanted.owed:
        conditions.append(_owed(wanted.owed, today))
    if wanted.connection_id is not None:
        conditions.append(Invoice.connection_id == wanted.connection_id)
    if wanted.customer_id is not None:
        conditions.append(Invoice.customer_id == wanted.customer_id)
    if wanted.cause:
        conditions.append(has_cause(wanted.cause))
    if wanted.ids:
        conditions.append(Invoice.id.in_(wanted.ids))
    return conditions


def behind(before: tuple[date, int] | None) -> list[ColumnElement[bool]]:
    """Match what comes behind the last row of a page; found in the index, not counted off."""
    if before is None:
        return []
    issued, last_id = before
    return [tuple_(Invoice.issue_date, Invoice.id) < tuple_(literal(issued), literal(last_id))]


def _owed(owed: str, today: date) -> ColumnElement[bool]:
    if owed == "overdue":
        unpaid = Invoice.status.in_((InvoiceStatus.OPEN, InvoiceStatus.PART_PAID))
        return and_(unpaid, Invoice.due_date < today)
    return Invoice.status == owed


def cause_of(invoice: SalesDocument) -> str:
    """Return what invoices that wait for the same thing have in common; "" when none is needed.

    The first thing missing, or the ledger's code; as app/queries/attention.py groups them.
    """
    problem = invoice.problem or {}
    match invoice.sync_state:
        case SyncState.BLOCKED:
            first: dict[str, str] = next(iter(problem.get("missing") or ()), {})
            return f"{first.get('kind', 'document')}:{first.get('code', '')}"
        case SyncState.FAILED:
            return f"refused:{problem.get('code') or ''}"
        case SyncState.DEAD:
            return f"gave_up:{problem.get('code') or ''}"
        case SyncState.HELD:
            return f"{TAKEN_BACK}:" if is_taken_back(problem) else "review:"
        case _:
            return ""


def has_cause(cause: str) -> ColumnElement[bool]:
    """Match the invoices with a cause, as cause_of or app/web/attention.py writes it."""
    kind, _, code = cause.partition(":")
    state: InstrumentedAttribute[str] = Invoice.sync_state
    first: ColumnElement[Any] = Invoice.problem["missing"][0]
    if kind in _STOPPED_BY:
        said = func.coalesce(Invoice.problem["code"].astext, "")
        return and_(state == _STOPPED_BY[kind], said == code)
    if kind == "review":
        return and_(state == SyncState.HELD, ~taken_back())
    if kind == TAKEN_BACK:
        return and_(state == SyncState.HELD, taken_back())
    if kind == "standing":
        return and_(state.in_(IN_HAND), needs_person())
    if kind == "changed_there":
        return changed_there()
    return and_(
        state == SyncState.BLOCKED,
        func.coalesce(first["kind"].astext, "document") == kind,
        func.coalesce(first["code"].astext, "") == code,
    )


def count_with_cause(cause: str, connection_id: int | None) -> int:
    """Count the invoices of a connection that are stopped by a cause."""
    statement = select(func.count()).select_from(Invoice).where(*_of_cause(cause, connection_id))
    return db.session.scalar(statement) or 0


def ids_with_cause(cause: str, connection_id: int | None) -> Sequence[int]:
    """Return all invoices of a connection that are stopped by a cause, oldest first."""
    statement = select(Invoice.id).where(*_of_cause(cause, connection_id))
    return db.session.scalars(statement.order_by(Invoice.id)).all()


def _of_cause(cause: str, connection_id: int | None) -> list[ColumnElement[bool]]:
    here = [] if connection_id is None else [Invoice.connection_id == connection_id]
    return [has_cause(cause), *here]
