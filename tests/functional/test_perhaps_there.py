"""The bookkeeper typed into QuickBooks what billing finalises too: never booked twice."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import AuditEntry, DocumentLink, Drift, Invoice, OutboundEvent, Push
from app.usecases.manage_connection import save_settings
from app.usecases.push import actions
from app.usecases.push.decide_there import link_to, push_another
from app.usecases.reconciliation.reconcile import reconcile
from simulator.client import NORTHGATE
from tests.back import brought_back, drained, in_turn
from tests.connected import connect, now

pytestmark = pytest.mark.usefixtures("app_context")

PRIYA = ("Priya Nair", None)


@pytest.fixture
def northgate(app_context, simulator):
    """INV-0001 of Oak & Ash Ltd is booked, a month ago: the customer is linked."""
    made = connect(simulator)
    made.map_all()
    made.bill("INV-0001", issue_date="2026-10-20")
    drained(made)
    return made


def typed(northgate, number="INV-0002", net="450.00", *, pulled=True, **fields):
    """Let the bookkeeper type an invoice for Oak & Ash Ltd, and the pull bring it; its id there."""
    model = northgate.booked("INV-0001")
    line = next(each for each in model["Line"] if "Id" in each)
    detail = line["SalesItemLineDetail"] | {"Qty": 1, "UnitPrice": net}
    line = {"Amount": net, "DetailType": line["DetailType"], "SalesItemLineDetail": detail}
    made = northgate.simulator.create(
        NORTHGATE,
        "invoices",
        **{
            "DocNumber": number,
            "CustomerRef": model["CustomerRef"],
            "TxnDate": "2026-11-20",
            "GlobalTaxCalculation": "TaxExcluded",
            "Line": [line],
        }
        | fields,
    )
    if pulled:
        brought_back(northgate)
    return made["Id"]


def policy(northgate, duplicates):
    save_settings(northgate.connection_id, *PRIYA, now(), duplicates=duplicates)


def bill(northgate, number="INV-0002", **changes):
    invoice_id = northgate.bill(number, **changes)
    northgate.drain()
    return invoice_id


def there(northgate, number="INV-0002"):
    books = northgate.simulator.books(NORTHGATE)["invoices"]
    return [one["Id"] for one in books if one.get("DocNumber") == number]


def test_it_is_asked_about_without_a_call_and_another_is_pushed_once_and_for_all(northgate):
    ledger_id = typed(northgate, number="1042")
    calls = len(northgate.simulator.requests(NORTHGATE))
    invoice_id = bill(northgate)

    assert northgate.states()["INV-0002"] == "blocked"
    assert northgate.problem("INV-0002")["candidates"][0]["ledger_id"] == ledger_id
    assert len(northgate.simulator.requests(NORTHGATE)) == calls

    assert push_another([invoice_id], *PRIYA, now()) == 1
    drained(northgate)
    assert northgate.states()["INV-0002"] == "pushed"
    assert len(there(northgate)) == 1
    assert push_another([invoice_id], *PRIYA, now()) == 0


def test_the_same_is_linked_and_nothing_is_written_there(northgate):
    ledger_id = typed(northgate)
    customer = northgate.booked("INV-0002")["CustomerRef"]["value"]
    northgate.simulator.record_payment(NORTHGATE, customer, [(ledger_id, "540.00")])
    brought_back(northgate)
    before = northgate.booked("INV-0002")
    invoice_id = bill(northgate)

    link_to(invoice_id, ledger_id, *PRIYA, now())
    northgate.drain()

    invoice = db.session.get_one(Invoice, invoice_id)
    assert (invoice.sync_state, invoice.status, invoice.balance) == ("pushed", "paid", 0)
    assert northgate.booked("INV-0002") == before
    assert there(northgate) == [ledger_id]
    link = db.session.scalars(
        select(DocumentLink).where(DocumentLink.document_id == invoice_id)
    ).one()
    assert (link.adopted, link.ledger_id) == (True, ledger_id)
    [push] = db.session.scalars(select(Push).where(Push.document_id == invoice_id))
    assert push.state == "cancelled"  # no undo of a run takes out what we did not make
    deeds = db.session.scalars(select(AuditEntry.action)).all()
    assert "invoice.link_there" in deeds
    told = db.session.scalars(select(OutboundEvent.type).order_by(OutboundEvent.id)).all()
    assert {"invoice.pushed", "invoice.paid"} <= set(told[-2:])


def test_other_figures_are_shown_as_differing_and_read_before_they_are_changed(northgate):
    ledger_id = typed(northgate, net="400.00")
    invoice_id = bill(northgate)
    assert northgate.problem("INV-0002")["candidates"][0]["strong"] is False

    link_to(invoice_id, ledger_id, *PRIYA, now())
    assert northgate.states()["INV-0002"] == "differs"
    assert "£480.00" in northgate.problem("INV-0002")["title"]

    northgate.revise("INV-0002", "460.00")
    drained(northgate)

    assert northgate.problem("INV-0002")["code"] == "edited_there"
    actions.use_billing([invoice_id], *PRIYA, now())
    drained(northgate)
    assert northgate.states()["INV-0002"] == "pushed"
    assert there(northgate) == [ledger_id]


def test_a_voided_one_stands_in_nobodys_way(northgate):
    ledger_id = typed(northgate)
    bill(northgate)

    northgate.simulator.void(NORTHGATE, "invoices", ledger_id)
    northgate.simulator.edit(NORTHGATE, "invoices", ledger_id, DocNumber="VOID-1")
    brought_back(northgate)
    drained(northgate)

    assert northgate.states()["INV-0002"] == "pushed"


def test_skipped_where_finance_chose_so_until_it_is_gone_there(northgate):
    policy(northgate, "skip")
    ledger_id = typed(northgate)
    bill(northgate)
    assert northgate.states()["INV-0002"] == "not_sent"
    assert northgate.problem("INV-0002")["code"] == "there_already"
    run = in_turn(lambda: reconcile(northgate.connection_id, "person", now()))
    drift = db.session.scalars(
        select(Drift).where(Drift.seen_by_id == run, Drift.ledger_id == ledger_id)
    ).one()
    assert drift.decision == "by_hand"
    assert drift.explanation.endswith("INV-0002 of Oak & Ash Ltd, £540.00, was left out for it.")

    northgate.revise("INV-0002", "450.00", memo="Again")  # still the same, still there
    drained(northgate)
    assert northgate.states()["INV-0002"] == "not_sent"

    northgate.simulator.delete(NORTHGATE, "invoices", ledger_id)
    brought_back(northgate)
    drained(northgate)
    assert northgate.states()["INV-0002"] == "pushed"


def test_our_own_and_billings_own_are_no_duplicates(northgate):
    for number in ("INV-0002", "INV-0003"):
        northgate.bill(number)  # the same customer, total and date, twice
    drained(northgate)
    brought_back(northgate)
    northgate.bill("INV-0004")
    drained(northgate)

    assert set(northgate.states().values()) == {"pushed"}
    assert northgate.books()["INV-0004"] == Decimal("540.00")


def test_what_was_typed_a_moment_ago_is_found_by_the_comparison_and_both_are_named(northgate):
    northgate.bill("INV-0002")
    drained(northgate)  # the mirror does not know yet what is typed in this moment
    northgate.simulator.switch(duplicate_doc_number="allow")
    by_number = typed(northgate, number="INV-0002")
    other_number = typed(northgate, number="1042")

    run = in_turn(lambda: reconcile(northgate.connection_id, "person", now()))

    found = {
        drift.ledger_id: (drift.kind, drift.decision, drift.explanation)
        for drift in db.session.scalars(select(Drift).where(Drift.seen_by_id == run))
    }
    ours = "INV-0002 of Oak & Ash Ltd, £540.00"
    kind, decision, said = found[by_number]
    assert (kind, decision) == ("duplicate", None)
    assert said.startswith(f"{ours}, is in QuickBooks twice: ")
    kind, decision, said = found[other_number]
    assert (kind, decision) == ("missing_here", None)
    assert f"perhaps booked twice: billing’s {ours}, is there too." in said


def test_a_number_that_was_refused_can_be_linked_once_the_pull_knows_whose_it_is(northgate):
    typed(northgate, pulled=False)
    invoice_id = bill(northgate)
    assert northgate.problem("INV-0002")["code"] == "number_taken"

    brought_back(northgate)
    actions.retry([invoice_id], *PRIYA, now())
    northgate.drain()

    assert northgate.problem("INV-0002")["code"] == "perhaps_there"
