"""What becomes of an invoice that is perhaps in the ledger: judged from the mirror alone."""

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Attempt, Connection, CustomerLink, DocumentLink, Invoice, OutboundEvent
from app.usecases.push import actions
from app.usecases.push.decide_there import NotThere, link_to
from app.usecases.push.intent import release_blocked
from tests.judged import in_the_ledger, judge
from tests.northgate import NOW, make_northgate

pytestmark = pytest.mark.usefixtures("app_context")

PRIYA = ("Priya Nair", None)


@pytest.fixture
def northgate(app_context):
    return make_northgate()


def policy(northgate, duplicates):
    db.session.get_one(Connection, northgate.connection_id).duplicates = duplicates
    db.session.commit()


def bill(northgate, number="INV-0002", **changes):
    return northgate.bill(number, issue_date=NOW.date().isoformat(), **changes)


def problem_of(invoice_id):
    return db.session.get_one(Invoice, invoice_id).problem


def test_a_sure_one_is_linked_by_itself_where_finance_chose_so(northgate):
    policy(northgate, "link")
    in_the_ledger(northgate, "301", "inv-0002", issue_date=NOW.date())
    bill(northgate)

    judge(northgate)

    assert northgate.states() == {"INV-0002": "pushed"}
    assert db.session.scalars(select(DocumentLink.ledger_id)).one() == "301"
    [said] = db.session.scalars(select(Attempt))
    assert said.outcome == "linked"
    assert said.words == (
        "Linked to invoice inv-0002 that was in QuickBooks already."
        " Same number, customer, total and date. Nothing was sent."
    )


def test_what_is_not_sure_and_two_sure_ones_are_asked_about_whatever_was_chosen(northgate):
    policy(northgate, "link")
    in_the_ledger(northgate, "301", "1042", total=120)
    in_the_ledger(northgate, "302", "INV-0003", total=60)
    in_the_ledger(northgate, "303", "inv-0003", total=60)
    unsure, two = bill(northgate, net="100.00"), bill(northgate, "INV-0003", net="50.00")

    judge(northgate)

    assert set(northgate.states().values()) == {"blocked"}
    assert [len(problem_of(each)["candidates"]) for each in (unsure, two)] == [1, 2]


def test_trying_again_asks_again_and_never_pushing_ends_it(northgate):
    in_the_ledger(northgate, "301", "INV-0002")
    invoice_id = bill(northgate)
    judge(northgate)

    actions.retry([invoice_id], *PRIYA, NOW)
    judge(northgate)
    assert northgate.states() == {"INV-0002": "blocked"}

    actions.never_push([invoice_id], *PRIYA, NOW)
    judge(northgate)
    assert northgate.states() == {"INV-0002": "not_sent"}


def test_what_was_left_out_goes_when_a_person_allows_it(northgate):
    policy(northgate, "skip")
    in_the_ledger(northgate, "301", "INV-0002")
    invoice_id = bill(northgate)
    judge(northgate)
    assert problem_of(invoice_id)["code"] == "there_already"

    actions.allow_push([invoice_id], *PRIYA, NOW)
    judge(northgate)

    assert northgate.states() == {"INV-0002": "pushing"}


def test_one_typed_invoice_stands_only_in_the_way_of_the_one_it_is(northgate):
    in_the_ledger(northgate, "301", "INV-0003")
    bill(northgate)
    bill(northgate, "INV-0003")

    judge(northgate)

    assert northgate.states() == {"INV-0002": "pushing", "INV-0003": "blocked"}


def test_one_document_is_linked_to_one_invoice_only_and_the_other_goes(northgate):
    in_the_ledger(northgate, "301", "1042")
    first, second = bill(northgate), bill(northgate, "INV-0003")
    judge(northgate)
    assert set(northgate.states().values()) == {"blocked"}

    link_to(first, "301", *PRIYA, NOW)

    with pytest.raises(NotThere):
        link_to(second, "301", *PRIYA, NOW)
    judge(northgate)
    assert northgate.states() == {"INV-0002": "pushed", "INV-0003": "pushing"}


def test_a_linked_customer_is_known_by_its_id_and_not_by_its_name(northgate):
    in_the_ledger(northgate, "301", "1042", customer_ledger_id="58", customer_name="Renamed there")
    in_the_ledger(northgate, "302", "1043", customer_ledger_id="59")
    invoice_id = bill(northgate)
    link = CustomerLink(ledger_id="58", ledger_name="Oak & Ash Ltd", how="found")
    link.workspace_id, link.connection_id = northgate.workspace_id, northgate.connection_id
    link.customer_id = db.session.get_one(Invoice, invoice_id).customer_id
    db.session.add(link)
    db.session.commit()

    judge(northgate)

    assert [one["ledger_id"] for one in problem_of(invoice_id)["candidates"]] == ["301"]


def test_a_mark_counts_only_where_it_is_that_of_an_invoice_of_ours(northgate):
    bill(northgate, "INV-0001", customer="Meridian Care Homes Ltd")
    in_the_ledger(northgate, "301", "1042", marker="Ledgerbridge inv_INV-0001")
    in_the_ledger(northgate, "302", "1043", marker="Ledgerbridge was away, typed by hand")
    invoice_id = bill(northgate)

    judge(northgate)

    assert [one["ledger_id"] for one in problem_of(invoice_id)["candidates"]] == ["302"]


def test_billing_hears_once_that_a_person_must_act(northgate):
    in_the_ledger(northgate, "301", "1042")
    invoice_id = bill(northgate)

    for _ in range(2):  # a mapping saved meanwhile has everything judged again
        judge(northgate)
        release_blocked(northgate.connection_id, NOW)
        db.session.commit()
    judge(northgate)

    [told] = db.session.scalars(select(OutboundEvent))
    assert (told.type, told.data["sync_state"]) == ("invoice.push_failed", "blocked")
    assert told.data["problem"]["code"] == "perhaps_there"
    assert told.data["problem"]["link"].endswith(f"/invoices/{invoice_id}")
    assert problem_of(invoice_id)["candidates"]

    in_the_ledger(northgate, "302", "1043")
    release_blocked(northgate.connection_id, NOW)
    db.session.commit()
    judge(northgate)
    assert len(db.session.scalars(select(OutboundEvent)).all()) == 2
