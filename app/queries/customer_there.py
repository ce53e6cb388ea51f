"""What the ledgers themselves have of a customer: their invoices that are not ours, payments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, false, func, or_, select, tuple_

from app.domain.money import round_money
from app.domain.states import DocumentKind
from app.extensions import db
from app.models import (
    Connection,
    DocumentLink,
    LedgerInvoiceRow,
    LedgerPaymentRow,
    LedgerSettlementRow,
)
from app.queries.customer_figures import Sum
from app.queries.customers import Linked

_PAID_WITHIN = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment of the ledger's book, and the numbers of the invoices it settles there."""

    row: LedgerPaymentRow
    connection: Connection
    settled: Decimal
    invoices: tuple[str, ...]

    @property
    def gone(self) -> bool:
        """Tell whether somebody took it back."""
        return self.row.deleted or self.row.voided


def only_there(linked: Linked, most: int) -> Sequence[tuple[LedgerInvoiceRow, Connection]]:
    """Return the newest of the customer's invoices that only a ledger has."""
    rows = db.session.execute(
        select(LedgerInvoiceRow, Connection)
        .join(Connection, Connection.id == LedgerInvoiceRow.connection_id)
        .where(_theirs(LedgerInvoiceRow, linked), *_not_ours())
        .order_by(LedgerInvoiceRow.issue_date.desc(), LedgerInvoiceRow.id.desc())
        .limit(most)
    )
    return [(row, connection) for row, connection in rows]


def owed_only_there(linked: Linked) -> Sum:
    """Return what is owed on invoices that only a ledger has."""
    currency = func.coalesce(LedgerInvoiceRow.currency, Connection.home_currency)
    rows = db.session.execute(
        select(currency, func.count(), func.sum(LedgerInvoiceRow.balance))
        .join(Connection, Connection.id == LedgerInvoiceRow.connection_id)
        .where(
            _theirs(LedgerInvoiceRow, linked),
            *_not_ours(),
            ~LedgerInvoiceRow.voided,
            LedgerInvoiceRow.balance > 0,
        )
        .group_by(currency)
    )
    return _sum(rows)  # type: ignore[arg-type]  # rows are tuples


def paid_lately(linked: Linked, today: date) -> Sum:
    """Return what the ledgers received in 90 days; credits put on invoices are no money."""
    currency = func.coalesce(LedgerPaymentRow.currency, Connection.home_currency)
    rows = db.session.execute(
        select(currency, func.count(), func.sum(LedgerPaymentRow.amount))
        .join(Connection, Connection.id == LedgerPaymentRow.connection_id)
        .where(
            _theirs(LedgerPaymentRow, linked),
            ~LedgerPaymentRow.deleted,
            ~LedgerPaymentRow.voided,
            LedgerPaymentRow.amount > 0,
            LedgerPaymentRow.received_on > today - _PAID_WITHIN,
        )
        .group_by(currency)
    )
    return _sum(rows)  # type: ignore[arg-type]  # as above


def payments(linked: Linked, most: int) -> Sequence[Payment]:
    """Return the newest payments, those taken back too, with what each settles."""
    rows = db.session.execute(
        select(LedgerPaymentRow, Connection)
        .join(Connection, Connection.id == LedgerPaymentRow.connection_id)
        .where(_theirs(LedgerPaymentRow, linked))
        .order_by(LedgerPaymentRow.received_on.desc(), LedgerPaymentRow.id.desc())
        .limit(most)
    ).all()
    parts = _settled([row for row, _ in rows])
    found = []
    for row, connection in rows:
        part = parts.get((row.connection_id, row.ledger_id), _Part())
        found.append(Payment(row, connection, part.amount, tuple(part.numbers)))
    return found


@dataclass(slots=True)
class _Part:
    amount: Decimal = Decimal(0)
    numbers: list[str] = field(default_factory=list)


def _settled(rows: Sequence[LedgerPaymentRow]) -> dict[tuple[int, str], _Part]:
    payment = tuple_(LedgerSettlementRow.connection_id, LedgerSettlementRow.payment_ledger_id)
    found: dict[tuple[int, str], _Part] = defaultdict(_Part)
    for connection_id, ledger_id, amount, number in db.session.execute(
        select(
            LedgerSettlementRow.connection_id,
            LedgerSettlementRow.payment_ledger_id,
            LedgerSettlementRow.amount,
            LedgerInvoiceRow.number,
        )
        .outerjoin(
            LedgerInvoiceRow,
            and_(
                LedgerInvoiceRow.connection_id == LedgerSettlementRow.connection_id,
                LedgerInvoiceRow.ledger_id == LedgerSettlementRow.invoice_ledger_id,
            ),
        )
        .where(payment.in_([(row.connection_id, row.ledger_id) for row in rows]))
        .order_by(LedgerSettlementRow.id)
    ):
        part = found[connection_id, ledger_id]
        part.amount += amount
        if number:
            part.numbers.append(number)
    return found


def _theirs(
    table: type[LedgerInvoiceRow] | type[LedgerPaymentRow], linked: Linked
) -> ColumnElement[bool]:
    """Match rows of the customer, who has an id of their own in each ledger."""
    each = [
        (table.connection_id == link.connection_id) & (table.customer_ledger_id == link.ledger_id)
        for link, _ in linked
    ]
    return or_(false(), *each)


def _not_ours() -> tuple[ColumnElement[bool], ...]:
    ours = select(DocumentLink.id).where(
        DocumentLink.connection_id == LedgerInvoiceRow.connection_id,
        DocumentLink.document_kind == DocumentKind.INVOICE,
        DocumentLink.ledger_id == LedgerInvoiceRow.ledger_id,
    )
    return ~LedgerInvoiceRow.deleted, ~ours.exists()


def _sum(rows: Sequence[tuple[str, int, Decimal]]) -> Sum:
    found = Sum()
    for currency, count, amount in rows:
        found.add(count, round_money(amount, currency), currency)
    return found
