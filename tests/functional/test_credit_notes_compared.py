"""The daily comparison of credit notes against the simulator's books, beside the invoices."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from app.extensions import db
from app.models import (
    Connection,
    CreditNote,
    DocumentLink,
    Drift,
    Mail,
    OutboundEvent,
    Reconciliation,
    SalesDocument,
    Workspace,
)
from app.queries import attention
from app.queries.api_lists import list_drifts, list_reconciliations
from app.queries.credit_notes import needs_somebody
from app.usecases.reconciliation.drift_csv import drift_csv
from app.usecases.reconciliation.drifts import accept
from app.usecases.reconciliation.reconcile import reconcile
from simulator.client import NORTHGATE
from tests.back import brought_back
from tests.builders import a_person, a_reader
from tests.connected import connect
from tests.crediting import CREDIT, INVOICE, credit, edit_memo, go, void
from tests.people import sign_in
from tests.visitor import text_of

pytestmark = pytest.mark.usefixtures("app_context")
MINUS_120 = Decimal("-120.00")


@pytest.fixture
def northgate(app_context, simulator):
    """INV-0001 of 540.00 and CN-0007 of 120.00, both booked today."""
    made = connect(simulator)
    made.map_all()
    today = datetime.now(UTC).date().isoformat()
    made.bill(INVOICE, issue_date=today)
    credit(made, issue_date=today)
    go(made, 1)
    a_reader(made.workspace_id)
    db.session.commit()
    return made


def checked(northgate):
    run_id = reconcile(northgate.connection_id, "command", datetime.now(UTC))
    db.session.expire_all()
    return db.session.get_one(Reconciliation, run_id)


def drifts():
    found = db.session.scalars(select(Drift).where(Drift.closed_at.is_(None)).order_by(Drift.id))
    return [(one.document_kind, one.kind, one.number, one.amount, one.decision) for one in found]


def the_drift():
    return db.session.scalars(select(Drift).where(Drift.closed_at.is_(None))).one()


def memo_id(northgate):
    [memo] = northgate.simulator.books(NORTHGATE)["credit_memos"]
    return memo["Id"]


def pounds(run):
    return run.figures["credit_notes"]["GBP"]


def add_up(sums):
    for figure in ("total", "tax", "owed"):
        theirs, ours = Decimal(sums["theirs"][figure]), Decimal(sums["ours"][figure])
        explained = Decimal(sums["known"][figure]) + Decimal(sums["resolve"][figure])
        assert theirs - ours == explained, figure


def test_credit_notes_that_agree_are_counted_apart_for_one_call_more(northgate, simulator):
    simulator.reset_counters()
    run = checked(northgate)
    assert (run.verdict, run.our_count, run.our_total) == ("square", 1, Decimal(540))
    assert pounds(run)["ours"] == pounds(run)["theirs"]
    assert pounds(run)["ours"] == {"count": 1, "total": "120", "tax": "20", "owed": "120"}
    assert simulator.counters(NORTHGATE)["metered"] == 3
    [mail] = db.session.scalars(select(Mail))
    assert "1 invoice, £540.00, and 1 credit note, £120.00, agree to the penny" in mail.body_text


def test_one_deleted_in_the_ledger_is_named_everywhere_and_once(northgate):
    northgate.simulator.delete(NORTHGATE, "credit-memos", memo_id(northgate))
    run = checked(northgate)
    assert run.verdict == "differs"
    assert drifts() == [("credit_note", "deleted_there", CREDIT, MINUS_120, None)]
    drift, note = the_drift(), db.session.scalars(select(CreditNote)).one()
    assert (drift.invoice_id, drift.subject) == (note.id, f"credit_note:{note.id}")
    add_up(pounds(run))

    [[shown], _] = list_drifts(northgate.workspace_id, open_only=True, cursor=None, limit=9)
    assert (shown["document"], shown["invoice_id"]) == ("credit_note", None)
    assert shown["credit_note_id"] == f"lb-{note.id}"
    [[verdict], _] = list_reconciliations(northgate.workspace_id, None, None, 9)
    assert verdict["credit_notes"]["billing"] == {"count": 1, "total": "120.00"}
    assert verdict["credit_notes"]["ledger"] == {"count": 0, "total": "0.00"}
    event = db.session.scalars(
        select(OutboundEvent).where(OutboundEvent.type == "drift.detected")
    ).one()
    assert event.data["credit_note_id"] == f"lb-{note.id}"
    [mail] = db.session.scalars(select(Mail))
    assert mail.subject.startswith("Not square: £120.00 in 1 difference (QuickBooks, ")
    assert f"/invoices/{note.id}" in mail.body_html
    assert "QuickBooks is £120.00 lower on credit notes" in mail.body_text
    assert b"Credit note: deleted in QuickBooks" in drift_csv([drift], "QuickBooks")

    [cause] = attention.differences("GBP")
    assert (cause.kind, cause.count, cause.net) == ("differences", 1, {"GBP": Decimal("120.00")})
    assert attention.credit_notes() == []  # the difference says it already
    assert db.session.scalars(select(CreditNote.id).where(needs_somebody())).all() == []


def test_an_amount_changed_there_is_named_and_may_be_left(northgate):
    [memo] = northgate.simulator.books(NORTHGATE)["credit_memos"]
    [line] = [one for one in memo["Line"] if one["DetailType"] == "SalesItemLineDetail"]
    detail = line["SalesItemLineDetail"] | {"Qty": 1, "UnitPrice": Decimal("60.00")}
    edit_memo(northgate, Line=[line | {"Amount": Decimal("60.00"), "SalesItemLineDetail": detail}])
    checked(northgate)
    assert drifts() == [("credit_note", "amount", CREDIT, Decimal("-48.00"), None)]
    accept(the_drift().id, "Priya Nair", None, datetime.now(UTC))
    run = checked(northgate)
    assert run.verdict == "square"
    assert drifts() == [("credit_note", "amount", CREDIT, Decimal("-48.00"), "accepted")]
    add_up(pounds(run))


def test_what_billing_did_not_hear_of_its_use_is_named_and_taken_over(northgate):
    checked(northgate)
    later = datetime(2036, 1, 1, tzinfo=UTC)  # as if its change had long been pulled
    db.session.get_one(Connection, northgate.connection_id).pull_cursor = later
    db.session.execute(update(CreditNote).values(balance=Decimal("20.00"), status="part_paid"))
    db.session.commit()
    checked(northgate)
    assert drifts() == [("credit_note", "balance", CREDIT, Decimal("100.00"), None)]
    accept(the_drift().id, "Priya Nair", None, datetime.now(UTC))
    assert db.session.scalars(select(CreditNote.balance)).one() == Decimal(120)


def test_one_taken_off_its_invoice_by_hand_is_named(northgate):
    credit(northgate, "CN-0008", on={INVOICE: "120.00"})
    go(northgate, 1)
    assert checked(northgate).verdict == "square"
    [payment] = northgate.simulator.books(NORTHGATE)["payments"]
    northgate.simulator.delete(NORTHGATE, "payments", payment["Id"])
    brought_back(northgate)
    assert checked(northgate).verdict == "differs"
    assert drifts() == [("credit_note", "balance", "CN-0008", Decimal("120.00"), None)]
    assert the_drift().explanation.startswith("Taken off an invoice in QuickBooks")


def test_one_typed_by_hand_is_listed_and_alarms_nobody(northgate):
    [memo] = northgate.simulator.books(NORTHGATE)["credit_memos"]
    kept = {name: memo[name] for name in ("CustomerRef", "Line", "GlobalTaxCalculation")}
    northgate.simulator.create(NORTHGATE, "credit-memos", DocNumber="G-1", **kept)
    run = checked(northgate)
    assert run.verdict == "differs"  # the same customer, total and week: perhaps twice
    assert drifts() == [("credit_note", "missing_here", "G-1", Decimal("120.00"), None)]
    assert the_drift().twin_id == db.session.scalars(select(CreditNote.id)).one()


def test_the_same_credit_note_twice_is_a_duplicate(northgate):
    copied(northgate, "credit-memos", "credit_memos")
    checked(northgate)
    assert drifts() == [("credit_note", "duplicate", CREDIT, Decimal("120.00"), None)]


def test_the_same_invoice_twice_is_a_duplicate_until_one_is_taken_out(northgate):
    made = copied(northgate, "invoices", "invoices")
    run = checked(northgate)
    assert drifts() == [("invoice", "duplicate", INVOICE, Decimal("540.00"), None)]
    drift = the_drift()
    link = db.session.scalars(select(DocumentLink).where(DocumentLink.number == INVOICE)).one()
    assert (drift.ledger_id, drift.twin_id) == (made["Id"], link.document_id)
    assert f"the ID {link.ledger_id}" in drift.explanation
    assert Decimal(run.figures["currencies"]["GBP"]["resolve"]["total"]) == 540
    northgate.simulator.void(NORTHGATE, "invoices", made["Id"])
    assert checked(northgate).verdict == "square"
    assert drifts() == []


def copied(northgate, kind, kept_as):
    """Let somebody type one of ours into the ledger once more, under its number."""
    [ours] = northgate.simulator.books(NORTHGATE)[kept_as]
    names = ("DocNumber", "TxnDate", "CustomerRef", "Line", "GlobalTaxCalculation")
    kept = {name: ours[name] for name in names}
    northgate.simulator.switch(duplicate_doc_number="allow")
    return northgate.simulator.create(NORTHGATE, kind, **kept)


def test_what_billing_voided_and_took_out_is_no_difference(northgate):
    void(northgate)
    go(northgate, 1)
    run = checked(northgate)
    assert (run.verdict, drifts()) == ("square", [])


def test_one_that_waits_is_known(northgate):
    today = datetime.now(UTC).date().isoformat()
    credit(northgate, "CN-0009", issue_date=today, push="review")
    run = checked(northgate)
    assert run.verdict == "square"
    assert pounds(run)["causes"]["waiting"]["count"] == 1
    [mail] = db.session.scalars(select(Mail))
    assert "1 credit note waiting, £120.00" in mail.body_text


def test_the_page_shows_both_kinds_and_leads_to_both_sides(northgate, client):
    a_person(db.session.get_one(Workspace, northgate.workspace_id), email="ann@northgate.example")
    northgate.simulator.delete(NORTHGATE, "credit-memos", memo_id(northgate))
    made = copied(northgate, "invoices", "invoices")
    checked(northgate)
    ours = {one.number: one.id for one in db.session.scalars(select(SalesDocument))}
    sign_in(client, "ann@northgate.example")
    page = client.get("/reconciliation")
    shown = text_of(page)
    assert "Credit notes, total £120.00 £0.00" in shown
    assert "Credit note: deleted in QuickBooks 1 document" in shown
    assert f'href="/invoices/{ours[CREDIT]}">{CREDIT}' in page.text
    assert f'href="/invoices/{ours[INVOICE]}">See {INVOICE}' in page.text  # which of ours it is
    link = f'/books/{NORTHGATE}#invoice-{made["Id"]}" target="_blank" rel="noopener noreferrer">'
    assert f"{link}Open in QuickBooks" in page.text
    assert page.text.count("Open in QuickBooks") == 1  # the deleted one is nowhere
