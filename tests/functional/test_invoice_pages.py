"""The list of invoices and the page of one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.problem import Missing, Problem
from app.domain.states import SyncState
from app.extensions import db
from app.models import Attempt, Invoice, Push, Workspace
from tests.builders import a_connection, a_person, a_workspace, an_invoice
from tests.northgate import Northgate, make_northgate
from tests.visitor import Visitor, text_of

CLOSED = Problem(
    code="6210",
    title="QuickBooks is closed to 31 October 2026 and the invoice is dated that day.",
    means="£540.00 is not in your books.",
    what_to_do="Change the date in billing.",
    ledger_message="Account Period Closed",
    ledger_request_id="1-6a1f11b2",
)


@pytest.fixture
def northgate(app: Flask) -> int:
    """A workspace with a connection and two people; returns the connection's id."""
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        a_person(workspace, "viewer", "vera@northgate.example")
        connection = a_connection(workspace)
        db.session.commit()
        return connection.id


@pytest.fixture
def bill(app: Flask, northgate: int) -> Callable[..., tuple[int, str]]:
    """Make an invoice; returns its id and number."""

    def make(*args: Any, **changes: Any) -> tuple[int, str]:
        from app.models import Connection

        with app.app_context():
            connection = db.session.get_one(Connection, northgate)
            invoice = an_invoice(connection, *args, **changes)
            db.session.commit()
            return invoice.id, invoice.number

    return make


@pytest.fixture
def priya(client: FlaskClient, northgate: int) -> Visitor:
    return Visitor(client)


@pytest.fixture
def waiting(app: Flask) -> Northgate:
    """A workspace whose invoice INV-1 waits for a mapping, with its push."""
    with app.app_context():
        made = make_northgate()
        a_person(db.session.get_one(Workspace, made.workspace_id))
        made.bill("INV-1")
        made.look()
    return made


def state_of(app: Flask, number: str) -> str:
    with app.app_context():
        return db.session.scalars(select(Invoice.sync_state).filter_by(number=number)).one()


def listed(answer: Any) -> list[str]:
    return re.findall(r'/invoices/\d+">(INV-[^<]+)</a>', answer.text)


# ------------------------------------------------------------------ the list


def test_each_tab_lists_its_states_and_counts_them(priya, bill):
    _, pushed = bill()
    _, refused = bill(state=SyncState.FAILED, problem=CLOSED)
    _, queued = bill(state=SyncState.WAITING)
    _, opted_out = bill(state=SyncState.NOT_SENT)
    for show, expected in [
        ("needs", refused), ("refused", refused), ("progress", queued), ("ledger", pushed),
        ("never", opted_out),
    ]:  # fmt: skip
        assert listed(priya.get(f"/invoices?show={show}")) == [expected]
    page = text_of(priya.get("/invoices"))
    assert "1 invoice needs you 4 invoices from billing, 1 in the ledger." in page


def test_a_search_finds_by_part_of_a_number_or_of_a_name(priya, bill):
    _, first = bill(customer="St Aidan’s Hospice")
    _, second = bill(customer="Lune Valley 100% Foodbank")
    assert listed(priya.get("/invoices?q=aidan")) == [first]
    assert listed(priya.get(f"/invoices?q={second[4:]}")) == [second]
    assert listed(priya.get("/invoices?q=100%25")) == [second]
    assert "No invoice matches" in text_of(priya.get("/invoices?q=_________"))


def test_totals_cover_every_page_and_never_mix_currencies(priya, bill):
    for _ in range(55):
        bill("100.00")
    bill("20.00", currency="EUR")
    page = text_of(priya.get("/invoices"))
    assert "56 invoices, €20.00 and £5,500.00" in page


def test_pages_follow_each_other_without_losing_or_repeating_an_invoice(priya, bill):
    made = {bill()[1] for _ in range(120)}
    seen: list[str] = []
    path: str | None = "/invoices"
    while path:
        answer = priya.get(path)
        seen += listed(answer)
        older = re.search(r'href="([^"]+)" rel="next"', answer.text)
        path = older and older.group(1).replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 120
    assert set(seen) == made


def test_overdue_is_open_and_past_its_day(priya, bill):
    _, late = bill(due_date=date(2020, 1, 1))
    bill(due_date=date(2020, 1, 1), status="paid")
    bill(due_date=date(2099, 1, 1))
    assert listed(priya.get("/invoices?owed=overdue")) == [late]


def test_the_same_cause_lists_those_invoices_and_no_others(priya, bill):
    _, first = bill(missing=Missing("tax_code", "VAT0", "VAT Zero 0%"))
    _, second = bill(missing=Missing("tax_code", "VAT0", "VAT Zero 0%"))
    bill(missing=Missing("service", "VAT0", "VAT Zero 0%"))
    bill(state=SyncState.FAILED, problem=CLOSED)
    assert set(listed(priya.get("/invoices?cause=tax_code:VAT0"))) == {first, second}
    assert len(listed(priya.get("/invoices?cause=refused:6210"))) == 1


def test_a_filter_asked_for_by_htmx_answers_with_the_list_alone(priya, bill):
    bill()
    part = priya.get("/invoices?show=all", part=True)
    assert "<html" not in part.text
    assert part.text.lstrip().startswith('<div id="list">')


def test_bulk_tries_again_what_can_be_and_says_what_was_left(priya, bill, app):
    refused, number = bill(state=SyncState.FAILED, problem=CLOSED)
    pushed, _ = bill()
    done = priya.post("/invoices/bulk", deed="retry", invoice=[refused, pushed])
    assert state_of(app, number) == "waiting"
    said = text_of(priya.get(done.location))
    assert "1 is on its way." in said
    assert "1 was left as it is" in said


def test_a_person_of_another_workspace_sees_and_moves_nothing(client, app, bill):
    foreign, number = bill(state=SyncState.FAILED, problem=CLOSED)
    with app.app_context():
        a_person(a_workspace("harcourt"), "owner", "tom@harcourt.example")
    tom = Visitor(client, "tom@harcourt.example")
    assert listed(tom.get("/invoices")) == []
    assert tom.get(f"/invoices/{foreign}").status_code == 404
    assert tom.get(f"/sync-log/invoice/{foreign}").status_code == 404
    for deed in ("retry", "push", "hold", "never", "allow"):
        assert tom.post(f"/invoices/{foreign}/{deed}").status_code == 404
    tom.post("/invoices/bulk", deed="never", invoice=[foreign])
    assert state_of(app, number) == "failed"


def test_a_viewer_moves_nothing(client, app, bill):
    invoice_id, number = bill(state=SyncState.FAILED, problem=CLOSED)
    vera = Visitor(client, "vera@northgate.example")
    assert vera.post(f"/invoices/{invoice_id}/retry").status_code == 403
    assert vera.post("/invoices/bulk", deed="retry", invoice=[invoice_id]).status_code == 403
    page = vera.get(f"/invoices/{invoice_id}")
    assert "Try again" not in text_of(page)
    assert state_of(app, number) == "failed"


# ------------------------------------------------------------------ one invoice


def test_what_the_ledger_was_not_asked_for_is_not_refused_by_it(priya, bill):
    paid = Problem("paid_there", "It is paid there.", "It stays.", "Void the payment first.")
    invoice_id, _ = bill(state=SyncState.FAILED, problem=paid)
    page = text_of(priya.get(f"/invoices/{invoice_id}"))
    assert "Stopped by Ledgerbridge" in page
    assert "Refused by" not in page


def test_a_refused_invoice_says_what_happened_what_it_means_and_what_to_do(priya, bill):
    invoice_id, _ = bill(state=SyncState.FAILED, problem=CLOSED)
    bill(state=SyncState.FAILED, problem=CLOSED)
    page = text_of(priya.get(f"/invoices/{invoice_id}"))
    assert "Refused by QuickBooks" in page
    assert CLOSED.title in page
    assert "What it means: £540.00 is not in your books." in page
    assert "What to do: Change the date in billing. 1 other invoice has the same cause." in page
    assert "Account Period Closed" in page
    assert "See all 2" in page


@pytest.mark.parametrize("state", list(SyncState))
def test_every_state_has_a_page_that_holds_no_machine_words(priya, bill, state):
    problem = CLOSED if state in ("failed", "dead", "differs", "retrying") else None
    missing = Missing("service", "SOC", "Managed SOC (MDR)") if state == "blocked" else None
    invoice_id, number = bill(state=state, problem=problem, missing=missing)
    answer = priya.get(f"/invoices/{invoice_id}")
    page = text_of(answer)
    assert answer.status_code == 200
    assert number in page
    assert not re.search(r"\bNone\b(?! yet)|\bnan\b|QBO|Traceback|ERR_", page)


def test_the_page_keeps_looking_only_while_the_invoice_is_in_hand(priya, bill):
    queued, _ = bill(state=SyncState.WAITING)
    settled, _ = bill()
    assert 'hx-trigger="every 3s"' in priya.get(f"/invoices/{queued}").text
    part = priya.get(f"/invoices/{settled}", part=True).text
    assert part.lstrip().startswith('<div id="live">')
    assert 'id="heading" hx-swap-oob' in part


def test_an_invoice_that_waits_for_a_mapping_leads_to_it(client, waiting):
    page = Visitor(client).get("/invoices/1")
    assert "Map Managed Workstation" in text_of(page)
    assert f"/mappings?connection={waiting.connection_id}&amp;q=Managed+Workstation" in page.text


def test_holding_opting_out_and_allowing_do_what_they_say(client, app, waiting):
    priya = Visitor(client)
    with app.app_context():
        number_of = db.session.scalars(select(Invoice.id)).one()
    for deed, state in [
        ("hold", "held"), ("push", "waiting"), ("never", "not_sent"), ("allow", "waiting"),
        ("hold", "held"), ("never", "not_sent"),
    ]:  # fmt: skip
        assert priya.post(f"/invoices/{number_of}/{deed}").status_code == 303
        assert state_of(app, "INV-1") == state
    timeline = text_of(priya.get(f"/invoices/{number_of}"))
    assert "Priya Nair opted it out" in timeline
    assert "Priya Nair allowed it again" in timeline


def test_an_action_nobody_knows_is_not_there(client, waiting):
    assert Visitor(client).post("/invoices/1/explode").status_code == 404


def test_the_timeline_shows_each_try_with_its_request_id(client, app, waiting):
    with app.app_context():
        push = db.session.scalars(select(Push)).one()
        for minutes, outcome, request_id in [(9, "unconfirmed", None), (5, "failed", "1-6a1c9d77")]:
            db.session.add(
                Attempt(
                    workspace_id=push.workspace_id,
                    push_id=push.id,
                    connection_id=push.connection_id,
                    started_at=datetime.now(UTC) - timedelta(minutes=minutes),
                    milliseconds=700,
                    outcome=outcome,
                    words="Asked QuickBooks.",
                    ledger_request_id=request_id,
                )
            )
        db.session.commit()
    page = text_of(Visitor(client).get("/invoices/1"))
    assert "Newest first, 2 attempts" in page
    assert "Attempt 2, 0.7 s. Refused. Ledgerbridge, by itself Request ID (intuit_tid)" in page
    assert "No answer, so no request ID" in page
    assert page.index("Attempt 2") < page.index("Attempt 1")


def test_lines_show_where_each_goes_and_what_is_not_mapped(client, app, waiting):
    with app.app_context():
        waiting.map("MW-STD", "31")
    page = text_of(Visitor(client).get("/invoices/1"))
    assert "Managed Workstation Managed Workstation VAT Standard 20% 1 £450.00 £450.00" in page
    assert "VAT at 20% £90.00" in page
    assert "Total £540.00" in page
