"""A wrong run is taken back: what it created and nobody touched, and nothing else."""

import threading
import time
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.domain.backoff import MOST_ATTEMPTS
from app.domain.states import Operation, PushState
from app.domain.undo import Refusal
from app.domain.verdict import known, sums_of
from app.extensions import db
from app.ledgers.quickbooks.company import QuickBooksCompany
from app.models import (
    AuditEntry,
    Connection,
    DocumentLink,
    Invoice,
    OutboundEvent,
    Push,
    PushRun,
    Reconciliation,
)
from app.queries.counts import changed_there
from app.usecases.manage_connection import disconnect, save_settings
from app.usecases.push.actions import hold, never_push, push_now, retry
from app.usecases.push.preview import preview as sent_preview
from app.usecases.read_company import read_company
from app.usecases.receive_billing_event import receive
from app.usecases.reconciliation.reconcile import reconcile
from app.usecases.undo_run import UndoRefused, preview, undo
from simulator.client import NORTHGATE, SEVERNSIDE
from tests.back import brought_back, drained, in_turn
from tests.billing import finalised
from tests.connected import connect, now, numbers
from tests.runs import a_run, taken_back

pytestmark = pytest.mark.usefixtures("app_context")
TOTAL = Decimal("540.00")


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    return made


@pytest.fixture
def one_run(northgate):
    """Return the run that booked INV-0001."""
    northgate.bill("INV-0001")
    drained(northgate)
    return a_run(northgate)


def pay(northgate, number, amount):
    booked = northgate.booked(number)
    customer = booked["CustomerRef"]["value"]
    return northgate.simulator.record_payment(NORTHGATE, customer, [(booked["Id"], amount)])


def undos():
    """Return how far each undo has come, oldest first."""
    return [
        push.state
        for push in db.session.scalars(
            select(Push).where(Push.undoes_id.is_not(None)).order_by(Push.id)
        )
    ]


def invoice_of(number):
    return db.session.scalars(select(Invoice).where(Invoice.number == number)).one()


def told():
    return Counter(event.type for event in db.session.scalars(select(OutboundEvent)))


def reasons(run_id):
    """Return why what stays would stay, by reason and number."""
    found = preview(db.session.get_one(PushRun, run_id)).stays
    return {reason: [one.number for one in some] for reason, some in found.items()}


def may(run_id):
    return [one.number for one in preview(db.session.get_one(PushRun, run_id)).may]


# ------------------------------------------------------------------ both ways


def test_deleted_invoices_leave_nothing_there_and_wait_for_a_person(northgate, one_run):
    assert taken_back(one_run) == 1
    northgate.drain()

    assert northgate.books() == {}
    assert northgate.states() == {"INV-0001": "held"}
    assert db.session.scalars(select(DocumentLink)).all() == []
    invoice = invoice_of("INV-0001")
    assert (invoice.status, invoice.balance) == ("open", TOTAL)
    problem = northgate.problem("INV-0001")
    assert problem["code"] == "taken_back"
    assert "by Priya Nair: deleted in QuickBooks" in problem["title"]
    assert "INV-0001 is free again" in problem["means"]


def test_voided_invoices_stay_there_at_zero_and_are_open_in_billing(northgate, one_run):
    taken_back(one_run, "void")
    northgate.drain()

    assert northgate.books() == {"INV-0001": Decimal(0)}
    assert northgate.states() == {"INV-0001": "voided"}
    invoice = invoice_of("INV-0001")
    assert (invoice.status, invoice.balance) == ("open", TOTAL)
    assert "INV-0001 stays used" in northgate.problem("INV-0001")["means"]


@pytest.mark.parametrize("how", ["delete", "void"])
def test_billing_hears_once_that_the_books_do_not_ask_for_it_any_more(northgate, one_run, how):
    taken_back(one_run, how)
    northgate.drain()
    brought_back(northgate)
    brought_back(northgate)

    assert told() == {"invoice.pushed": 1, "invoice.voided_in_ledger": 1}
    event = db.session.scalars(select(OutboundEvent).order_by(OutboundEvent.id.desc())).first()
    assert event.data["deleted"] is (how == "delete")


@pytest.mark.parametrize("how", ["delete", "void"])
def test_what_was_pressed_is_audited_with_who_and_how(northgate, one_run, how):
    taken_back(one_run, how)

    run = db.session.get_one(PushRun, one_run)
    assert (run.undone_by, run.undone_how) == ("Priya Nair", how)
    actions = db.session.scalars(select(AuditEntry.action).where(AuditEntry.actor == "Priya Nair"))
    assert set(actions) == {"run.undo", f"invoice.take_back_{how}"}


def test_nothing_is_sent_while_it_is_only_looked_at(northgate, simulator, one_run):
    simulator.reset_counters()
    assert may(one_run) == ["INV-0001"]
    northgate.drain()
    assert simulator.counters(NORTHGATE)["requests"] == 0
    assert northgate.states() == {"INV-0001": "pushed"}


# ------------------------------------------------------------------ what stays


def test_thirty_invoices_of_which_some_have_a_reason_to_stay(northgate, simulator):
    all_numbers = list(numbers(30))
    for number in all_numbers[:29]:
        northgate.bill(number)
    northgate.bill(all_numbers[29], issue_date="2026-10-20")
    drained(northgate, 60)
    run_id = a_run(northgate)
    pay(northgate, "INV-0001", "540.00")
    pay(northgate, "INV-0002", "120.00")
    changed = northgate.booked("INV-0003")
    lines = [x for x in changed["Line"] if x["DetailType"] == "SalesItemLineDetail"]
    lines[0]["Amount"] = "400.00"
    lines[0]["SalesItemLineDetail"] |= {"UnitPrice": "400.00"}
    simulator.edit(NORTHGATE, "invoices", changed["Id"], Line=lines)
    simulator.void(NORTHGATE, "invoices", northgate.booked("INV-0004")["Id"])
    northgate.void("INV-0005")
    drained(northgate)
    brought_back(northgate)
    simulator.set_company(NORTHGATE, BookCloseDate="2026-10-31")
    read_company(northgate.connection_id, now())

    assert reasons(run_id) == {
        Refusal.PAID: ["INV-0001"],
        Refusal.PART_PAID: ["INV-0002"],
        Refusal.CHANGED: ["INV-0003"],
        Refusal.GONE: ["INV-0004"],
        Refusal.VOID_IN_BILLING: ["INV-0005"],
        Refusal.CLOSED_PERIOD: ["INV-0030"],
    }
    assert taken_back(run_id) == 24
    drained(northgate, 60)
    assert set(northgate.books()) == {*all_numbers[:5], "INV-0030"}
    assert Counter(northgate.states().values())["held"] == 24


@pytest.mark.parametrize("how", ["delete", "void"])
@pytest.mark.parametrize("quickbooks", ["refuse", "unapply"])
def test_a_payment_we_have_not_read_yet_keeps_it_there(
    northgate, simulator, one_run, how, quickbooks
):
    simulator.switch(delete_paid_invoice=quickbooks, void_paid_invoice=quickbooks)
    pay(northgate, "INV-0001", "120.00")
    assert may(one_run) == ["INV-0001"]
    taken_back(one_run, how)
    drained(northgate)

    assert northgate.states() == {"INV-0001": "pushed"}
    assert northgate.books() == {"INV-0001": TOTAL}
    assert undos() == [PushState.CANCELLED]
    [kept] = preview(db.session.get_one(PushRun, one_run)).kept
    assert kept.undo_problem["title"] == "It is paid or part paid in QuickBooks."
    assert told()["invoice.push_failed"] == 0


def test_a_payment_read_between_the_press_and_the_push_keeps_it_there(
    northgate, simulator, one_run
):
    taken_back(one_run)
    pay(northgate, "INV-0001", "540.00")
    brought_back(northgate)
    simulator.reset_counters()
    northgate.drain()

    assert simulator.counters(NORTHGATE)["free_writes"] == 0
    assert northgate.states() == {"INV-0001": "pushed"}
    assert undos() == [PushState.CANCELLED]
    assert invoice_of("INV-0001").status == "paid"


@pytest.mark.parametrize("code", ["6000", "6200", "6210", "6480", "6540"])
def test_what_quickbooks_refuses_stays_there_and_says_why(northgate, simulator, one_run, code):
    simulator.inject("fault", entity="Invoice", operation="delete", code=code)
    taken_back(one_run)
    northgate.drain()

    assert northgate.states() == {"INV-0001": "pushed"}
    assert northgate.problem("INV-0001") == {}
    [kept] = preview(db.session.get_one(PushRun, one_run)).kept
    assert kept.undo_problem["means"] == "It is in QuickBooks as before."
    assert kept.undo_problem["ledger_request_id"]
    assert northgate.attempts()[-1] == "not_taken_back"
    assert sent_preview(invoice_of("INV-0001").id)["operation"] == Operation.CREATE


def test_a_link_that_is_gone_ends_the_undo_and_is_found_again(northgate, one_run):
    taken_back(one_run)
    db.session.delete(db.session.scalars(select(DocumentLink)).one())
    db.session.commit()
    northgate.drain()
    assert undos() == [PushState.CANCELLED]
    assert northgate.states() == {"INV-0001": "pushed"}
    assert northgate.books() == {"INV-0001": TOTAL}
    assert db.session.scalars(select(DocumentLink)).one().adopted


def test_a_total_changed_there_after_the_press_keeps_it_there(northgate, simulator, one_run):
    taken_back(one_run)
    booked = northgate.booked("INV-0001")
    lines = [x for x in booked["Line"] if x["DetailType"] == "SalesItemLineDetail"]
    lines[0]["Amount"] = "400.00"
    lines[0]["SalesItemLineDetail"] |= {"UnitPrice": "400.00"}
    simulator.edit(NORTHGATE, "invoices", booked["Id"], Line=lines)
    drained(northgate)

    assert northgate.books() == {"INV-0001": Decimal("480.00")}
    assert undos() == [PushState.CANCELLED]


def test_a_harmless_change_there_is_written_over(northgate, simulator, one_run):
    booked = northgate.booked("INV-0001")
    simulator.edit(NORTHGATE, "invoices", booked["Id"], CustomerMemo={"value": "Thank you"})
    taken_back(one_run)
    drained(northgate)
    assert northgate.books() == {}
    assert undos() == [PushState.DONE]


def test_an_invoice_that_always_differed_by_a_penny_may_be_taken_back(northgate):
    northgate.bill_a_penny_apart("INV-0001")
    drained(northgate)
    run_id = a_run(northgate)
    booked = northgate.booked("INV-0001")
    northgate.simulator.edit(
        NORTHGATE, "invoices", booked["Id"], CustomerMemo={"value": "Thank you"}
    )
    taken_back(run_id)
    drained(northgate)
    assert northgate.books() == {}


def test_a_refused_invoice_that_differed_still_says_so(northgate, simulator):
    northgate.bill_a_penny_apart("INV-0001")
    drained(northgate)
    run_id = a_run(northgate)
    simulator.inject("fault", entity="Invoice", operation="delete", code="6000")
    taken_back(run_id)
    northgate.drain()
    assert northgate.states() == {"INV-0001": "differs"}
    assert northgate.problem("INV-0001")["code"] == "differs"


def test_what_was_there_before_the_run_is_never_taken_back(northgate):
    northgate.bill("INV-0001")
    drained(northgate)
    a_run(northgate)
    disconnect(northgate.connection_id, "Priya Nair", None, now())
    again = northgate.reconnect()
    drained(again)
    assert reasons(a_run(again)) == {Refusal.ADOPTED: ["INV-0001"]}


def test_a_credit_applied_there_is_a_reason_of_its_own(northgate, simulator, one_run):
    booked = northgate.booked("INV-0001")
    customer = booked["CustomerRef"]["value"]
    credit = simulator.create(
        NORTHGATE,
        "credit-memos",
        CustomerRef={"value": customer},
        GlobalTaxCalculation="TaxExcluded",
        Line=[x for x in booked["Line"] if x["DetailType"] == "SalesItemLineDetail"],
    )
    simulator.record_payment(
        NORTHGATE, customer, [(booked["Id"], "540.00")], [(credit["Id"], "540.00")]
    )
    brought_back(northgate)
    assert reasons(one_run) == {Refusal.CREDIT_APPLIED: ["INV-0001"]}


# ------------------------------------------------------------------ billing goes on meanwhile


def test_what_a_later_push_changed_is_left_to_people(northgate, one_run):
    northgate.revise("INV-0001", "600.00")
    drained(northgate)
    assert reasons(one_run) == {Refusal.LATER_PUSH: ["INV-0001"]}


def test_what_billing_changed_and_waits_is_left_to_that_push(northgate, one_run):
    northgate.revise("INV-0001", "600.00")
    assert reasons(one_run) == {Refusal.UNDER_WAY: ["INV-0001"]}


@pytest.mark.parametrize(("how", "state"), [("delete", "held"), ("void", "voided")])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_later_revision_does_not_push_it_again_by_itself(northgate, one_run, how, state, when):
    taken_back(one_run, how)
    if when == "before":
        northgate.revise("INV-0001", "600.00")
    northgate.drain()
    if when == "after":
        northgate.revise("INV-0001", "600.00")
    northgate.make_due()
    northgate.drain()
    assert northgate.states() == {"INV-0001": state}
    assert northgate.books() == ({} if how == "delete" else {"INV-0001": Decimal(0)})
    assert northgate.problem("INV-0001")["code"] == "taken_back"


def test_a_revision_that_came_meanwhile_follows_when_it_was_not_taken_back(
    northgate, simulator, one_run
):
    simulator.inject("fault", entity="Invoice", operation="delete", code="6000")
    taken_back(one_run)
    northgate.revise("INV-0001", "600.00")
    drained(northgate)
    assert northgate.states() == {"INV-0001": "pushed"}
    assert northgate.books() == {"INV-0001": Decimal("720.00")}


@pytest.mark.parametrize("how", ["delete", "void"])
def test_a_void_in_billing_meanwhile_leaves_nothing_owed(northgate, one_run, how):
    taken_back(one_run, how)
    northgate.void("INV-0001")
    drained(northgate)
    assert northgate.states() == {"INV-0001": "voided"}
    assert northgate.books() == {"INV-0001": Decimal(0)}
    assert invoice_of("INV-0001").status == "void"


@pytest.mark.parametrize(("how", "state"), [("delete", "not_sent"), ("void", "voided")])
def test_a_void_in_billing_afterwards_sends_nothing(northgate, simulator, one_run, how, state):
    taken_back(one_run, how)
    northgate.drain()
    simulator.reset_counters()
    northgate.void("INV-0001")
    northgate.drain()
    assert northgate.states() == {"INV-0001": state}
    assert simulator.counters(NORTHGATE)["requests"] == 0


def test_a_void_in_billing_while_the_deletion_is_unconfirmed_ends_well(
    northgate, simulator, one_run
):
    simulator.inject("reset", entity="Invoice", operation="delete", when="after")
    taken_back(one_run)
    northgate.drain()
    northgate.void("INV-0001")
    northgate.make_due()
    northgate.drain()
    northgate.drain()
    assert northgate.states() == {"INV-0001": "not_sent"}
    assert northgate.books() == {}


@pytest.fixture
def while_sent(monkeypatch, app):
    """Have somebody else do something, once, between the ledger's answer and our record of it."""

    def install(deed):
        real, left = QuickBooksCompany.send, [deed]

        def sent(company, package):
            answer = real(company, package)
            if left:
                _elsewhere(app, left.pop())
            return answer

        monkeypatch.setattr(QuickBooksCompany, "send", sent)

    return install


def _elsewhere(app, deed):
    def run():
        with app.app_context():
            deed()

    other = threading.Thread(target=run)
    other.start()
    other.join()


@pytest.mark.parametrize(("how", "state"), [("delete", "held"), ("void", "voided")])
@pytest.mark.parametrize("deed", ["pull", "revise"])
def test_what_happens_while_it_is_sent_changes_nothing(
    northgate, one_run, while_sent, how, state, deed
):
    taken_back(one_run, how)
    while_sent(
        lambda: brought_back(northgate) if deed == "pull" else northgate.revise("INV-0001", "9.00")
    )
    northgate.drain()
    brought_back(northgate)
    northgate.make_due()
    northgate.drain()
    assert northgate.states() == {"INV-0001": state}
    assert northgate.problem("INV-0001")["code"] == "taken_back"
    assert told()["invoice.voided_in_ledger"] == 1
    assert northgate.books() == ({} if how == "delete" else {"INV-0001": Decimal(0)})


@pytest.mark.parametrize(("how", "state"), [("delete", "not_sent"), ("void", "voided")])
def test_billings_void_while_it_is_sent_ends_it(northgate, one_run, while_sent, how, state):
    taken_back(one_run, how)
    while_sent(lambda: northgate.void("INV-0001"))
    drained(northgate)
    invoice = invoice_of("INV-0001")
    assert (invoice.sync_state, invoice.status, invoice.balance) == (state, "void", 0)
    assert told()["invoice.voided_in_ledger"] == 0


def test_a_disconnect_while_it_is_sent_does_not_bring_it_back(northgate, one_run, while_sent):
    taken_back(one_run)
    while_sent(lambda: disconnect(northgate.connection_id, "Priya Nair", None, now()))
    northgate.drain()
    again = northgate.reconnect()
    again.drain()
    assert again.states() == {"INV-0001": "held"}
    assert again.books() == {}


# ------------------------------------------------------------------ nothing is lost, nothing twice


@pytest.mark.parametrize("how", ["delete", "void"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["reset", "server_error", "truncated"])
def test_a_lost_answer_is_asked_for_again_with_the_same_key(
    northgate, simulator, one_run, how, when, kind
):
    simulator.inject(kind, entity="Invoice", operation=how, when=when)
    taken_back(one_run, how)
    northgate.drain()
    assert northgate.states() == {"INV-0001": "unconfirmed"}
    key = northgate.push_of("INV-0001").key
    northgate.make_due()
    northgate.drain()
    done = db.session.scalars(select(Push).where(Push.undoes_id.is_not(None))).one()
    assert (done.state, done.key) == (PushState.DONE, key)
    assert told()["invoice.voided_in_ledger"] == 1


def test_answers_lost_in_the_middle_of_many_take_each_back_once(northgate, simulator):
    for number in numbers(12):
        northgate.bill(number)
    drained(northgate)
    run_id = a_run(northgate)
    for nth, kind, when in (
        (3, "reset", "after"),
        (5, "server_error", "before"),
        (8, "html", "after"),
    ):
        simulator.inject(kind, entity="Invoice", operation="delete", nth=nth, when=when)
    simulator.inject("throttled", entity="Invoice", operation="delete", nth=10, retry_after=1)
    taken_back(run_id)
    deadline = time.monotonic() + 20
    while set(northgate.states().values()) != {"held"}:
        assert time.monotonic() < deadline, northgate.states()
        northgate.make_due()
        northgate.drain()
    assert northgate.books() == {}
    assert undos() == [PushState.DONE] * 12
    assert told()["invoice.voided_in_ledger"] == 12


@pytest.mark.parametrize(("how", "state"), [("delete", "held"), ("void", "voided")])
@pytest.mark.parametrize("done_there", [True, False])
def test_a_key_that_may_be_forgotten_is_looked_up_first(
    northgate, simulator, one_run, how, state, done_there
):
    simulator.inject(
        "reset", entity="Invoice", operation=how, when="after" if done_there else "before"
    )
    taken_back(one_run, how)
    northgate.drain()
    push = northgate.push_of("INV-0001")
    push.first_sent_at = now() - timedelta(hours=25)
    db.session.commit()
    simulator.reset_counters()
    drained_unconfirmed(northgate)
    assert northgate.states() == {"INV-0001": state}
    assert simulator.counters(NORTHGATE)["by_operation"].get(f"Invoice.{how}", 0) == (
        0 if done_there else 1
    )


def drained_unconfirmed(northgate):
    for _ in range(3):
        northgate.make_due()
        northgate.drain()


def test_a_document_that_is_not_there_any_more_counts_as_deleted(northgate, simulator, one_run):
    simulator.delete(NORTHGATE, "invoices", northgate.booked("INV-0001")["Id"])
    taken_back(one_run)
    northgate.drain()
    assert northgate.states() == {"INV-0001": "held"}
    assert undos() == [PushState.DONE]


@pytest.mark.parametrize(("how", "state"), [("delete", "held"), ("void", "voided")])
def test_a_worker_killed_before_the_record_finishes_it_later(northgate, one_run, how, state):
    links = [
        {c.name: getattr(link, c.name) for c in DocumentLink.__table__.columns}
        for link in db.session.scalars(select(DocumentLink))
    ]
    taken_back(one_run, how)
    northgate.drain()
    _as_before_the_record(links)
    northgate.drain()
    assert northgate.states() == {"INV-0001": state}
    assert undos() == [PushState.DONE]
    assert northgate.books() == ({} if how == "delete" else {"INV-0001": Decimal(0)})


def _as_before_the_record(links):
    """Put the rows back to where a worker was killed: sent, and nothing written down."""
    for table in (Push, OutboundEvent):
        for row in db.session.scalars(select(table).order_by(table.id.desc())):
            held = isinstance(row, Push) and row.state == PushState.HELD
            if held or getattr(row, "type", "") == "invoice.voided_in_ledger":
                db.session.delete(row)
    for link in db.session.scalars(select(DocumentLink)):
        db.session.delete(link)
    db.session.flush()
    db.session.add_all(DocumentLink(**link) for link in links)
    undo_push = db.session.scalars(select(Push).where(Push.undoes_id.is_not(None))).one()
    undo_push.state, undo_push.claimed_by = PushState.PUSHING, "a dead worker"
    undo_push.finished_at = None
    invoice_of("INV-0001").sync_state = "pushing"
    db.session.commit()


def test_pressing_twice_takes_back_once_and_says_who_was_first(northgate, one_run):
    taken_back(one_run)
    with pytest.raises(UndoRefused, match="is being taken back: Priya Nair pressed it"):
        undo(one_run, "void", "Tom Reed", None, now())
    northgate.drain()
    with pytest.raises(UndoRefused, match="was taken back already: Priya Nair pressed it"):
        undo(one_run, "void", "Tom Reed", None, now())
    assert undos() == [PushState.DONE]
    assert db.session.get_one(PushRun, one_run).undone_by == "Priya Nair"


def test_two_people_at_once_take_back_once(app, northgate, one_run):
    together, outcomes = threading.Barrier(2), []

    def press(name):
        with app.app_context():
            together.wait()
            try:
                outcomes.append(undo(one_run, "delete", name, None, now()))
            except UndoRefused as error:
                outcomes.append(str(error)[:8])

    people = [threading.Thread(target=press, args=(name,)) for name in ("Priya Nair", "Tom Reed")]
    for person in people:
        person.start()
    for person in people:
        person.join()

    assert sorted(outcomes, key=str) == [1, "This run"]
    assert undos() == [PushState.WAITING]


def test_the_rest_may_be_taken_back_once_its_reason_is_gone(northgate, simulator, one_run):
    payment = pay(northgate, "INV-0001", "540.00")
    taken_back(one_run)
    drained(northgate)
    brought_back(northgate)
    with pytest.raises(UndoRefused, match="every invoice has a reason to stay"):
        taken_back(one_run)
    simulator.void(NORTHGATE, "payments", payment["Id"])
    brought_back(northgate)
    assert taken_back(one_run) == 1
    drained(northgate)
    assert northgate.books() == {}


def test_another_count_than_was_shown_is_refused(northgate, one_run):
    with pytest.raises(UndoRefused, match="Look again"):
        undo(one_run, "delete", "Priya Nair", None, now(), expected=2)
    assert northgate.states() == {"INV-0001": "pushed"}


def test_a_company_that_is_not_in_use_is_said(northgate, one_run):
    connection = db.session.get_one(Connection, northgate.connection_id)
    connection.state = "broken"
    db.session.commit()
    with pytest.raises(UndoRefused, match="Reconnect first"):
        taken_back(one_run)


def test_two_workspaces_do_not_see_each_others_runs(northgate, simulator, one_run):
    other = connect(simulator, "severnside", SEVERNSIDE)
    taken_back(one_run)
    other.drain()
    assert undos() == [PushState.WAITING]
    northgate.drain()
    assert undos() == [PushState.DONE]


# ------------------------------------------------------------------ and again


def test_pushed_again_after_a_deletion_it_is_booked_exactly_once(northgate, one_run):
    first_key = northgate.push_of("INV-0001").key
    taken_back(one_run)
    northgate.drain()
    assert push_now([invoice_of("INV-0001").id], "Priya Nair", None, now()) == 1
    drained(northgate)
    assert northgate.states() == {"INV-0001": "pushed"}
    assert northgate.books() == {"INV-0001": TOTAL}
    assert northgate.push_of("INV-0001").key != first_key
    assert northgate.problem("INV-0001") == {}
    again = a_run(northgate)
    assert reasons(one_run) == {}
    assert may(again) == ["INV-0001"]


def test_pushed_again_in_its_newest_revision_also_where_everything_waits_for_review(
    northgate, one_run
):
    save_settings(northgate.connection_id, "Priya Nair", None, now(), push_mode="review")
    taken_back(one_run)
    northgate.drain()
    northgate.revise("INV-0001", "600.00")
    push_now([invoice_of("INV-0001").id], "Priya Nair", None, now())
    drained(northgate)
    assert northgate.books() == {"INV-0001": Decimal("720.00")}


def test_a_number_used_meanwhile_is_noticed_when_it_is_pushed_again(northgate, one_run):
    taken_back(one_run)
    northgate.drain()
    northgate.book_by_hand("INV-0001", "10.00")
    push_now([invoice_of("INV-0001").id], "Priya Nair", None, now())
    drained(northgate)
    assert northgate.states() == {"INV-0001": "failed"}
    assert northgate.books() == {"INV-0001": Decimal("12.00")}


def test_a_voided_one_is_not_pushed_again_and_says_that_its_number_is_used(northgate, one_run):
    taken_back(one_run, "void")
    northgate.drain()
    assert push_now([invoice_of("INV-0001").id], "Priya Nair", None, now()) == 0
    assert "cannot be pushed again as INV-0001" in northgate.problem("INV-0001")["what_to_do"]


def test_a_new_invoice_under_the_number_of_a_voided_one_is_refused(northgate, one_run):
    taken_back(one_run, "void")
    northgate.drain()
    again = finalised(
        id="inv_again",
        number="INV-0001",
        customer={"id": "cus_Oak & Ash Ltd", "name": "Oak & Ash Ltd"},
    )
    receive(northgate.workspace_id, again, "evt_again", b"{}", "127.0.0.1", now())
    northgate.drain()
    states = db.session.scalars(select(Invoice.sync_state).order_by(Invoice.id)).all()
    assert states == ["voided", "failed"]


def test_while_it_is_taken_back_nobody_can_hold_it_opt_it_out_or_push_it(northgate, one_run):
    taken_back(one_run)
    ids = [invoice_of("INV-0001").id]
    for deed in (hold, never_push, push_now):
        assert deed(ids, "Tom Reed", None, now()) == 0
    northgate.drain()
    assert undos() == [PushState.DONE]


def test_an_undo_that_gave_up_goes_on_with_one_click(northgate, simulator, one_run):
    simulator.inject("server_error", entity="Invoice", operation="delete", times=None)
    taken_back(one_run)
    northgate.push_of("INV-0001").attempts = MOST_ATTEMPTS - 1
    db.session.commit()
    northgate.drain()
    assert northgate.states() == {"INV-0001": "dead"}
    simulator.clear_faults()
    retry([invoice_of("INV-0001").id], "Priya Nair", None, now())
    northgate.drain()
    assert northgate.states() == {"INV-0001": "held"}


def test_what_will_be_sent_is_shown_before(northgate, one_run):
    taken_back(one_run)
    link = db.session.scalars(select(DocumentLink)).one()
    shown = sent_preview(invoice_of("INV-0001").id)
    assert shown["operation"] == Operation.DELETE
    assert shown["body"] == {"Id": link.ledger_id, "SyncToken": link.version}


# ------------------------------------------------------------------ the two books


@pytest.mark.parametrize("how", ["delete", "void"])
def test_what_was_taken_back_is_known_and_no_difference(northgate, how):
    today = now().date().isoformat()
    for number in numbers(2):
        northgate.bill(number, issue_date=today)
    drained(northgate)
    run_id = a_run(northgate)
    pay(northgate, "INV-0002", "540.00")
    brought_back(northgate)
    taken_back(run_id, how)
    drained(northgate)

    check_id = in_turn(lambda: reconcile(northgate.connection_id, "command", now()))
    check = db.session.get_one(Reconciliation, check_id)
    assert check.verdict == "square"
    [sums] = sums_of(check.figures)
    assert known([sums], "QuickBooks") == "1 invoice taken back, £540.00"
    assert needing_a_look() == 0


def needing_a_look():
    """Count what the overview lists as changed there by somebody."""
    return len(db.session.scalars(select(Invoice.id).where(changed_there())).all())


# ------------------------------------------------------------------ a disconnect in between


@pytest.mark.parametrize("when", ["waiting", "lost", "done"])
def test_a_reconnect_does_not_push_what_was_taken_back(northgate, simulator, one_run, when):
    if when == "lost":
        simulator.inject("reset", entity="Invoice", operation="delete", when="after")
    taken_back(one_run)
    if when != "waiting":
        northgate.drain()
    disconnect(northgate.connection_id, "Priya Nair", None, now())
    northgate.revise("INV-0001", "450.00")
    again = northgate.reconnect()
    again.drain()
    assert again.states() == {"INV-0001": "held"}
    push_now([invoice_of("INV-0001").id], "Priya Nair", None, now())
    drained(again)
    assert again.states() == {"INV-0001": "pushed"}
    assert again.books() == {"INV-0001": TOTAL}
