"""A refund of its own document may have the id of a payment: neither takes the other's place.

All transactions are said to share one sequence of ids; nobody guarantees it (facts: ids).
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.domain.payments import PaymentKind
from app.domain.reading import BookKind
from app.extensions import db
from app.ledgers.book import Settlement, deleted_payment
from app.models import LedgerPaymentRow, LedgerSettlementRow
from app.queries.events import payments_after
from app.usecases.book.bring_in import Pulled, bring_in
from app.usecases.book.mirror import Book
from tests.connected import connect, now

pytestmark = pytest.mark.usefixtures("app_context")

STUB = deleted_payment("77")
SEEN = replace(STUB, version="0", deleted=False, amount=Decimal(5), currency="GBP")
PAYMENT = replace(SEEN, settlements=(Settlement("301", Decimal(5)),))
REFUND = replace(SEEN, kind=PaymentKind.REFUND, book=BookKind.REFUND)


@pytest.fixture
def told(app_context, simulator):
    made = connect(simulator)
    moments = (now() + timedelta(seconds=n) for n in range(10))

    def tell(*payments):
        pulled = Pulled(made.connection_id)
        bring_in(
            Book(made.workspace_id, made.connection_id, next(moments)), pulled, payments=payments
        )
        db.session.commit()
        return pulled.outcomes

    return tell


def live():
    row = LedgerPaymentRow
    found = db.session.execute(select(row.book, row.kind).where(~row.deleted).order_by(row.book))
    return [tuple(each) for each in found]


def parts():
    return list(db.session.scalars(select(LedgerSettlementRow.payment_ledger_id)))


def test_the_refund_takes_nothing_off_the_payments_invoice(told):
    told(PAYMENT)
    assert told(REFUND) == {"refunded": 1}
    assert parts() == ["77"]
    assert live() == [("payment", "payment"), ("refund", "refund")]


def test_both_of_one_answer_are_kept(told):
    told(REFUND, PAYMENT)
    assert told(PAYMENT, REFUND) == {"replayed": 2}
    assert (len(live()), parts()) == (2, ["77"])
    feed = payments_after(
        db.session.scalars(select(LedgerPaymentRow.workspace_id)).first(), None, 9
    )
    assert [(one["kind"], len(one["invoices"])) for one in feed.rows] == [
        ("payment", 1),
        ("refund", 0),
    ]


def test_each_is_deleted_alone(told):
    told(PAYMENT, REFUND)
    assert told(replace(STUB, book=BookKind.REFUND)) == {"reversed": 1}
    assert (live(), parts()) == ([("payment", "payment")], ["77"])
    told(STUB)
    assert (live(), parts()) == ([], [])
