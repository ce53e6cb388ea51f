"""The sync state: what waits, what is under way, how fast it may go and when it is done."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app.domain.states import DocumentKind, Operation, PushState, SyncState
from app.extensions import db, redis_client
from app.governor import Wait
from app.ledgers.interface import Limits
from app.models import Attempt, Connection, Push
from app.queries.sync_state import backlog_statement
from app.usecases.company.line import limits_of
from app.usecases.company.open_ledger import governor
from tests.asked import asked
from tests.builders import a_connection, a_customer, a_person, a_push, a_workspace, an_invoice
from tests.visitor import Visitor, text_of

Bill = Callable[..., None]
# Twenty thousand pushes that are done.
HISTORY = """
    INSERT INTO push (workspace_id, connection_id, document_kind, document_id, operation, revision,
                      state, due_at)
    SELECT workspace_id, id, 'invoice', n, 'create', 1, 'done', now()
    FROM connection, generate_series(1, 20000) AS n WHERE id = :connection
"""


@pytest.fixture
def northgate(app: Flask) -> int:
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        a_person(workspace, "viewer", "viewer@northgate.example")
        connection = a_connection(workspace)
        db.session.commit()
        return connection.id


@pytest.fixture
def priya(client: FlaskClient, northgate: int) -> Visitor:
    return Visitor(client)


@pytest.fixture
def bill(app: Flask, northgate: int) -> Bill:
    """Make invoices with their pushes."""

    def make(
        total: str, stands: SyncState = SyncState.WAITING, count: int = 1, **of_push: Any
    ) -> None:
        with app.app_context():
            connection = db.session.get_one(Connection, northgate)
            for _ in range(count):
                a_push(an_invoice(connection, total, stands), **of_push)
            db.session.commit()

    return make


def now() -> datetime:
    return datetime.now(UTC)


def in_(**away: float) -> datetime:
    return now() + timedelta(**away)


def enter_in_turn(company: str, holder: str, limits: Limits) -> None:
    """Take a place as soon as the governor gives it."""
    while isinstance(governor().enter(company, holder, limits), Wait):
        pass


def change(app: Flask, northgate: int, **values: Any) -> None:
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        for column, value in values.items():
            setattr(connection, column, value)
        db.session.commit()


def tried(app: Flask, count: int, since: timedelta, outcome: str = "pushed") -> None:
    """Note tries of the first push, spread evenly since then."""
    with app.app_context():
        push = db.session.query(Push).order_by(Push.id).first()
        for number in range(count):
            db.session.add(
                Attempt(
                    workspace_id=push.workspace_id,
                    push_id=push.id,
                    connection_id=push.connection_id,
                    started_at=now() - since + number * since / count,
                    milliseconds=300,
                    outcome=outcome,
                    words="Booked in QuickBooks.",
                )
            )
        db.session.commit()


def company(connection: Connection) -> str:
    return f"quickbooks:{connection.environment}:{connection.company_id}"


def take_redis_away(app: Flask) -> None:
    pool = app.extensions["ledgerbridge_redis"].connection_pool
    pool.connection_kwargs["port"] = 1
    pool.disconnect()


def page_of(priya: Visitor) -> str:
    return text_of(priya.get("/sync-state"))


def test_what_waits_is_counted_once_each_with_its_money(priya, bill):
    bill("100.00", count=3)
    bill("50.00", SyncState.RETRYING, due_at=in_(minutes=5))
    bill("7.00", SyncState.UNCONFIRMED)
    bill("20.00", SyncState.BLOCKED, count=2)
    bill("9.00", SyncState.FAILED)
    bill("400.00", SyncState.DEAD)
    bill("1000.00", SyncState.PUSHED, state=PushState.DONE)

    page = page_of(priya)

    assert "Due now 3 documents: due now, Northgate IT Services Ltd £300.00" in page
    assert "Due later 1 document: due later, Northgate IT Services Ltd £50.00" in page
    assert "Not answered yet 1 document: not answered yet, Northgate IT Services Ltd £7.00" in page
    assert "Needs a person 3 documents: needs a person, Northgate IT Services Ltd £49.00" in page
    assert "Stopped trying 1 document: stopped trying, Northgate IT Services Ltd £400.00" in page
    assert "£357.00 is on the way" in page


def test_currencies_are_never_added_up(app, priya, northgate):
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        for currency in ("GBP", "EUR"):
            a_push(an_invoice(connection, "10.00", SyncState.WAITING, currency=currency))
        db.session.commit()

    assert "£10.00 and €10.00 are on the way" in page_of(priya)


def test_the_creation_of_a_customer_counts_and_has_no_money(app, priya, northgate):
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        customer = a_customer(connection.workspace, "Harcourt & Finch LLP")
        db.session.add(
            Push(
                workspace_id=connection.workspace_id,
                connection_id=northgate,
                document_kind=DocumentKind.CUSTOMER,
                document_id=customer.id,
                operation=Operation.CREATE,
                revision=1,
                state=PushState.RETRYING,
                due_at=in_(seconds=-5),
            )
        )
        db.session.commit()

    assert "1 document is on the way" in page_of(priya)


def test_a_void_on_its_way_is_no_money_on_its_way(priya, bill):
    bill("100.00", operation=Operation.VOID)

    assert "1 document is on the way" in page_of(priya)


def test_what_was_deleted_in_the_ledger_is_a_difference_and_waits_for_nobody_here(priya, bill):
    bill("100.00", SyncState.DELETED_THERE, state=PushState.FAILED)

    assert "Needs a person 0 Nothing needs you" in page_of(priya)


def test_a_run_says_when_it_is_done(app, priya, bill):
    bill("10.00", count=300)
    tried(app, 30, timedelta(seconds=50))

    page = page_of(priya)

    assert re.search(r"Done( on \d+ \w+ \d+)? at about \d\d:\d\d\.", page)
    assert "300 documents worth £3,000.00 are on the way. 30 documents in the last minute." in page


def test_a_few_are_done_in_less_than_a_minute(priya, bill):
    bill("10.00", count=3)

    assert "Done in less than a minute." in page_of(priya)


def test_tries_that_went_round_again_are_no_pace(app, priya, bill):
    bill("10.00")
    tried(app, 30, timedelta(seconds=50), outcome="retrying")

    assert "in the last minute." not in page_of(priya)


def test_nothing_waiting_is_said_in_two_words(priya):
    page = page_of(priya)

    assert "Nothing waits to be sent. Everything finalised is in QuickBooks." in page


@pytest.mark.parametrize("state", ["paused", "broken"])
def test_nobody_can_say_when_a_company_that_stands_still_is_done(
    app, priya, northgate, bill, state
):
    bill("10.00", count=2)
    change(app, northgate, state=state, state_reason="Paused by Priya Nair.")

    page = page_of(priya)

    acts = {"paused": "resumes", "broken": "reconnects"}[state]
    assert f"2 documents wait here and go as soon as somebody {acts}." in page
    assert "£20.00 waits for somebody to act 2 documents. Nobody can say when it is done." in page
    assert "Done" not in page


@pytest.mark.parametrize("state", ["active", "paused"])
def test_every_figure_leads_to_its_documents(app, priya, northgate, bill, state):
    bill("10.00", count=2)
    bill("20.00", SyncState.BLOCKED)
    bill("30.00", SyncState.DEAD)
    change(app, northgate, state=state)
    page = priya.get("/sync-state").text

    found = re.findall(r'<a class="text-reset" href="([^"]+)">(\d+)<', page)

    assert [count for _, count in found] == ["2", "1", "1"]
    amounts = ("£10.00", "£20.00", "£30.00")
    for (url, _), amount in zip(found, amounts, strict=True):
        assert amount in text_of(priya.get(html.unescape(url)))


def test_the_pause_that_ends_later_is_shown_with_its_reason(app, priya, northgate, bill):
    bill("10.00")
    change(app, northgate, quiet_until=in_(seconds=90), quiet_reason="The month is used up.")
    with app.app_context():
        governor().pause(company(db.session.get_one(Connection, northgate)), 30, "Too fast.")
    assert "Paused until" in (page := page_of(priya))
    assert "The month is used up." in page
    assert "Too fast." not in page

    with app.app_context():
        governor().pause(company(db.session.get_one(Connection, northgate)), 600, "Too fast.")

    assert "Too fast." in page_of(priya)
    assert "Too fast." in text_of(priya.get(f"/connections/{northgate}"))


def test_a_pause_stored_is_known_when_redis_was_emptied(app, priya, northgate, bill):
    bill("10.00", SyncState.PUSHED, state=PushState.DONE)
    change(app, northgate, quiet_until=in_(hours=3), quiet_reason="The month is used up.")

    assert "The month is used up." in page_of(priya)
    assert "The month is used up. Nothing to do." in text_of(priya.get("/"))


def test_a_pause_that_is_over_is_not_shown(app, priya, northgate):
    change(app, northgate, quiet_until=in_(seconds=-1), quiet_reason="The month is used up.")

    assert "The month is used up." not in page_of(priya)


def test_what_is_in_flight_is_named_with_who_calls(app, priya, northgate, bill):
    change(app, northgate, in_flight=4)
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        numbers = []
        for seconds in (9, 3):
            invoice = an_invoice(connection, "10.00", SyncState.PUSHING)
            a_push(invoice, first_sent_at=in_(seconds=-seconds), claimed_until=in_(minutes=5))
            numbers.append(invoice.number)
        db.session.commit()
        for holder in (f"push:{northgate}:1", f"push:{northgate}:2", "0f3a"):
            plenty = replace(limits_of(connection), per_second=100)
            enter_in_turn(company(connection), holder, plenty)

    page = page_of(priya)

    assert "In flight now 3 requests" in page
    places = [page.index(f"{name}, ") for name in (*numbers, "Reading")]
    assert places == sorted(places)
    assert "4 writes at a time" in page


def test_what_a_dead_worker_left_claimed_is_not_in_flight(priya, bill):
    bill(
        "10.00",
        SyncState.PUSHING,
        first_sent_at=in_(minutes=-9),
        claimed_until=in_(minutes=-4),
    )

    assert "In flight now Nothing" in page_of(priya)


def test_the_chosen_pace_is_what_the_gauge_measures(app, priya, northgate):
    change(app, northgate, calls_per_minute=60)

    assert "60 of 60" in page_of(priya)


def test_without_redis_it_says_what_happens_and_what_comes_next(app, priya, bill):
    bill("10.00", count=2)
    take_redis_away(app)

    answer = priya.get("/sync-state")

    assert answer.status_code == 200
    assert "Nothing is sent: Redis does not answer" in text_of(answer)
    assert (
        "Nothing is sent and nothing is lost. 2 documents wait in the database and go as soon as"
        " it answers." in text_of(answer)
    )
    assert "Not known" in text_of(answer)


def test_every_live_company_has_its_section_and_a_gone_one_has_none(app, priya, northgate):
    with app.app_context():
        workspace = db.session.get_one(Connection, northgate).workspace
        a_connection(workspace, company_id="2", company_name="Southgate Ltd")
        gone = {"company_id": "3", "company_name": "Westgate Ltd", "state": "disconnected"}
        a_connection(workspace, **gone)
        db.session.commit()

    page = page_of(priya)

    assert "QuickBooks: Northgate IT Services Ltd" in page
    assert "QuickBooks: Southgate Ltd" in page
    assert "QuickBooks: Westgate" not in page


def test_another_workspaces_company_is_not_there(app, priya):
    with app.app_context():
        other = a_connection(a_workspace("other"), company_id="2", company_name="Foghorn Inc.")
        a_push(an_invoice(other, "666.00", SyncState.WAITING))
        db.session.commit()

    assert "Foghorn" not in page_of(priya)
    assert "666" not in page_of(priya)


def test_a_viewer_may_look(client, northgate):
    visitor = Visitor(client, "viewer@northgate.example")

    assert visitor.get("/sync-state").status_code == 200


def test_polling_brings_the_live_part_and_the_heading(priya, bill):
    bill("10.00")

    part = priya.get("/sync-state", part=True).text

    assert "<html" not in part
    assert 'hx-swap-oob="innerHTML"' in part


@pytest.mark.parametrize("path", ["/sync-state", "/connections/{}/state"])
def test_three_hundred_waiting_cost_the_same_queries_as_three(app, priya, northgate, bill, path):
    def queries() -> int:
        with asked(app) as statements:
            assert priya.get(path.format(northgate), part=True).status_code == 200
        return len(statements)

    bill("10.00", count=3)
    few = queries()
    bill("10.00", count=297)

    assert queries() == few
    assert few <= 8


def test_a_long_history_is_not_read_to_count_what_waits(app, northgate):
    """An index holds what is not finished: what was booked in ten years costs nothing."""
    with app.app_context():
        db.session.execute(text(HISTORY), {"connection": northgate})
        db.session.execute(text("ANALYZE push"))
        statement = backlog_statement([northgate], now()).compile(
            db.engine, compile_kwargs={"literal_binds": True}
        )
        plan = "\n".join(db.session.scalars(text(f"EXPLAIN {statement}")))

    assert "Seq Scan on push" not in plan
    assert "uq_push_open" in plan


def test_no_page_of_it_asks_the_ledger(app, priya, northgate, bill):
    bill("10.00", count=3)

    priya.get("/sync-state")
    priya.get(f"/connections/{northgate}/state")

    with app.app_context():
        assert not list(redis_client().scan_iter("governor:*recent*"))
