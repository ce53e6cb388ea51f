"""The payments of a customer in the ledgers' books, with what each settles or settled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, null, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from app.domain.payments import Cause, Outcome
from app.domain.reading import BookKind
from app.domain.states import DocumentKind
from app.extensions import db
from app.models import (
    Connection,
    CreditApplication,
    DocumentLink,
    LedgerInvoiceRow,
    LedgerPaymentRow,
    LedgerSettlementRow,
    SettlementChange,
)
from app.queries.customers import Linked
from app.queries.whose_money import theirs_paid

Key = tuple[int, str]


@dataclass(slots=True)
class Part:
    """What a payment settles, or settled until it was taken back."""

    amount: Decimal = Decimal(0)
    numbers: list[str] = field(default_factory=list)
    kind: str | None = None  # as it was before it was taken back


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment of the ledger's book, and the invoices it is on, or was on.

    credit: the number of the credit note of billing that we put on an invoice by it.
    """

    row: LedgerPaymentRow
    connection: Connection
    part: Part
    credit: str | None

    @property
    def gone(self) -> bool:
        """Tell whether somebody took it back."""
        return self.row.deleted or self.row.voided

    @property
    def kind(self) -> str:
        """Return what it is; of one taken back, what it was while it settled something."""
        return self.part.kind or self.row.kind


def payments(linked: Linked, most: int) -> Sequence[Payment]:
    """Return the newest payments, those taken back too, with what each settles."""
    rows = db.session.execute(
        select(LedgerPaymentRow, Connection, CreditApplication.number)
        .join(Connection, Connection.id == LedgerPaymentRow.connection_id)
        .outerjoin(
            DocumentLink,
            and_(
                DocumentLink.connection_id == LedgerPaymentRow.connection_id,
                DocumentLink.document_kind == DocumentKind.CREDIT_APPLICATION,
                DocumentLink.ledger_id == LedgerPaymentRow.ledger_id,
                LedgerPaymentRow.book == BookKind.PAYMENT,
            ),
        )
        .outerjoin(CreditApplication, CreditApplication.id == DocumentLink.document_id)
        .where(theirs_paid(linked))
        .order_by(LedgerPaymentRow.received_on.desc(), LedgerPaymentRow.id.desc())
        .limit(most)
    ).all()
    parts = _settled([row for row, _, _ in rows])
    found = []
    for row, connection, credit in rows:
        settles = row.book == BookKind.PAYMENT  # a refund may have the id of a payment
        part = parts.get(_key(row), Part()) if settles else Part()
        found.append(Payment(row, connection, part, credit))
    return found


def _settled(rows: Sequence[LedgerPaymentRow]) -> dict[Key, Part]:
    found: dict[Key, Part] = defaultdict(Part)
    payments_ = [row for row in rows if row.book == BookKind.PAYMENT]
    gone = [_key(row) for row in payments_ if row.deleted or row.voided]
    live = [_key(row) for row in payments_ if not (row.deleted or row.voided)]
    for statement in (_settles(live), _settled_once(gone)):
        for connection_id, ledger_id, amount, kind, number in db.session.execute(statement):
            part = found[connection_id, ledger_id]
            part.amount += amount
            part.kind = kind
            if number:
                part.numbers.append(number)
    return found


def _key(row: LedgerPaymentRow) -> Key:
    return row.connection_id, row.ledger_id


def _settles(live: Sequence[Key]) -> Select[*tuple[Any, ...]]:
    part, nothing = LedgerSettlementRow, null()
    return _of(part, live, part.amount, nothing)


def _settled_once(gone: Sequence[Key]) -> Select[*tuple[Any, ...]]:
    """Select what the end of payments took off invoices; what an edit moved is not their end."""
    part = SettlementChange
    return _of(part, gone, func.coalesce(part.before, 0), part.kind).where(
        part.outcome == Outcome.REVERSED, part.cause.in_((Cause.DELETED, Cause.VOIDED))
    )


def _of(
    part: type[LedgerSettlementRow] | type[SettlementChange],
    payments_: Sequence[Key],
    amount: ColumnElement[Any] | InstrumentedAttribute[Decimal],
    kind: ColumnElement[Any] | InstrumentedAttribute[str],
) -> Select[*tuple[Any, ...]]:
    payment = (part.connection_id, part.payment_ledger_id)
    invoice = and_(
        LedgerInvoiceRow.connection_id == part.connection_id,
        LedgerInvoiceRow.ledger_id == part.invoice_ledger_id,
    )
    return (
        select(*payment, amount, kind, LedgerInvoiceRow.number)
        .outerjoin(LedgerInvoiceRow, invoice)
        .where(tuple_(*payment).in_(payments_))
        .order_by(part.id)
    )
