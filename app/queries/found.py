"""What was typed into a search, looked for where it can be: numbers, names, request ids.

Looked up first, and a list then asked for what was found: one that is nearly never met would have
a list read from its newest row to its oldest. What is met nearly everywhere is met on its first
page, so a list is asked for that row by row, as ever.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    any_,
    bindparam,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute

from app.domain.states import SALES, DocumentKind
from app.extensions import db
from app.models import (
    Attempt,
    Customer,
    Invoice,
    LedgerCustomerRow,
    LedgerPaymentRow,
    Push,
    SalesDocument,
)

# More than these are met everywhere.
_FEW = 5000


def invoices_found(typed: str) -> ColumnElement[bool]:
    """Match a number, a customer's name, or the ledger's request id of any attempt."""
    number = Invoice.number.icontains(typed, autoescape=True)
    theirs = Invoice.customer_id.in_(_customers(typed))
    of_request = _of_request(typed, Push.document_id).where(
        Push.document_kind == DocumentKind.INVOICE
    )
    few = _few(select(Invoice.id).where(number), select(Invoice.id).where(theirs), of_request)
    return among(Invoice.id, few) if few is not None else or_(number, theirs)


def pushes_found(typed: str) -> ColumnElement[bool]:
    """Match tries about a document's number, a customer's or an item's name, or a request id."""
    number = SalesDocument.number.icontains(typed, autoescape=True)
    theirs = SalesDocument.customer_id.in_(_customers(typed))
    sale = and_(Push.document_kind.in_(SALES), Push.document_id == SalesDocument.id)
    customer = and_(
        Push.document_kind == DocumentKind.CUSTOMER, Push.document_id.in_(_customers(typed))
    )
    item = Push.asked["name"].astext.icontains(typed, autoescape=True)
    few = _few(
        select(Push.id).join(SalesDocument, sale).where(number),
        select(Push.id).join(SalesDocument, sale).where(theirs),
        select(Push.id).where(customer),
        select(Push.id).where(Push.document_kind == DocumentKind.ITEM, item),
        _of_request(typed, Push.id),
    )
    if few is not None:
        return among(Attempt.push_id, few)
    return or_(number, theirs, customer, item)


def payments_found(typed: str) -> ColumnElement[bool]:
    """Match a part of a payer's name or of a reference, or the ledger's id of a payment."""
    row, payer = LedgerPaymentRow, LedgerCustomerRow
    named = payer.name.icontains(typed, autoescape=True)
    reference = row.reference.icontains(typed, autoescape=True)
    theirs = and_(
        payer.connection_id == row.connection_id, payer.ledger_id == row.customer_ledger_id
    )
    few = _few(
        select(row.id).join(payer, theirs).where(named),
        select(row.id).where(reference),
        select(row.id).where(row.ledger_id == typed),
    )
    if few is not None:
        return among(row.id, few)
    # Whoever lists payments has joined who paid.
    return or_(named, reference, row.ledger_id == typed)


def _customers(typed: str) -> Select[int]:
    return select(Customer.id).where(Customer.name.icontains(typed, autoescape=True))


def _of_request(typed: str, column: InstrumentedAttribute[int]) -> Select[int]:
    return (
        select(column)
        .join(Attempt, Attempt.push_id == Push.id)
        .where(Attempt.ledger_request_id == typed)
    )


def _few(*places: Select[int]) -> list[int] | None:
    """Return the numbers found anywhere; None where they are too many to be named."""
    everywhere = union_all(*(place.subquery().select() for place in places)).subquery()
    found = db.session.scalars(select(everywhere).limit(_FEW + 1)).all()
    return sorted(set(found)) if len(found) <= _FEW else None


def among(column: InstrumentedAttribute[int], numbers: Sequence[int]) -> ColumnElement[bool]:
    """Match by one value, however many numbers it holds: the statement stays the same."""
    given = bindparam("numbers", list(numbers), type_=ARRAY(BigInteger), unique=True)
    return column == any_(given)


def escape_like(typed: str) -> str:
    """Return what was typed with nothing left that LIKE takes for a pattern."""
    return typed.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
