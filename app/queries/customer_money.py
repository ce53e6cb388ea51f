"""What a customer's money does in the ledgers without being on an invoice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import and_, func, select

from app.domain.money import round_money
from app.domain.payments import PaymentKind
from app.extensions import db
from app.models import Connection, Customer, CustomerLink, LedgerPaymentRow
from app.queries.whose_money import is_first


@dataclass(frozen=True, slots=True)
class Unapplied:
    """What of a customer's payments is on no invoice in one ledger, by currency."""

    connection: Connection
    sums: dict[str, Decimal]


def unapplied_of(customer: Customer) -> Sequence[Unapplied]:
    """Return what the customer paid too much or ahead, ledger by ledger.

    Of several who are one customer there, it is told with the one who was linked first.
    """
    payment = LedgerPaymentRow
    currency = func.coalesce(payment.currency, Connection.home_currency)
    rows = db.session.execute(
        select(Connection, currency, func.sum(payment.unapplied))
        .join(
            CustomerLink,
            and_(
                CustomerLink.connection_id == Connection.id,
                CustomerLink.customer_id == customer.id,
            ),
        )
        .join(
            payment,
            and_(
                payment.connection_id == CustomerLink.connection_id,
                payment.customer_ledger_id == CustomerLink.ledger_id,
            ),
        )
        .where(
            payment.unapplied > 0,
            payment.kind != PaymentKind.REFUND,
            payment.deleted.is_(False),
            payment.voided.is_(False),
            is_first(),
        )
        .group_by(Connection.id, currency)
        .order_by(Connection.id, currency)
    )
    found: dict[int, Unapplied] = {}
    for connection, code, amount in rows:
        one = found.setdefault(connection.id, Unapplied(connection, {}))
        one.sums[code] = round_money(amount, code)
    return list(found.values())
