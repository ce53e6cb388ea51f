"""From an invoice of billing to exactly one document in the ledger, whatever happens between."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.domain.states import PushState, SyncState
from app.extensions import db
from app.models import Attempt, Connection, CustomerLink, DocumentLink, Invoice, Mapping
from app.usecases.manage_connection import save_settings
from app.usecases.push.preview import NEW_CUSTOMER, preview
from app.usecases.read_company import read_company
from simulator.client import NORTHGATE
from tests.connected import connect, now, numbers

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    simulator.reset_counters()
    return made


def operations(simulator):
    return simulator.counters(NORTHGATE)["by_operation"]


def test_forty_invoices_cost_forty_writes_one_query_and_one_write_a_customer(northgate, simulator):
    for position, number in enumerate(numbers(40)):
        northgate.bill(number, customer=f"Customer {position % 7} Ltd")
    northgate.drain()
    assert set(northgate.states().values()) == {"pushed"}
    assert northgate.books() == dict.fromkeys(numbers(40), Decimal("540.00"))
    assert simulator.counters(NORTHGATE)["requests"] == 40 + 1 + 7
    assert simulator.counters(NORTHGATE)["metered"] == 1


def test_everything_missing_is_named_at_once_and_nothing_is_asked_of_the_ledger(
    app_context, simulator
):
    unmapped = connect(simulator)
    unmapped.bill("INV-0001")
    simulator.reset_counters()
    unmapped.drain()
    assert unmapped.states() == {"INV-0001": "blocked"}
    kinds = [missing["kind"] for missing in unmapped.problem("INV-0001")["missing"]]
    assert kinds == ["service", "tax_code"]
    assert simulator.counters(NORTHGATE)["requests"] == 0


@pytest.mark.parametrize("kind", ["reset", "server_error", "truncated", "html"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_answer_that_never_came_leaves_one_document(northgate, simulator, kind, when):
    simulator.inject(kind, entity="Invoice", operation="create", when=when, nth=1)
    northgate.bill("INV-0001")
    northgate.drain()
    assert northgate.states() == {"INV-0001": "unconfirmed"}
    northgate.make_due()
    northgate.drain()
    assert northgate.states() == {"INV-0001": "pushed"}
    assert northgate.books() == {"INV-0001": Decimal("540.00")}


def test_a_worker_killed_before_the_record_leaves_one_document(northgate):
    northgate.bill("INV-0001")
    northgate.drain()
    push = northgate.push_of("INV-0001")
    db.session.delete(db.session.scalars(select(DocumentLink)).one())
    push.state, push.claimed_by, push.finished_at = PushState.PUSHING, "a dead worker", None
    db.session.commit()
    northgate.drain()
    assert northgate.states() == {"INV-0001": "pushed"}
    assert northgate.books() == {"INV-0001": Decimal("540.00")}


def test_a_document_whose_key_may_be_forgotten_is_looked_for_and_adopted(northgate, simulator):
    northgate.bill("INV-0001")
    northgate.drain()
    push = northgate.push_of("INV-0001")
    db.session.delete(db.session.scalars(select(DocumentLink)).one())
    push.state, push.finished_at = PushState.UNCONFIRMED, None
    push.first_sent_at = now() - timedelta(hours=25)
    push.due_at = now()
    db.session.commit()
    simulator.reset_counters()
    northgate.drain()
    assert northgate.states() == {"INV-0001": "pushed"}
    assert db.session.scalars(select(DocumentLink)).one().adopted
    assert simulator.counters(NORTHGATE)["free_writes"] == 0


def test_a_number_that_somebody_else_used_is_a_question_and_never_a_new_number(
    northgate, simulator
):
    northgate.bill("INV-0001")
    northgate.book_by_hand("INV-0001", "10.00")
    northgate.drain()
    assert northgate.states() == {"INV-0001": "failed"}
    assert northgate.books() == {"INV-0001": Decimal("12.00")}
    assert "INV-0001" in northgate.problem("INV-0001")["ledger_message"]


def test_a_refusal_is_shown_in_words_and_not_repeated_by_itself(northgate, simulator):
    simulator.set_company(NORTHGATE, BookCloseDate="2030-12-31")
    northgate.bill("INV-0001")
    northgate.drain()
    assert northgate.states() == {"INV-0001": "failed"}
    problem = northgate.problem("INV-0001")
    assert problem["title"]
    assert problem["what_to_do"]
    assert problem["ledger_request_id"]
    northgate.make_due()
    simulator.reset_counters()
    northgate.drain()
    assert simulator.counters(NORTHGATE)["requests"] == 0


def test_an_item_made_inactive_there_is_found_out_before_the_push(northgate, simulator):
    item = db.session.scalars(select(Mapping.ledger_id).where(Mapping.code == "MW-STD")).one()
    simulator.edit(NORTHGATE, "items", item, Active=False)
    read_company(northgate.connection_id, now())
    simulator.reset_counters()
    northgate.bill("INV-0001")
    northgate.drain()
    assert northgate.states() == {"INV-0001": "blocked"}
    assert simulator.counters(NORTHGATE)["requests"] == 0
    simulator.edit(NORTHGATE, "items", item, Active=True, Name="Managed Workstation")
    read_company(northgate.connection_id, now())
    northgate.drain()
    assert northgate.states() == {"INV-0001": "pushed"}


def test_a_closed_period_is_left_by_a_day_where_finance_chose_so_and_it_says_so(
    northgate, simulator
):
    simulator.set_company(NORTHGATE, BookCloseDate="2026-11-30")
    read_company(northgate.connection_id, now())
    save_settings(
        northgate.connection_id, "Priya Nair", None, now(), closed_period_policy="next_open_day"
    )
    northgate.bill("INV-0001")
    northgate.drain()
    booked = northgate.booked("INV-0001")
    assert (northgate.states(), booked["TxnDate"]) == ({"INV-0001": "pushed"}, "2026-12-01")
    words = "Booked on 1 December 2026: 20 November 2026 is in a closed period."
    assert words in booked["PrivateNote"]
    assert words in db.session.scalars(select(Attempt.words).order_by(Attempt.id.desc())).first()


def test_too_many_requests_pause_the_company_and_cost_no_attempt(northgate, simulator):
    simulator.inject("throttled", entity="Invoice", operation="create", nth=1, retry_after=7)
    northgate.bill("INV-0001")
    northgate.bill("INV-0002")
    northgate.drain()
    assert set(northgate.states().values()) == {"waiting"}
    assert {push.attempts for push in northgate.pushes() if push.document_kind == "invoice"} == {0}
    northgate.make_due()
    before = simulator.counters(NORTHGATE)["requests"]
    northgate.drain()
    assert simulator.counters(NORTHGATE)["requests"] == before


def test_an_expired_token_is_renewed_once_and_nobody_notices(northgate, simulator):
    simulator.expire_tokens(NORTHGATE)
    northgate.bill("INV-0001")
    northgate.drain()
    assert northgate.states() == {"INV-0001": "pushed"}


def test_a_permission_taken_back_pauses_the_company_and_loses_nothing(northgate, simulator):
    simulator.revoke_tokens(NORTHGATE)
    northgate.bill("INV-0001")
    northgate.drain()
    assert northgate.states() == {"INV-0001": "waiting"}
    assert db.session.get_one(Connection, northgate.connection_id).state == "broken"


def test_an_edit_while_the_answer_is_awaited_follows_as_an_update(northgate, simulator):
    simulator.inject("reset", entity="Invoice", operation="create", when="after", nth=1)
    northgate.bill("INV-0001")
    northgate.drain()
    northgate.revise("INV-0001", net="460.00")
    northgate.make_due()
    northgate.drain()
    northgate.drain()
    assert northgate.states() == {"INV-0001": "pushed"}
    assert northgate.books() == {"INV-0001": Decimal("552.00")}


def test_a_booked_invoice_that_is_opted_out_is_still_shown_where_it_is(northgate, simulator):
    northgate.bill("INV-0001")
    northgate.drain()
    northgate.revise("INV-0001", net="460.00", push="never")
    northgate.drain()
    assert northgate.states() == {"INV-0001": "pushed"}
    assert northgate.books() == {"INV-0001": Decimal("540.00")}


def test_a_revision_of_what_the_ledger_edited_counts_no_payment(northgate, simulator):
    northgate.bill_a_penny_apart("INV-0001")
    northgate.drain()
    invoice = db.session.scalars(select(Invoice)).one()
    invoice.balance = Decimal("560.00")
    db.session.commit()
    northgate.revise("INV-0001", net="460.00")
    invoice = db.session.scalars(select(Invoice)).one()
    assert (invoice.status, invoice.balance) == ("open", Decimal("552.00"))


def test_a_void_reaches_the_ledger(northgate):
    northgate.bill("INV-0001")
    northgate.drain()
    northgate.void("INV-0001")
    northgate.drain()
    assert northgate.states() == {"INV-0001": "voided"}
    assert northgate.books() == {"INV-0001": Decimal(0)}


def test_a_void_before_anything_was_sent_never_reaches_the_ledger(northgate, simulator):
    northgate.bill("INV-0001")
    northgate.void("INV-0001")
    northgate.drain()
    assert northgate.states() == {"INV-0001": SyncState.NOT_SENT}
    assert northgate.books() == {}


def test_two_customers_of_one_name_are_asked_about_and_nothing_is_created(northgate, simulator):
    northgate.bill("INV-0001", customer={"id": "cus_1", "name": "Oak & Ash Ltd"})
    northgate.bill("INV-0002", customer={"id": "cus_2", "name": "Oak & Ash Ltd"})
    northgate.drain()
    assert sorted(northgate.states().values()) == ["blocked", "pushed"]
    assert len(db.session.scalars(select(CustomerLink)).all()) == 1


def test_a_name_that_a_supplier_has_is_asked_about(northgate, simulator):
    simulator.create(NORTHGATE, "vendors", DisplayName="Harcourt & Finch LLP")
    northgate.bill("INV-0001", customer="Harcourt & Finch LLP")
    northgate.drain()
    assert northgate.states() == {"INV-0001": "blocked"}
    assert northgate.problem("INV-0001")["missing"][0]["kind"] == "customer"


def test_a_total_that_the_ledger_books_differently_is_shown_and_not_taken_over(
    northgate, simulator
):
    northgate.bill_a_penny_apart("INV-0001")
    northgate.drain()
    assert northgate.states() == {"INV-0001": "differs"}
    invoice = db.session.scalars(select(Invoice)).one()
    assert invoice.total == Decimal("36.43")


def test_what_would_be_sent_is_shown_to_the_letter_and_nothing_is_written(northgate, simulator):
    invoice_id = northgate.bill("INV-0001")
    shown = preview(invoice_id)
    assert shown["predicted"]
    assert (shown["body"]["DocNumber"], shown["body"]["TxnDate"]) == ("INV-0001", "2026-11-20")
    assert shown["body"]["CustomerRef"]["value"] == NEW_CUSTOMER
    assert simulator.counters(NORTHGATE)["requests"] == 0
    northgate.drain()
    sent = preview(invoice_id)
    assert not sent["predicted"]
    assert sent["body"] == shown["body"] | {"CustomerRef": sent["body"]["CustomerRef"]}
