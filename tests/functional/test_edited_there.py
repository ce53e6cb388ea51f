"""Billing changes an invoice that somebody else touched in QuickBooks: nothing is lost unseen."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Attempt, AuditEntry, CatalogueRow, Drift, Invoice, Mapping
from app.usecases.manage_connection import disconnect, save_settings
from app.usecases.push import actions
from app.usecases.read_company import read_company
from app.usecases.reconciliation.reconcile import reconcile
from simulator.client import NORTHGATE
from tests.back import brought_back, drained, in_turn
from tests.connected import connect, now

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    """INV-0001 of 540.00 is booked."""
    made = connect(simulator)
    made.map_all()
    made.bill("INV-0001")
    drained(made)
    return made


def edit(northgate, **fields):
    booked = northgate.booked("INV-0001")
    northgate.simulator.edit(NORTHGATE, "invoices", booked["Id"], **fields)


def edit_line(northgate, **detail):
    line = next(x for x in northgate.booked("INV-0001")["Line"] if "Id" in x)
    head = {k: detail.pop(k) for k in ("Description", "Amount") if k in detail}
    changed = line | head
    changed["SalesItemLineDetail"] = line["SalesItemLineDetail"] | detail
    edit(northgate, Line=[changed])


def item(northgate):
    """Return an item of the ledger that the invoice does not use."""
    mapped = db.session.scalars(select(Mapping.ledger_id).where(Mapping.code == "MW-STD")).one()
    return db.session.scalars(
        select(CatalogueRow.ledger_id)
        .where(CatalogueRow.kind == "item", CatalogueRow.active, CatalogueRow.ledger_id != mapped)
        .order_by(CatalogueRow.name)
    ).first()


def differing(northgate):
    found = northgate.problem("INV-0001").get("differences", [])
    return {one["name"]: (one["theirs"], one["ours"]) for one in found}


def invoice():
    return db.session.scalars(select(Invoice)).one()


def decide(deed):
    return deed([invoice().id], "Priya Nair", None, now())


@pytest.mark.parametrize("pulled", [False, True], ids=["unheard", "pulled"])
def test_what_a_bookkeeper_edited_is_asked_about_and_never_written_over(northgate, pulled):
    other = item(northgate)
    edit_line(
        northgate, Description="As agreed", ItemRef={"value": other}, ServiceDate="2026-10-31"
    )
    edit(
        northgate, DueDate="2027-01-31", TxnDate="2026-11-25", CustomerMemo={"value": "Thanks, Jo"}
    )
    if pulled:  # now the newest version is known here: knowing it is not having looked
        brought_back(northgate)
    before = northgate.booked("INV-0001")
    northgate.revise("INV-0001", "460.00")
    drained(northgate)
    assert northgate.booked("INV-0001") == before
    assert northgate.states() == {"INV-0001": "failed"}
    assert northgate.problem("INV-0001")["code"] == "edited_there"
    found = differing(northgate)
    assert found["Date"] == ("25 Nov 2026", "20 Nov 2026")
    assert found["Due date"] == ("31 Jan 2027", "20 Dec 2026")
    assert found["Message to the customer"] == ("Thanks, Jo", "PO 7731\nThank you")
    assert found["Line 1, description"] == ("As agreed", "November, 12 seats")
    assert found["Line 1, item"] == ("Cloud backup", "Managed Workstation")
    assert found["Line 1, service date"] == ("31 Oct 2026", "30 Nov 2026")
    assert not {"Total", "Customer", "Number", "Line 1, quantity"} & set(found)


def test_a_payment_and_an_email_are_no_edits(northgate, simulator):
    booked = northgate.booked("INV-0001")
    simulator.record_payment(NORTHGATE, booked["CustomerRef"]["value"], [(booked["Id"], "100.00")])
    edit(northgate, EmailStatus="EmailSent", PrintStatus="PrintComplete")
    northgate.revise("INV-0001", "460.00")
    drained(northgate)
    assert northgate.states() == {"INV-0001": "pushed"}
    assert northgate.books() == {"INV-0001": Decimal("552.00")}
    words = db.session.scalars(select(Attempt.words).order_by(Attempt.id)).all()
    assert "nothing we write was changed" in words[-2]


def test_what_our_update_does_not_say_stays_there(northgate):
    field = {"DefinitionId": "1", "Name": "Job", "Type": "StringType", "StringValue": "J-77"}
    note = "Chased on 24 Nov\nLedgerbridge inv_INV-0001\nPromised for Friday"
    edit(northgate, CustomField=[field], PrivateNote=note, PONumber="4711")
    northgate.revise("INV-0001", "460.00")
    drained(northgate)
    booked = northgate.booked("INV-0001")
    assert northgate.books() == {"INV-0001": Decimal("552.00")}
    assert booked["CustomField"][0]["StringValue"] == "J-77"
    assert (booked["PrivateNote"], booked["PONumber"]) == (note, "4711")


def test_what_was_changed_to_what_billing_now_says_is_no_question(northgate):
    edit(northgate, DueDate="2027-01-31")
    northgate.revise("INV-0001", "460.00", due_date="2027-01-31")
    drained(northgate)
    assert northgate.states() == {"INV-0001": "pushed"}
    assert northgate.booked("INV-0001")["DueDate"] == "2027-01-31"


@pytest.fixture
def asked(northgate):
    """A due date edited there, a price changed in billing: a question."""
    edit(northgate, DueDate="2027-01-31")
    northgate.revise("INV-0001", "460.00")
    drained(northgate)
    assert differing(northgate)["Due date"] == ("31 Jan 2027", "20 Dec 2026")
    return northgate


def test_billings_version_goes_when_a_person_says_so(asked):
    assert decide(actions.use_billing) == 1
    drained(asked)
    assert asked.states() == {"INV-0001": "pushed"}
    assert asked.books() == {"INV-0001": Decimal("552.00")}
    assert asked.booked("INV-0001")["DueDate"] == "2026-12-20"
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.action, entry.actor) == ("invoice.use_billing", "Priya Nair")


def test_what_is_edited_after_the_person_looked_is_a_new_question(asked):
    edit(asked, DocNumber="INV-0001-B")
    decide(actions.use_billing)
    drained(asked)
    assert asked.states() == {"INV-0001": "failed"}
    assert set(differing(asked)) == {"Number"}
    assert asked.booked("INV-0001-B")["DueDate"] == "2027-01-31"


def test_kept_as_it_is_there_it_is_shown_so_and_the_next_change_asks_again(asked):
    assert decide(actions.keep_ledger) == 1
    assert asked.states() == {"INV-0001": "differs"}
    assert asked.booked("INV-0001")["DueDate"] == "2027-01-31"
    asked.revise("INV-0001", "470.00")
    drained(asked)
    assert asked.states() == {"INV-0001": "failed"}
    assert differing(asked)["Due date"] == ("31 Jan 2027", "20 Dec 2026")


def test_nobody_decides_about_what_is_no_question(northgate):
    assert decide(actions.use_billing) == decide(actions.keep_ledger) == 0


def test_trying_again_only_looks_again(asked):
    decide(actions.retry)
    drained(asked)
    assert asked.states() == {"INV-0001": "failed"}
    assert asked.booked("INV-0001")["DueDate"] == "2027-01-31"


def test_what_the_bookkeeper_put_back_is_no_question_any_more(asked):
    edit(asked, DueDate="2026-12-20")
    decide(actions.retry)
    drained(asked)
    assert asked.states() == {"INV-0001": "pushed"}


@pytest.mark.parametrize("pulled", [False, True], ids=["unheard", "pulled"])
def test_what_was_voided_there_is_never_brought_back_to_life(northgate, simulator, pulled):
    simulator.void(NORTHGATE, "invoices", northgate.booked("INV-0001")["Id"])
    if pulled:
        brought_back(northgate)
    northgate.revise("INV-0001", "460.00")
    drained(northgate)
    assert northgate.books() == {"INV-0001": Decimal(0)}
    assert northgate.states() == {"INV-0001": "failed"}
    assert northgate.problem("INV-0001")["code"] == "voided_there"
    assert decide(actions.use_billing) == 0
    assert decide(actions.keep_ledger) == 1
    assert northgate.states() == {"INV-0001": "voided"}


def test_what_was_deleted_there_is_said_so_and_voided_here_is_done(northgate, simulator):
    simulator.delete(NORTHGATE, "invoices", northgate.booked("INV-0001")["Id"])
    northgate.revise("INV-0001", "460.00")
    drained(northgate)
    assert northgate.states() == {"INV-0001": "deleted_there"}
    assert northgate.books() == {}
    northgate.void("INV-0001")
    drained(northgate)
    assert northgate.states() == {"INV-0001": "voided"}


def test_a_void_of_what_is_paid_there_is_explained_and_not_sent(northgate, simulator):
    booked = northgate.booked("INV-0001")
    simulator.record_payment(NORTHGATE, booked["CustomerRef"]["value"], [(booked["Id"], "540.00")])
    brought_back(northgate)
    simulator.reset_counters()
    northgate.void("INV-0001")
    drained(northgate)
    assert northgate.states() == {"INV-0001": "failed"}
    assert northgate.problem("INV-0001")["code"] == "paid_there"
    assert simulator.counters(NORTHGATE)["free_writes"] == 0


def test_a_void_of_what_has_another_total_there_is_a_question(northgate):
    edit_line(northgate, Amount=Decimal("900.00"), Qty=2)
    brought_back(northgate)
    northgate.void("INV-0001")
    drained(northgate)
    assert northgate.books() == {"INV-0001": Decimal("1080.00")}
    assert differing(northgate)["Total"] == ("£1,080.00", "£0.00")
    decide(actions.use_billing)
    drained(northgate)
    assert northgate.states() == {"INV-0001": "voided"}


@pytest.fixture
def closed(northgate, simulator):
    """The books are closed over the booked invoice."""
    simulator.set_company(NORTHGATE, BookCloseDate="2026-11-30")
    read_company(northgate.connection_id, now())
    simulator.reset_counters()
    return northgate


@pytest.mark.parametrize("policy", ["hold", "next_open_day"])
@pytest.mark.parametrize("deed", ["revise", "void"])
def test_a_change_in_a_closed_period_is_explained_before_anything_is_sent(
    closed, simulator, policy, deed
):
    save_settings(closed.connection_id, "Priya Nair", None, now(), closed_period_policy=policy)
    closed.void("INV-0001") if deed == "void" else closed.revise("INV-0001", "460.00")
    closed.drain()
    assert closed.states() == {"INV-0001": "blocked"}
    title = "QuickBooks is closed to 30 November 2026 and has it booked on 20 November 2026."
    assert closed.problem("INV-0001")["title"] == title
    assert simulator.counters(NORTHGATE)["requests"] == 0
    simulator.set_company(NORTHGATE, BookCloseDate=None)
    read_company(closed.connection_id, now())
    drained(closed)
    expected = Decimal(0) if deed == "void" else Decimal("552.00")
    assert closed.books() == {"INV-0001": expected}


def test_what_was_booked_on_the_next_open_day_stays_on_it(northgate, simulator):
    simulator.set_company(NORTHGATE, BookCloseDate="2026-11-30")
    read_company(northgate.connection_id, now())
    save_settings(
        northgate.connection_id, "Priya Nair", None, now(), closed_period_policy="next_open_day"
    )
    northgate.bill("INV-0002")
    drained(northgate)
    northgate.revise("INV-0002", "460.00")
    drained(northgate)
    booked = northgate.booked("INV-0002")
    assert (booked["TxnDate"], Decimal(booked["TotalAmt"])) == ("2026-12-01", Decimal("552.00"))
    assert booked["PrivateNote"].count("is in a closed period") == 1


def test_an_invoice_linked_again_after_an_edit_is_not_written_over_unseen(northgate):
    disconnect(northgate.connection_id, "Priya Nair", None, now())
    edit(northgate, DueDate="2027-01-31")
    again = northgate.reconnect()
    drained(again)
    assert again.states() == {"INV-0001": "pushed"}
    again.revise("INV-0001", "460.00")
    drained(again)
    assert again.states() == {"INV-0001": "failed"}
    assert "Due date" in differing(again)


def test_a_reconciliation_knows_the_question_and_is_not_fooled_by_the_answer(asked):
    assert compared(asked) == []  # what was not written is explained
    decide(actions.keep_ledger)
    assert compared(asked) == [("amount", Decimal("-12.00"))]


def compared(northgate):
    brought_back(northgate)
    in_turn(lambda: reconcile(northgate.connection_id, "person", now()))
    rows = db.session.execute(
        select(Drift.kind, Drift.amount).where(Drift.closed_at.is_(None), Drift.decision.is_(None))
    )
    return [tuple(row) for row in rows]
