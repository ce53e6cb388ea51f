"""The log's three sources, each selected into the same columns."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy import Text as SqlText
from sqlalchemy import cast as sql_cast

from app.domain.states import SALES, DocumentKind, SyncState
from app.domain.undo import TAKEN_BACK
from app.models import (
    Attempt,
    Connection,
    Customer,
    LedgerCreditRow,
    LedgerCustomerRow,
    LedgerPaymentRow,
    Push,
    SalesDocument,
)
from app.queries.invoices import escape_like
from app.queries.own_writes import not_ours

_DONE = (
    SyncState.PUSHED, SyncState.DIFFERS, SyncState.VOIDED, TAKEN_BACK, "done", "adopted", "linked",
)  # fmt: skip


def attempts(typed: str, *, done: bool) -> Select[Any]:
    """Select our tries; typed: part of a number or of a customer's name, or a request id."""
    of_customer = Push.document_kind == DocumentKind.CUSTOMER
    of_sale = Push.document_kind.in_(SALES)
    of_item = Push.document_kind == DocumentKind.ITEM
    of_file = Push.document_kind == DocumentKind.ATTACHMENT
    statement: Select[Any] = (
        select(
            _key("a", Attempt.id),
            Attempt.started_at.label("at"),
            literal("out").label("direction"),
            case(
                (of_item, literal("Item")),
                (of_file, literal("Document")),
                else_=_called(of_customer),
            ).label("what"),
            SalesDocument.id.label("invoice_id"),
            func.coalesce(Customer.name, Push.asked["name"].astext).label("customer"),
            Connection.provider.label("provider"),
            func.coalesce(Push.total, SalesDocument.total).label("amount"),  # as it was then
            SalesDocument.currency.label("currency"),
            Attempt.outcome.label("outcome"),
            _how_manieth().label("number"),
            Attempt.milliseconds.label("milliseconds"),
            Attempt.code.label("code"),
            Attempt.words.label("words"),
            Attempt.ledger_message.label("ledger_message"),
            Attempt.ledger_request_id.label("request_id"),
            Attempt.actor.label("actor"),
        )
        .join(Push, Push.id == Attempt.push_id)
        .join(Connection, Connection.id == Attempt.connection_id)
        .outerjoin(SalesDocument, and_(of_sale, SalesDocument.id == Push.document_id))
        .outerjoin(
            Customer,
            Customer.id == case((of_customer, Push.document_id), else_=SalesDocument.customer_id),
        )
    )
    if done:
        statement = statement.where(Attempt.outcome.in_(_DONE))
    if typed:
        number, name = SalesDocument.number.ilike(_like(typed)), Customer.name.ilike(_like(typed))
        item = Push.asked["name"].astext.ilike(_like(typed))
        statement = statement.where(or_(number, name, item, Attempt.ledger_request_id == typed))
    return statement


def _called(of_customer: ColumnElement[bool]) -> ColumnElement[Any]:
    """Say what was tried: a number, and what kind of document it is where that is no invoice."""
    number = SalesDocument.number
    return case(
        (of_customer, literal("Customer")),
        (Push.document_kind == DocumentKind.CREDIT_NOTE, literal("Credit note ") + number),
        (
            Push.document_kind == DocumentKind.CREDIT_APPLICATION,
            literal("Application of ") + number,
        ),
        else_=number,
    )


def payments(typed: str) -> Select[Any]:
    """Select payments that came back; typed: part of a name or of a reference, or an id."""
    row = LedgerPaymentRow
    statement = _pulled(
        row, "p", "Payment", LedgerCustomerRow.name, row.amount, row.reference
    ).outerjoin(
        LedgerCustomerRow,
        and_(
            LedgerCustomerRow.connection_id == row.connection_id,
            LedgerCustomerRow.ledger_id == row.customer_ledger_id,
        ),
    )
    statement = statement.where(not_ours(row, DocumentKind.CREDIT_APPLICATION))
    if typed:
        name, reference = (c.ilike(_like(typed)) for c in (LedgerCustomerRow.name, row.reference))
        statement = statement.where(or_(name, reference, row.ledger_id == typed))
    return statement


def credit_notes(typed: str) -> Select[Any]:
    """Select credit notes that came back; typed: part of a name or of a number, or an id."""
    row = LedgerCreditRow
    statement = _pulled(row, "c", "Credit note", row.customer_name, -row.total, row.number)
    statement = statement.where(not_ours(row, DocumentKind.CREDIT_NOTE))
    if typed:
        name, number = (c.ilike(_like(typed)) for c in (row.customer_name, row.number))
        statement = statement.where(or_(name, number, row.ledger_id == typed))
    return statement


def _pulled(
    row: type[LedgerPaymentRow] | type[LedgerCreditRow],
    letter: str,
    word: str,
    customer: Any,
    amount: Any,
    reference: Any,
) -> Select[Any]:
    nothing: tuple[Any, ...] = tuple(
        null().label(name) for name in ("ledger_message", "request_id", "actor")
    )
    return select(
        _key(letter, row.id),
        row.created_at.label("at"),
        literal("in").label("direction"),
        (literal(word + " ") + row.ledger_id).label("what"),
        _no_number("invoice_id"),
        customer.label("customer"),
        Connection.provider.label("provider"),
        amount.label("amount"),
        row.currency.label("currency"),
        literal("pulled").label("outcome"),
        _no_number("number"),
        _no_number("milliseconds"),
        null().label("code"),
        reference.label("words"),
        *nothing,
    ).join(Connection, Connection.id == row.connection_id)


def _no_number(name: str) -> ColumnElement[int]:
    return sql_cast(null(), BigInteger).label(name)


def _key(letter: str, number: Any) -> ColumnElement[str]:
    """Return a key that is unique in the log and sorts by age within its source."""
    padded = func.lpad(sql_cast(number, SqlText), 19, "0")
    return (literal(letter) + padded).label("key")


def _how_manieth() -> ColumnElement[int]:
    """Count a push's tries up to this one."""
    earlier = Attempt.__table__.alias()
    return (
        select(func.count())
        .select_from(earlier)
        .where(earlier.c.push_id == Attempt.push_id, earlier.c.id <= Attempt.id)
        .scalar_subquery()
    )


def _like(typed: str) -> str:
    return f"%{escape_like(typed)}%"
