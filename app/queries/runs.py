"""Runs of pushing, newest first: what each created, found there, updated, voided and deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import and_, case, func, select, tuple_
from sqlalchemy.orm import joinedload

from app.domain.money import round_money
from app.domain.states import DocumentKind, Operation, PushState
from app.extensions import db
from app.models import CreditNote, Invoice, Push, PushRun, SalesDocument
from app.queries.cursor import read_cursor, write_cursor

PAGE = 50
# What a run did with a document that was in the ledger already: linked, nothing sent.
FOUND = "found"


@dataclass(frozen=True, slots=True)
class Done:
    """How many documents were pushed in one way, and their money, each currency for itself."""

    count: int = 0
    sums: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run and what it did to invoices (done) and to credit notes, by operation, or found there.

    customers: how many it created.
    """

    run: PushRun
    done: Mapping[str, Done]
    credits_done: Mapping[str, Done]
    customers: int

    @property
    def credit_notes(self) -> int:
        """Return how many credit notes it created."""
        return self.credits(Operation.CREATE).count

    def of(self, way: str) -> Done:
        """Return what it did to invoices in one way."""
        return self.done.get(way, Done())

    def credits(self, way: str) -> Done:
        """Return what it did to credit notes in one way."""
        return self.credits_done.get(way, Done())


def run_of(run_id: int) -> PushRun | None:
    """Return a run of the workspace entered, with its connection."""
    return db.session.scalar(
        select(PushRun).where(PushRun.id == run_id).options(joinedload(PushRun.connection))
    )


def runs_of(
    connection_id: int, cursor: str | None = None, size: int = PAGE
) -> tuple[list[RunRow], str | None]:
    """Return a connection's runs, newest first, and where the next page begins; raises BadCursor.

    A run that pushed nothing is left out: nobody looks for it.
    """
    pushed = select(Push.id).where(Push.run_id == PushRun.id, Push.state == PushState.DONE)
    query = select(PushRun).where(PushRun.connection_id == connection_id, pushed.exists())
    if cursor:
        query = query.where(tuple_(PushRun.started_at, PushRun.id) < read_cursor(cursor))
    query = query.order_by(PushRun.started_at.desc(), PushRun.id.desc()).limit(size + 1)
    found = db.session.scalars(query).all()
    page = found[:size]
    more = write_cursor(page[-1].started_at, page[-1].id) if len(found) > size else None
    return _rows(page), more


def row_of(run: PushRun) -> RunRow:
    """Return what one run did."""
    return _rows([run])[0]


def _rows(runs: Sequence[PushRun]) -> list[RunRow]:
    ids = [run.id for run in runs]
    invoices, credits_ = _done(ids, Invoice), _done(ids, CreditNote)
    customers = _customers_created(ids)
    return [
        RunRow(
            run,
            invoices.get(run.id, {}),
            credits_.get(run.id, {}),
            customers.get(run.id, 0),
        )
        for run in runs
    ]


def _done(run_ids: Sequence[int], kind: type[SalesDocument]) -> dict[int, dict[str, Done]]:
    # Nothing was ever sent of what was only found.
    only_found = (Push.operation == Operation.CREATE) & Push.first_sent_at.is_(None)
    way = case((only_found, FOUND), else_=Push.operation).label("way")
    rows = db.session.execute(
        select(Push.run_id, way, kind.currency, func.count(), func.sum(kind.total))
        .join(kind, and_(kind.id == Push.document_id, Push.document_kind == kind.kind))
        .where(Push.run_id.in_(run_ids), Push.state == PushState.DONE)
        .group_by(Push.run_id, way, kind.currency)
    )
    found: dict[int, dict[str, Done]] = {}
    for run_id, done, currency, count, total in rows:
        of_run = found.setdefault(run_id or 0, {})
        before = of_run.get(done, Done())
        sums = {**before.sums, currency: round_money(total, currency)}
        of_run[done] = Done(before.count + count, sums)
    return found


def _customers_created(run_ids: Sequence[int]) -> dict[int, int]:
    rows = db.session.execute(
        select(Push.run_id, func.count())
        .where(
            Push.run_id.in_(run_ids),
            Push.document_kind == DocumentKind.CUSTOMER,
            Push.operation == Operation.CREATE,
            Push.state == PushState.DONE,
            Push.first_sent_at.is_not(None),
        )
        .group_by(Push.run_id)
    )
    return {run_id: count for run_id, count in rows if run_id is not None}
