"""What a push costs when a hundred wait, and when ten thousand do: it must be the same."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event, func, select, text

from app.domain.states import PushState
from app.extensions import db
from app.models import Push
from app.usecases.push.drain import drain
from benchmarks.companies import Company, make_companies
from benchmarks.installation import Installation, installation
from benchmarks.queue_up import Backlog
from benchmarks.table import heading, row

FEW, MANY = 100, 10_000
_PAGE = 8192  # bytes
_TOUCHED = text(
    "SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = current_database()"
)
_BODIES = select(func.count(), func.sum(func.octet_length(Push.body)))


@dataclass(frozen=True, slots=True)
class Cost:
    """What each of the pushes of one slice cost, on average."""

    pushes: int
    queries: float
    sent: float  # bytes of statements and their values
    touched: float  # kilobytes of database pages looked at
    to_ledger: float  # bytes of request bodies


def run() -> bool:
    """Drain one slice of a short backlog and one of a long one."""
    heading(f"what a push costs with {FEW} and with {MANY} waiting, one slice of a drain each")
    with installation() as place:
        short, long = make_companies(place, 1, 2)
        costs = [_cost(place, short, FEW), _cost(place, long, MANY)]
    few, many = costs
    _row("pushed in the slice", few.pushes, many.pushes)
    _row("queries a push", few.queries, many.queries)
    _row("bytes sent to the database", few.sent, many.sent)
    _row("KiB of pages it looked at", few.touched, many.touched)
    _row("bytes sent to the ledger", few.to_ledger, many.to_ledger)
    return True


def _row(what: str, few: float, many: float) -> None:
    row(what, f"{few:.1f}", f"{many:>10.1f}   {many / few:.2f} ×")


def _cost(place: Installation, company: Company, waiting: int) -> Cost:
    backlog = Backlog(place, company)
    backlog.queue(1)  # pauses
    with place.app.app_context():
        _settle_customers(backlog, company)
    backlog.queue(waiting)
    backlog.let_go()
    with place.app.app_context():
        db.session.execute(text("ANALYZE"))  # as autovacuum does within a minute
        db.session.commit()
        before, (count, size) = _touched(), _bodies(company)
        with _counting(db.engine) as counted:
            drain(company.connection_id, others=lambda: False)
        touched = _touched() - before
        pushes, bytes_ = (
            now - then for now, then in zip(_bodies(company), (count, size), strict=True)
        )
    return Cost(
        pushes,
        counted.queries / pushes,
        counted.sent / pushes,
        touched * _PAGE / 1024 / pushes,
        bytes_ / pushes,
    )


def _settle_customers(backlog: Backlog, company: Company) -> None:
    backlog.queue(10)
    backlog.let_go()
    while backlog.waiting():
        drain(company.connection_id, others=lambda: False)


def _bodies(company: Company) -> tuple[int, int]:
    done = _BODIES.where(Push.connection_id == company.connection_id, Push.state == PushState.DONE)
    count, size = db.session.execute(done).one()
    db.session.commit()
    return int(count), int(size or 0)


def _touched() -> int:
    """Return the pages looked at so far; sessions report them when they end."""
    db.session.commit()
    db.engine.dispose()
    with db.engine.connect() as line:
        return int(line.scalar(_TOUCHED))


class _Counted:
    def __init__(self) -> None:
        self.queries = self.sent = 0
        self._lock = threading.Lock()

    def note(self, _c: Any, _k: Any, statement: str, parameters: Any, *_: Any) -> None:
        values = parameters.values() if isinstance(parameters, dict) else ()
        size = len(statement) + sum(_size(value) for value in values)
        with self._lock:
            self.queries += 1
            self.sent += size


def _size(value: object) -> int:
    return len(value) if isinstance(value, bytes) else len(str(value))


@contextmanager
def _counting(engine: Engine) -> Iterator[_Counted]:
    """Count every statement this process sends."""
    counted = _Counted()
    event.listen(engine, "before_cursor_execute", counted.note)
    yield counted
    event.remove(engine, "before_cursor_execute", counted.note)
