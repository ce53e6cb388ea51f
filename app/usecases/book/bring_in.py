"""Apply what was read of a ledger's book: the mirror first, then our documents come into step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from app import queue
from app.domain.states import DocumentKind
from app.extensions import db
from app.ledgers.interface import LedgerCustomer, LedgerInvoice, LedgerPayment
from app.usecases.book.mirror import Book, keep_customers, keep_invoices
from app.usecases.book.take_payments import take_payments
from app.usecases.push.gone_customers import follow_customers
from app.usecases.push.on_there import show_on_there
from app.usecases.settle import settle


@dataclass(slots=True)
class Pulled:
    """What was brought back, and whether nothing more is to be read; listed: the invoices' ids."""

    connection_id: int
    done: bool = False
    invoices: int = 0
    payments: int = 0
    customers: int = 0
    events: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)  # of each payment × invoice
    listed: set[str] = field(default_factory=set)


def bring_in(
    book: Book,
    pulled: Pulled,
    *,
    payments: Collection[LedgerPayment] = (),
    invoices: Collection[LedgerInvoice] = (),
) -> None:
    """Apply payments, invoices and credit notes; the caller commits. Twice changes nothing.

    Payments first: what billing then hears of an invoice says by what it is paid.
    """
    touched = take_payments(book, list(payments), pulled.outcomes)
    keep_invoices(book, invoices)
    ours = {one.ledger_id for one in invoices if not one.credit}
    credits_ = {one.ledger_id for one in invoices if one.credit}
    pulled.events += settle(book.connection_id, ours)
    credits_ |= show_on_there(book.connection_id, touched)
    pulled.events += settle(book.connection_id, credits_, DocumentKind.CREDIT_NOTE)
    pulled.listed |= ours
    pulled.payments += len(payments)
    pulled.invoices += len(invoices)


def bring_in_customers(book: Book, pulled: Pulled, customers: Collection[LedgerCustomer]) -> int:
    """Apply customers; returns how many invoices no longer wait for one, for commit below."""
    keep_customers(book, customers)
    pulled.customers += len(customers)
    return follow_customers(book.connection_id, list(customers), book.read_at)


def commit(connection_id: int, released: int) -> None:
    """Commit what was brought in; what waited for a customer and no longer does goes now."""
    db.session.commit()
    if released:
        queue.wake(connection_id)
