"""Read a company's books from before it was connected, from the date finance chose.

Once, page by page, behind everything else: it gives way to whoever waits for a worker, and to the
company's own pushes.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import delete, exists, func, select, update

from app import queue
from app.domain.reading import BookKind, Reason, Task, history_steps
from app.domain.states import CLAIMABLE, ConnectionState, PushState
from app.extensions import db
from app.models import Connection, Push, Reading
from app.usecases.book.bring_in import Pulled
from app.usecases.book.mirror import Book
from app.usecases.book.reading import Turn, begin, read_on
from app.usecases.book.still_there import check_page
from app.usecases.push.let_go import let_go
from app.usecases.push.perhaps_there import look_again

# Before it, no ledger we know kept books: a slip of the keyboard.
EARLIEST = date(2000, 1, 1)


def today_of(connection: Connection, now: datetime) -> date:
    """Return the date where the workspace is."""
    return now.astimezone(ZoneInfo(connection.workspace.time_zone)).date()


def read_from(connection: Connection, first: date, now: datetime) -> None:
    """Have the books read from a date on; the caller, who has the connection locked, commits.

    An earlier date adds what is older, a later one drops what was not read yet.
    """
    connection.history_from = first
    _drop_older(connection.id, first)
    book = Book(connection.workspace_id, connection.id, now)
    begin(book, Reason.HISTORY, history_steps(first, _begun(connection.id)))


def read_history(connection_id: int, now: datetime) -> Pulled:
    """Read on until all is read or others wait; raises LedgerError.

    Behind other companies it comes again at once; behind its own pushes the clock wakes it.
    """
    pulled = Pulled(connection_id)
    connection = db.session.get_one(Connection, connection_id)
    book = Book(connection.workspace_id, connection_id, now)
    active = connection.state == ConnectionState.ACTIVE
    db.session.commit()
    if active:
        turn = Turn(lambda: queue.anybody_waits() or _pushes(connection_id))
        pulled.done = read_on(book, Reason.HISTORY, turn, pulled, check_page)
        look_again(connection_id, pulled.listed, now)
        if not pulled.done and not _pushes(connection_id):
            queue.wake(connection_id, "history")
    return pulled


def _begun(connection_id: int) -> dict[BookKind, date]:
    rows = db.session.execute(
        select(Reading.kind, func.min(Reading.first_day))
        .where(
            Reading.connection_id == connection_id,
            Reading.reason == Reason.HISTORY,
            Reading.task == Task.READ,
            Reading.first_day.is_not(None),
        )
        .group_by(Reading.kind)
    )
    return {BookKind(kind): first for kind, first in rows if first is not None}


def _drop_older(connection_id: int, first: date) -> None:
    """Leave out what is older than a date and not read yet; what was read stays."""
    older = (
        Reading.connection_id == connection_id,
        Reading.reason == Reason.HISTORY,
        Reading.task == Task.READ,
        Reading.finished_at.is_(None),
        Reading.first_day < first,
    )
    db.session.execute(delete(Reading).where(*older, Reading.before_day <= first))
    db.session.execute(update(Reading).where(*older).values(first_day=first, mark=None))


def _pushes(connection_id: int) -> bool:
    """Tell whether documents of the company wait to be pushed now."""
    due = exists().where(
        Push.connection_id == connection_id,
        Push.state.in_((*CLAIMABLE, PushState.PUSHING)),
        Push.due_at <= func.clock_timestamp(),
        let_go(connection_id),
    )
    found = bool(db.session.scalar(select(due)))
    db.session.commit()
    return found
