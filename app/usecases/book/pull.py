"""Bring back what changed in a ledger: payments, credits, voids, edits.

One read since the cursor covers any number of notices. What the feed cannot tell is read page by
page, see app/usecases/book/reading.py. The cursor moves once the last of it is applied, and
applying twice changes nothing: a pull may be killed anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import case, func, update

from app import queue
from app.domain.reading import BookKind, Reason, catch_up_steps, must_be_read
from app.domain.states import ConnectionState, DocumentKind
from app.extensions import db
from app.ledgers.interface import Changes, Ledger, LedgerInvoice, LedgerPayment, Written
from app.models import Connection, LedgerCreditRow, LedgerInvoiceRow
from app.usecases.book.bring_in import Pulled, bring_in, bring_in_customers, commit
from app.usecases.book.mirror import Book
from app.usecases.book.reading import Turn, begin, forget, read_on, unfinished
from app.usecases.book.still_there import check_page
from app.usecases.book.untold import read_untold
from app.usecases.company.open_ledger import with_ledger
from app.usecases.push.applying import catch_up
from app.usecases.push.perhaps_there import look_again
from app.usecases.settle import settle_lately_linked

log = structlog.get_logger()

# The ledger's clock and ours differ, and its index lags: read the last minutes again.
_OVERLAP = timedelta(minutes=5)
# Documents applied in one transaction.
_AT_ONCE = 1000
# Looks for deletions that a feed cut off may have hidden are made at most this often.
_LOOK_LATER = timedelta(minutes=15)
_MIRRORS: dict[DocumentKind, type[LedgerInvoiceRow] | type[LedgerCreditRow]] = {
    DocumentKind.INVOICE: LedgerInvoiceRow,
    DocumentKind.CREDIT_NOTE: LedgerCreditRow,
}


def pull(connection_id: int, now: datetime, turn: Turn | None = None) -> Pulled:
    """Read what changed since the cursor and apply it; raises LedgerError.

    A connection that is not in use is left alone. Two pulls at once are harmless. A long way back
    is read over several pulls: what was brought back is then not done, and a worker goes on.
    """
    pulled, turn = Pulled(connection_id), turn or Turn()
    for again in (False, True):
        _, book = _start(connection_id, now)
        if book is None:
            return pulled
        if not read_on(book, Reason.CATCH_UP, turn, pulled, check_page):
            break
        since, _ = _start(connection_id, now)
        changes = _held_together(with_ledger(connection_id, now, _reading(since, now)))
        _apply(book, changes, since, pulled, begins=not again)
        if changes.complete or again:
            pulled.done = read_on(book, Reason.CATCH_UP, turn, pulled, check_page, looks=True)
            break
    if not pulled.done:
        queue.wake(connection_id, "pull")
    look_again(connection_id, pulled.listed, now)
    log.info("pull.done", **_figures(pulled))
    return pulled


def _figures(pulled: Pulled) -> dict[str, object]:
    figures = {**asdict(pulled), "events": dict(pulled.events)}
    figures["outcomes"] = dict(pulled.outcomes)
    del figures["listed"]
    return figures


def _start(connection_id: int, now: datetime) -> tuple[datetime, Book | None]:
    connection = db.session.get_one(Connection, connection_id)
    cursor = connection.pull_cursor
    since = cursor - _OVERLAP if cursor else connection.created_at
    book = Book(connection.workspace_id, connection_id, now)
    active = connection.state == ConnectionState.ACTIVE
    db.session.commit()
    return since, book if active else None


def _reading(since: datetime, now: datetime) -> Callable[[Ledger], Changes]:
    def read(ledger: Ledger) -> Changes:
        return ledger.changes(since, now)

    return read


def _held_together(changes: Changes) -> Changes:
    """Leave out the invoices where payments must be read first; deletions are true at any time."""
    unread = must_be_read(changes.unread)
    kept = tuple(
        one
        for one in changes.invoices
        if one.deleted or one.credit or BookKind.INVOICE not in unread
    )
    return replace(changes, invoices=kept, unread=unread)


def _apply(book: Book, changes: Changes, since: datetime, pulled: Pulled, *, begins: bool) -> None:
    """Write the mirror and bring our invoices into step, then move the cursor.

    begins: what the feed could not tell is read in pages next. Not where this pull did that just
    now: the last minutes are read again all the same, and would be again and again.
    """
    untold = read_untold(book, changes)
    released = bring_in_customers(book, pulled, changes.customers)
    commit(book.connection_id, released)
    for payments, invoices in _portions(changes, untold):
        bring_in(book, pulled, payments=payments, invoices=invoices)
        db.session.commit()
    # Apart from those: documents are locked in the order of their ids.
    pulled.events += settle_lately_linked(book.connection_id, since)
    if begins and not changes.complete:
        _begin_catch_up(book, changes, since)
    else:
        _move_cursor(book, changes, since)
    db.session.commit()
    catch_up(book.connection_id, book.read_at)
    db.session.commit()


Portion = tuple[tuple[LedgerPayment, ...], tuple[LedgerInvoice, ...]]


def _portions(changes: Changes, untold: tuple[LedgerInvoice, ...]) -> Iterator[Portion]:
    """Cut what was read into transactions, payments first; one where it is no more than that.

    What the feed did not list goes with the first: once its payment is applied, nobody would find
    it again.
    """
    payments, invoices = changes.payments, changes.invoices
    if len(payments) + len(invoices) + len(untold) <= _AT_ONCE:
        yield payments, (*invoices, *untold)
        return
    yield payments[:_AT_ONCE], untold
    for start in range(_AT_ONCE, len(payments), _AT_ONCE):
        yield payments[start : start + _AT_ONCE], ()
    for start in range(0, len(invoices), _AT_ONCE):
        yield (), invoices[start : start + _AT_ONCE]


def keep_single(book: Book, ledger_id: str, kind: DocumentKind = DocumentKind.INVOICE) -> bool:
    """Read one document and note its present state; False when the ledger has it no more."""
    mirror = _MIRRORS[kind]

    def read(ledger: Ledger) -> Written | None:
        return ledger.read(kind, ledger_id)

    written = with_ledger(book.connection_id, book.read_at, read)
    if written is not None:
        db.session.execute(
            update(mirror)
            .where(mirror.connection_id == book.connection_id, mirror.ledger_id == ledger_id)
            .values(_state(written) | {"read_at": book.read_at})
            .execution_options(synchronize_session=False)
        )
        db.session.commit()
    return written is not None


def _state(written: Written) -> dict[str, object]:
    known = {
        "version": written.version,
        "total": written.total,
        "tax_total": written.tax_total,
        "balance": written.balance,
    }
    return {name: value for name, value in known.items() if value is not None} | {
        "voided": written.voided
    }


def _move_cursor(book: Book, changes: Changes, since: datetime) -> None:
    """Note how far we are; the caller commits.

    Not over what the feed could not tell, and a notice that came meanwhile stays wanted. Backwards
    only where the cursor lies ahead of the ledger's clock, as our own may at first: what changes
    there until then would never be read.
    """
    covered_to = changes.covered_to if changes.complete else Connection.pull_cursor
    ahead = since > changes.covered_to
    cursor = covered_to if ahead else func.greatest(Connection.pull_cursor, covered_to)
    answered = Connection.pull_wanted_at <= book.read_at
    unanswered = case((answered, None), else_=Connection.pull_wanted_at)
    db.session.execute(
        update(Connection)
        .where(Connection.id == book.connection_id)
        .values(
            pull_cursor=cursor,
            pulled_at=func.greatest(Connection.pulled_at, book.read_at),
            pull_wanted_at=unanswered,
            pull_wanted_since=unanswered,
        )
        .execution_options(synchronize_session=False)
    )


def _begin_catch_up(book: Book, changes: Changes, since: datetime) -> None:
    """Note what must be read in pages before the cursor moves; the caller commits.

    After an outage deletions are looked for at once. Where the feed was cut off only, by a month's
    end for instance, that look, which costs a call for 500 documents, waits for the next ones.
    """
    db.session.get_one(Connection, book.connection_id, with_for_update=True)
    if unfinished(book.connection_id):
        return
    forget(book.connection_id, looks=changes.too_old)
    db.session.flush()
    begin(
        book,
        Reason.CATCH_UP,
        catch_up_steps(changes.unread, since),
        changes.covered_to,
        None if changes.too_old else book.read_at + _LOOK_LATER,
    )
    log.warning("pull.catching_up", connection_id=book.connection_id, since=since)
