"""Read a ledger's book page by page, from where the last job stood.

Each page is applied in one commit together with the mark of the next: a reader that is killed
anywhere goes on from there, and two at once only do some of it twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import and_, delete, exists, func, or_, select, update

from app.domain.reading import Reason, Step, Task
from app.extensions import db
from app.ledgers.interface import Ledger, LedgerPayment, Page, Portion
from app.models import Connection, Reading
from app.usecases.book.bring_in import Pulled, bring_in, bring_in_customers, commit
from app.usecases.book.doubted_payments import read_doubted
from app.usecases.book.mirror import Book
from app.usecases.company.open_ledger import with_ledger

log = structlog.get_logger()

# Pages of one job: a hundred thousand documents. Whoever reads more than that hands over between.
_PAGES = 200
# And so long, seconds: the queue ends a job after 300.
_LONGEST = 120.0


@dataclass(slots=True)
class Turn:
    """How long one job may read.

    gives_way: whether others wait, asked between pages once it has read for so many seconds.
    """

    gives_way: Callable[[], bool] = lambda: False
    seconds: float = 0.0
    pages: int = _PAGES
    began: float = field(default_factory=time.monotonic)
    taken: int = 0

    def take(self) -> bool:
        """Take one more page, or be told to hand over; the first is always given."""
        self.taken += 1
        if self.taken == 1:
            return True
        read_for = time.monotonic() - self.began
        if self.taken > self.pages or read_for > _LONGEST:
            return False
        return read_for < self.seconds or not self.gives_way()


@dataclass(slots=True)
class Progress:
    """What one step of reading adds to what is known of it; stored by keep."""

    mark: str | None
    documents: int = 0
    gone: int = 0
    calls: int = 0
    unreadable: tuple[str, ...] = ()
    told_at: datetime | None = None
    finished: bool = False


# Does one page of a step and commits; from app.usecases.book.still_there for a check.
OnePage = Callable[[Book, Reading, Pulled], None]


def begin(
    book: Book,
    reason: Reason,
    steps: Iterable[Step],
    covered_to: datetime | None = None,
    check_at: datetime | None = None,
) -> None:
    """Write down what is to be read; the caller, who has the connection locked, commits.

    covered_to: the cursor once all of it is done. check_at: let the looks for deletions wait until
    then, together with one that waits already.
    """
    for step in steps:
        later = check_at if step.task == Task.CHECK else None
        if later and _put_off(book, step):
            continue
        db.session.add(
            Reading(
                workspace_id=book.workspace_id,
                connection_id=book.connection_id,
                reason=reason,
                kind=step.kind,
                task=step.task,
                since=step.since,
                first_day=step.first,
                before_day=step.before,
                started_at=book.read_at,
                covered_to=covered_to,
                due_at=later,
            )
        )


def _put_off(book: Book, step: Step) -> bool:
    """Let the look that waits already find what was deleted until now; false where none does."""
    waits = db.session.execute(
        update(Reading)
        .where(
            Reading.connection_id == book.connection_id,
            Reading.kind == step.kind,
            Reading.due_at.is_not(None),
            Reading.finished_at.is_(None),
        )
        .values(started_at=book.read_at, mark=None)
        .returning(Reading.id)
    ).first()
    return waits is not None


def unfinished(connection_id: int) -> bool:
    """Tell whether the cursor waits for something to be read."""
    asked = exists().where(
        Reading.connection_id == connection_id,
        Reading.reason == Reason.CATCH_UP,
        Reading.finished_at.is_(None),
        Reading.due_at.is_(None),
    )
    return bool(db.session.scalar(select(asked)))


def forget(connection_id: int, *, looks: bool) -> None:
    """Drop the steps of the last catch-up, but for what it could not read; no commit.

    looks: those that wait as well, because everything will be looked for.
    """
    over = and_(Reading.finished_at.is_not(None), func.jsonb_array_length(Reading.unreadable) == 0)
    waits = and_(Reading.finished_at.is_(None), Reading.due_at.is_not(None))
    db.session.execute(
        delete(Reading).where(
            Reading.connection_id == connection_id,
            Reading.reason == Reason.CATCH_UP,
            or_(over, waits) if looks else over,
        )
    )


def read_on(
    book: Book,
    reason: Reason,
    turn: Turn,
    pulled: Pulled,
    check: OnePage,
    *,
    looks: bool = False,
) -> bool:
    """Read page after page; tells whether all is read, or the turn is over. Raises LedgerError.

    looks: make the looks for deletions that waited until now, instead.
    """
    due = Reading.due_at <= book.read_at if looks else Reading.due_at.is_(None)
    while True:
        step = db.session.scalars(
            select(Reading)
            .where(
                Reading.connection_id == book.connection_id,
                Reading.reason == reason,
                Reading.finished_at.is_(None),
                due,
            )
            .order_by(Reading.id)
            .limit(1)
        ).first()
        if step is not None:
            db.session.expunge(step)
        db.session.commit()
        if step is None:
            return True
        if not turn.take():
            return False
        (check if step.task == Task.CHECK else _one_page)(book, step, pulled)


def _one_page(book: Book, step: Reading, pulled: Pulled) -> None:
    wanted = Portion(
        kind=step.kind,  # type: ignore[arg-type]  # the column has the enum's words
        since=step.since,
        first=step.first_day,
        before=step.before_day,
        owed=step.task == Task.OWED,
    )

    def read(ledger: Ledger) -> Page:
        return ledger.read_page(wanted, step.mark)

    page = with_ledger(book.connection_id, book.read_at, read)
    doubted: tuple[LedgerPayment, ...] = ()
    if step.reason == Reason.CATCH_UP and page.invoices:
        doubted = read_doubted(book, page.invoices, step.started_at)
    bring_in(book, pulled, payments=(*page.payments, *doubted), invoices=page.invoices)
    released = bring_in_customers(book, pulled, page.customers)
    keep(book, step, progress_of(page, page.mark, finished=page.mark is None))
    commit(book.connection_id, released)


def progress_of(page: Page, mark: str | None, *, finished: bool = False) -> Progress:
    """Return what a page adds."""
    return Progress(
        mark=mark,
        documents=len(page.ids),
        calls=page.calls,
        unreadable=page.unreadable,
        told_at=page.told_at,
        finished=finished,
    )


def keep(book: Book, step: Reading, progress: Progress) -> None:
    """Move a step on, in the caller's commit; the last of a catch-up moves the cursor with it.

    Where another reader was here meanwhile, its mark stands: what we applied was applied twice. So
    does the start of a look that was put off meanwhile: it has more to find than we looked for.
    """
    row = db.session.get(Reading, step.id, with_for_update=True, populate_existing=True)
    if row is None or row.finished_at is not None:
        return
    if (row.mark, row.started_at) != (step.mark, step.started_at):
        return
    row.mark = progress.mark
    row.documents += progress.documents
    row.gone += progress.gone
    row.calls += progress.calls
    row.unreadable = list(dict.fromkeys([*row.unreadable, *progress.unreadable]))
    if row.covered_to and progress.told_at:
        row.covered_to = min(row.covered_to, progress.told_at)
    if progress.unreadable:
        log.warning(
            "reading.unreadable",
            connection_id=book.connection_id,
            kind=row.kind,
            ledger_ids=list(progress.unreadable),
        )
    if progress.finished:
        row.finished_at = book.read_at
        db.session.flush()
        _finish_catch_up(row)


def _finish_catch_up(row: Reading) -> None:
    if row.reason != Reason.CATCH_UP or row.due_at or unfinished(row.connection_id):
        return
    totals = db.session.execute(
        select(
            func.min(Reading.covered_to),
            func.sum(Reading.documents),
            func.sum(Reading.gone),
            func.sum(Reading.calls),
        ).where(
            Reading.connection_id == row.connection_id,
            Reading.reason == Reason.CATCH_UP,
            Reading.started_at == row.started_at,
            Reading.due_at.is_(None),  # a look put off has the moment of the first time it was
        )
    ).one()
    covered_to, documents, gone, calls = totals
    db.session.execute(
        update(Connection)
        .where(Connection.id == row.connection_id)
        .values(pull_cursor=func.greatest(Connection.pull_cursor, covered_to))
        .execution_options(synchronize_session=False)
    )
    log.info(
        "reading.caught_up",
        connection_id=row.connection_id,
        documents=int(documents),
        gone=int(gone),
        metered_calls=int(calls),
        covered_to=covered_to,
    )
