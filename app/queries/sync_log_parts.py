"""The log's sources, each selected into the same columns."""

from __future__ import annotations

from datetime import datetime
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

from app.domain.payments import Outcome, PaymentKind
from app.domain.reading import BookKind
from app.domain.states import SALES, DocumentKind, SyncState
from app.domain.undo import TAKEN_BACK
from app.models import (
    Attempt,
    Connection,
    Customer,
    DocumentLink,
    LedgerCreditRow,
    LedgerCustomerRow,
    LedgerPaymentRow,
    Push,
    SalesDocument,
    SettlementChange,
)
from app.queries.found import escape_like, pushes_found
from app.queries.own_writes import not_ours

DONE = (
    SyncState.PUSHED, SyncState.DIFFERS, SyncState.VOIDED, TAKEN_BACK, "done", "adopted", "linked",
)  # fmt: skip

# What became of parts of payments that is a row of its own.
_TOLD = (Outcome.UPDATED, Outcome.REVERSED)
_changed = and_(
    SettlementChange.connection_id == LedgerPaymentRow.connection_id,
    SettlementChange.payment_ledger_id == LedgerPaymentRow.ledger_id,
    LedgerPaymentRow.book == BookKind.PAYMENT,
)


def attempts(typed: str, *, done: bool | None) -> Select[Any]:
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
            Connection.id.label("connection_id"),
        )
        .join(Push, Push.id == Attempt.push_id)
        .join(Connection, Connection.id == Attempt.connection_id)
        .outerjoin(SalesDocument, and_(of_sale, SalesDocument.id == Push.document_id))
        .outerjoin(
            Customer,
            Customer.id == case((of_customer, Push.document_id), else_=SalesDocument.customer_id),
        )
    )
    if done is not None:
        reached = Attempt.outcome.in_(DONE)
        statement = statement.where(reached if done else ~reached)
    if typed:
        statement = statement.where(pushes_found(typed))
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


def payments(found: ColumnElement[bool] | None) -> Select[Any]:
    """Select payments that came back; found: which of them, as found.payments_found says."""
    row = LedgerPaymentRow
    refund = row.kind == PaymentKind.REFUND
    word = case((refund, literal("Refund ")), else_=literal("Payment "))
    amount = case((refund, -row.amount), else_=row.amount)
    statement = _pulled(row, "p", word, LedgerCustomerRow.name, amount, row.reference)
    return _of_payments(statement, found)


def changed_payments(found: ColumnElement[bool] | None) -> Select[Any]:
    """Select what was changed or taken back of payments, invoice by invoice; found: as above."""
    row, change = LedgerPaymentRow, SettlementChange
    difference = func.coalesce(change.after, 0) - func.coalesce(change.before, 0)
    statement = (
        select(
            *_columns(
                key=_key("s", change.id),
                at=change.created_at,
                what=literal("Payment ") + row.ledger_id,
                invoice_id=DocumentLink.document_id,
                customer=LedgerCustomerRow.name,
                amount=difference,
                currency=row.currency,
                outcome=change.outcome,
                words=change.reference,
            )
        )
        .join(Connection, Connection.id == row.connection_id)
        .join(change, _changed)
        .outerjoin(
            DocumentLink,
            and_(
                DocumentLink.connection_id == change.connection_id,
                DocumentLink.document_kind == DocumentKind.INVOICE,
                DocumentLink.ledger_id == change.invoice_ledger_id,
            ),
        )
        .where(change.outcome.in_(_TOLD))
    )
    return _of_payments(statement, found)


def _of_payments(statement: Select[Any], found: ColumnElement[bool] | None) -> Select[Any]:
    row = LedgerPaymentRow
    statement = statement.outerjoin(
        LedgerCustomerRow,
        and_(
            LedgerCustomerRow.connection_id == row.connection_id,
            LedgerCustomerRow.ledger_id == row.customer_ledger_id,
        ),
    ).where(not_ours(row, DocumentKind.CREDIT_APPLICATION))
    return statement if found is None else statement.where(found)


def credit_notes(typed: str) -> Select[Any]:
    """Select credit notes that came back; typed: part of a name or of a number, or an id."""
    row = LedgerCreditRow
    statement = _pulled(
        row, "c", literal("Credit note "), row.customer_name, -row.total, row.number
    )
    statement = statement.where(not_ours(row, DocumentKind.CREDIT_NOTE))
    if typed:
        name, number = (c.ilike(_like(typed)) for c in (row.customer_name, row.number))
        statement = statement.where(or_(name, number, row.ledger_id == typed))
    return statement


def came_back(since: datetime) -> list[Select[Any]]:
    """Select the numbers of what came back since a moment, to be counted."""
    payment, change, credit = LedgerPaymentRow, SettlementChange, LedgerCreditRow
    return [
        select(payment.id).where(
            payment.created_at > since, not_ours(payment, DocumentKind.CREDIT_APPLICATION)
        ),
        select(change.id)
        .join(payment, _changed)
        .where(
            change.created_at > since,
            change.outcome.in_(_TOLD),
            not_ours(payment, DocumentKind.CREDIT_APPLICATION),
        ),
        select(credit.id).where(
            credit.created_at > since, not_ours(credit, DocumentKind.CREDIT_NOTE)
        ),
    ]


def _pulled(
    row: type[LedgerPaymentRow] | type[LedgerCreditRow],
    letter: str,
    word: ColumnElement[str],
    customer: Any,
    amount: Any,
    reference: Any,
) -> Select[Any]:
    columns = _columns(
        key=_key(letter, row.id),
        at=row.created_at,
        what=word + row.ledger_id,
        invoice_id=_no_number("invoice_id"),
        customer=customer,
        amount=amount,
        currency=row.currency,
        outcome=literal("pulled"),
        words=reference,
    )
    return select(*columns).join(Connection, Connection.id == row.connection_id)


def _columns(key: Any, **given: Any) -> tuple[Any, ...]:
    """Return the columns of what came back, in the order of every source."""
    named = {name: column.label(name) for name, column in given.items()}
    nothing = {
        name: null().label(name) for name in ("code", "ledger_message", "request_id", "actor")
    }
    known = named | nothing
    return (
        key,
        known["at"],
        literal("in").label("direction"),
        known["what"],
        known["invoice_id"],
        known["customer"],
        Connection.provider.label("provider"),
        known["amount"],
        known["currency"],
        known["outcome"],
        _no_number("number"),
        _no_number("milliseconds"),
        known["code"],
        known["words"],
        known["ledger_message"],
        known["request_id"],
        known["actor"],
        Connection.id.label("connection_id"),
    )


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
