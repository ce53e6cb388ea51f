"""Bring back what changed in a ledger: payments, credits, voids, edits.

One read since the cursor covers any number of notices. The cursor moves only after everything up
to it is applied, and applying twice changes nothing: a pull may be killed anywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from sqlalchemy import case, func, select, update

from app.domain.states import ConnectionState, DocumentKind
from app.extensions import db
from app.ledgers.interface import Changes, Ledger, Written
from app.models import Connection, DocumentLink, LedgerInvoiceRow
from app.usecases.mirror import Book, keep_customers, keep_invoices
from app.usecases.open_ledger import with_ledger
from app.usecases.push.applying import catch_up
from app.usecases.push.gone_customers import follow_customers
from app.usecases.settle import settle, settle_lately_linked
from app.usecases.take_payments import take_payments

log = structlog.get_logger()
T = TypeVar("T")

# The ledger's clock and ours differ, and its index lags: read the last minutes again.
_OVERLAP = timedelta(minutes=5)
# Documents applied in one transaction.
_AT_ONCE = 1000
# Rounds of one pull when the ledger cuts its answer off; the next pull goes on from there.
_ROUNDS = 20
# Invoices read one by one because a payment let go of them and the ledger did not list them.
_READ_SINGLY = 50


@dataclass(slots=True)
class Pulled:
    """What one pull brought back."""

    connection_id: int
    done: bool = False
    invoices: int = 0
    payments: int = 0
    customers: int = 0
    events: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)  # of each payment × invoice

    def add(self, changes: Changes) -> None:
        """Count what was read."""
        self.invoices += len(changes.invoices)
        self.payments += len(changes.payments)
        self.customers += len(changes.customers)


def pull(connection_id: int, now: datetime) -> Pulled:
    """Read what changed since the cursor and apply it; raises LedgerError.

    A connection that is not in use is left alone. Two pulls at once are harmless.
    """
    pulled = Pulled(connection_id)
    since, book = _start(connection_id, now)
    if book is None:
        return pulled
    for _ in range(_ROUNDS):
        changes = with_ledger(connection_id, now, _reading(since, now))
        _apply(book, changes, since, pulled)
        _move_cursor(connection_id, changes, now)
        if changes.complete or changes.covered_to <= since:
            break
        since = changes.covered_to
    if not changes.complete:
        log.warning("pull.incomplete", connection_id=connection_id, covered_to=changes.covered_to)
    pulled.done = changes.complete
    log.info("pull.done", **asdict(pulled))
    return pulled


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


def _apply(book: Book, changes: Changes, since: datetime, pulled: Pulled) -> None:
    """Write the mirror, then bring our invoices into step; commits in portions."""
    pulled.add(changes)
    keep_customers(book, changes.customers)
    follow_customers(book.connection_id, changes.customers, book.read_at)
    touched: set[str] = set()
    for payments in _portions(changes.payments):
        touched |= take_payments(book, payments, pulled.outcomes)
        db.session.commit()
    for some in _portions(changes.invoices):
        keep_invoices(book, some)
        pulled.events += settle(
            book.connection_id, {each.ledger_id for each in some if not each.credit}
        )
        memos = {each.ledger_id for each in some if each.credit}
        pulled.events += settle(book.connection_id, memos, DocumentKind.CREDIT_NOTE)
        db.session.commit()
    listed = {invoice.ledger_id for invoice in changes.invoices}
    pulled.events += _settle_unlisted(book, touched - listed)
    pulled.events += settle_lately_linked(book.connection_id, since)
    db.session.commit()
    catch_up(book.connection_id, book.read_at)
    db.session.commit()


def _settle_unlisted(book: Book, ledger_ids: set[str]) -> Counter[str]:
    """Read those of our invoices that a payment took up or let go and the feed did not list."""
    ours = db.session.scalars(
        select(DocumentLink.ledger_id)
        .where(
            DocumentLink.connection_id == book.connection_id,
            DocumentLink.document_kind == DocumentKind.INVOICE,
            DocumentLink.ledger_id.in_(ledger_ids),
        )
        .order_by(DocumentLink.ledger_id)
        .limit(_READ_SINGLY)
    ).all()
    db.session.commit()
    for ledger_id in ours:
        keep_single(book, ledger_id)
    return settle(book.connection_id, ours)


def keep_single(book: Book, ledger_id: str) -> bool:
    """Read one invoice and note its present state; False when the ledger has it no more."""

    def read(ledger: Ledger) -> Written | None:
        return ledger.read(DocumentKind.INVOICE, ledger_id)

    written = with_ledger(book.connection_id, book.read_at, read)
    if written is not None:
        db.session.execute(
            update(LedgerInvoiceRow)
            .where(
                LedgerInvoiceRow.connection_id == book.connection_id,
                LedgerInvoiceRow.ledger_id == ledger_id,
            )
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


def _move_cursor(connection_id: int, changes: Changes, now: datetime) -> None:
    """Note how far we are; never backwards, and a notice that came meanwhile stays wanted."""
    values: dict[str, object] = {
        "pull_cursor": func.greatest(Connection.pull_cursor, changes.covered_to),
        "pulled_at": func.greatest(Connection.pulled_at, now),
    }
    if changes.complete:
        answered = Connection.pull_wanted_at <= now
        unanswered = case((answered, None), else_=Connection.pull_wanted_at)
        values |= {"pull_wanted_at": unanswered, "pull_wanted_since": unanswered}
    db.session.execute(
        update(Connection)
        .where(Connection.id == connection_id)
        .values(values)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def _portions(documents: Sequence[T]) -> Iterable[Sequence[T]]:
    return (documents[start : start + _AT_ONCE] for start in range(0, len(documents), _AT_ONCE))
