"""What came back of payments is named, kept for the invoice's history, and shown."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Customer, Invoice, SettlementChange, Workspace
from app.queries.api_invoices import show_invoice
from app.queries.events import payments_after
from app.usecases.book.pull import pull
from simulator.client import NORTHGATE, SEVERNSIDE
from tests.back import brought_back, drained
from tests.builders import a_person
from tests.connected import connect
from tests.keeper import Keeper
from tests.visitor import Visitor, text_of


@pytest.fixture
def northgate(app, simulator):
    """Two booked invoices of Oak & Ash Ltd, over 120.00 and 60.00."""
    with app.app_context():
        made = connect(simulator)
        made.map_all()
        for letter, net in (("A", "100.00"), ("B", "50.00")):
            made.bill(f"INV-oak-{letter}", net=net)
        drained(made)
        brought_back(made)
    return made


@pytest.fixture
def keeper(northgate):
    booked = {name: northgate.booked(f"INV-oak-{name}") for name in "AB"}
    ids = {name: one["Id"] for name, one in booked.items()}
    customer = booked["A"]["CustomerRef"]["value"]
    return Keeper(northgate.simulator, "oak", customer, ids)


def outcomes(northgate):
    return dict(brought_back(northgate).outcomes)


def history():
    rows = db.session.scalars(select(SettlementChange).order_by(SettlementChange.id))
    return [(row.outcome, row.before, row.after, row.cause) for row in rows]


def test_every_outcome_has_a_name_and_is_counted_once(app, northgate, keeper):
    with app.app_context():
        payment = keeper.pay({"A": "120.00", "B": "20.00"})
        assert outcomes(northgate) == {"applied": 2}
        assert outcomes(northgate) == {"replayed": 2}
        keeper.move(payment, {"A": "120.00", "B": "10.00"})
        assert outcomes(northgate) == {"updated": 1, "replayed": 1, "unapplied": 1}
        keeper.move(payment, {"A": "120.00"})
        assert outcomes(northgate) == {"reversed": 1, "replayed": 1, "unapplied": 1}
        keeper.delete("payments", payment)
        assert outcomes(northgate) == {"reversed": 1}
        assert history()[2:] == [
            ("updated", Decimal(20), Decimal(10), None),
            ("reversed", Decimal(10), None, "edited"),
            ("reversed", Decimal(120), None, "deleted"),
        ]


def test_money_on_no_invoice_and_money_given_back_are_named_too(app, northgate, keeper):
    with app.app_context():
        ahead = keeper.pay({}, "25.00")
        assert outcomes(northgate) == {"unapplied": 1}
        keeper.void("payments", ahead)
        assert outcomes(northgate) == {"reversed": 1}
        keeper.refund_receipt("25.00")
        keeper.refund("36.00", credit_memo=keeper.credit("30.00"))
        assert outcomes(northgate) == {"refunded": 2, "replayed": 1}


def test_a_payment_of_an_invoice_that_is_not_billings_is_kept_and_moves_nothing(
    app, northgate, keeper
):
    with app.app_context():
        northgate.book_by_hand("BY-HAND-1", "10.00")
    by_hand = northgate.booked("BY-HAND-1")
    whose = by_hand["CustomerRef"]["value"]
    northgate.simulator.record_payment(NORTHGATE, whose, [(by_hand["Id"], "12.00")])
    with app.app_context():
        assert outcomes(northgate) == {"unlinked": 1}
        [row] = payments_after(northgate.workspace_id, None, 10).rows
        assert (row["customer_id"], row["kind"]) == (None, "payment")
        assert [(one["invoice_id"], one["amount"]) for one in row["invoices"]] == [(None, "12.00")]
        assert keeper.told() == []


def test_payments_refunds_and_what_is_on_no_invoice_are_polled(app, northgate, keeper):
    keeper.pay({"A": "120.00"}, "160.00")
    keeper.pay({"B": "36.00"}, used={keeper.credit("30.00"): "36.00"})
    keeper.refund_receipt("25.00")
    with app.app_context():
        brought_back(northgate)
        rows = payments_after(northgate.workspace_id, None, 10).rows
    shown = [(row["kind"], row["amount"], row["unapplied"], row["customer_id"]) for row in rows]
    who = "cus_Oak & Ash Ltd"
    assert sorted(shown) == [
        ("credit", "0.00", "0.00", who),
        ("payment", "160.00", "40.00", who),
        ("refund", "30.00", "0.00", who),
    ]


def test_two_pulls_at_once_find_a_payment_new_once(app, northgate, keeper):
    for _ in range(3):
        keeper.pay({"A": "10.00", "B": "5.00"})

    def work(_):
        with app.app_context():
            return pull(northgate.connection_id, datetime.now(UTC)).outcomes["applied"]

    with ThreadPoolExecutor(4) as crew:
        assert sum(crew.map(work, range(4))) == 6
    with app.app_context():
        assert [row[0] for row in history()] == ["applied"] * 6


def test_a_deletion_is_seen_whatever_version_we_wrote_last(app, northgate, keeper):
    with app.app_context():
        northgate.revise("INV-oak-A", "200.00")
        drained(northgate)
        keeper.delete("invoices", "A")  # the pull has only seen it as it was before our change
        brought_back(northgate)
        assert keeper.seen()["A"] == ("open", "240.00", [], "0.00", "deleted_there")
        assert keeper.told() == ["A voided_in_ledger"]


def test_an_amount_lowered_there_is_no_money_when_billing_changes_the_invoice(
    app, northgate, keeper
):
    keeper.resize("A", "50.00")
    with app.app_context():
        brought_back(northgate)
        northgate.edit_in_billing("INV-oak-A", "110.00")
        status, balance, *_ = keeper.seen()["A"]
        assert (status, balance) == ("open", "132.00")


@pytest.fixture
def visitor(app, client, northgate):
    with app.app_context():
        a_person(db.session.get_one(Workspace, northgate.workspace_id))
    return Visitor(client)


def page_of_a(app, northgate, visitor):
    with app.app_context():
        brought_back(northgate)
        wanted = select(Invoice.id).where(Invoice.number == "INV-oak-A")
        invoice_id = db.session.scalars(wanted).one()
    return text_of(visitor.get(f"/invoices/{invoice_id}"))


def test_the_invoices_page_tells_what_came_and_what_was_taken_back(app, northgate, keeper, visitor):
    payment = keeper.pay({"A": "50.00"})
    assert "£50.00 received" in page_of_a(app, northgate, visitor)
    keeper.move(payment, {"A": "20.00"})
    assert "£20.00 received" in (shown := page_of_a(app, northgate, visitor))
    assert "instead of £50.00, BACS-oak" in shown
    keeper.delete("payments", payment)
    shown = page_of_a(app, northgate, visitor)
    assert "£20.00 taken back: payment BACS-oak was deleted in QuickBooks" in shown
    assert "£50.00 received" in shown, "what came first is history, not forgotten"


def test_the_invoices_page_tells_what_was_settled_without_a_payment(
    app, northgate, keeper, visitor
):
    keeper.settle_otherwise("A", "20.00")
    shown = page_of_a(app, northgate, visitor)
    words = "by a journal entry, a deposit or a write-off"
    assert f"£100.00 still owed there. £20.00 is settled {words}" in shown
    assert "Settled otherwise" in shown
    assert "No payments yet" not in shown
    assert "Status Part paid Part paid" in shown


def test_the_sync_log_lists_what_was_taken_back(app, northgate, keeper, visitor):
    payment = keeper.pay({"A": "50.00"})
    keeper.refund_receipt("25.00")
    page_of_a(app, northgate, visitor)
    keeper.move(payment, {"A": "20.00"})
    page_of_a(app, northgate, visitor)
    keeper.void("payments", payment)
    page_of_a(app, northgate, visitor)
    shown = text_of(visitor.get("/sync-log?show=all&direction=in"))
    assert (
        f"Payment {payment} Oak & Ash Ltd From QuickBooks −\u2060£20.00 Taken back there" in shown
    )
    assert f"Payment {payment} Oak & Ash Ltd From QuickBooks −\u2060£30.00 Changed there" in shown
    assert "−\u2060£30.00 Pulled back" in shown, "the refund"


def test_the_customers_page_says_what_is_on_no_invoice(app, northgate, keeper, visitor):
    payment = keeper.pay({"A": "120.00"}, "160.00")
    with app.app_context():
        brought_back(northgate)
        customer_id = db.session.scalars(select(Customer.id)).one()
    address = f"/customers/{customer_id}"
    assert "£40.00 not put on any invoice in QuickBooks." in text_of(visitor.get(address))
    keeper.void("payments", payment)
    with app.app_context():
        brought_back(northgate)
    assert "not put on any invoice" not in text_of(visitor.get(address))


def test_amounts_are_in_the_currency_of_the_invoice(app_context, simulator):
    made = connect(simulator, "severnside", SEVERNSIDE)
    made.map_all()
    made.bill("INV-0001", currency="EUR", customer="Rue & Fils")
    drained(made)
    [booked] = simulator.books(SEVERNSIDE)["invoices"]
    whose = booked["CustomerRef"]["value"]
    simulator.record_payment(SEVERNSIDE, whose, [(booked["Id"], "140.00")], total="150.00")
    brought_back(made)
    shown = show_invoice(db.session.scalars(select(Invoice)).one())
    assert (shown["currency"], shown["balance"]) == ("EUR", "400.00")
    assert [one["amount"] for one in shown["payments"]] == ["140.00"]
    [row] = payments_after(made.workspace_id, None, 10).rows
    assert (row["currency"], row["amount"], row["unapplied"]) == ("EUR", "150.00", "10.00")
