"""Live reads: what a ledger holds now, by REST, at a known cost and never for long."""

import threading
import time

import pytest
from sqlalchemy import func, select

from app.domain.metering import month_of, next_month
from app.extensions import db
from app.models import CallMeter, Connection
from app.usecases.accounts import create_api_key, create_workspace
from app.usecases.book.pull import pull
from app.usecases.company import read_live
from app.usecases.company.line import line_of
from app.usecases.company.open_ledger import governor
from app.usecases.company.permission_gone import mark_broken
from app.usecases.company.read_meters import read_meters
from app.usecases.manage_connection import disconnect, pause
from simulator.client import NORTHGATE
from tests.connected import connect, now

LISTS = ("customers", "invoices", "items", "accounts", "tax-codes")
COMPANY = f"quickbooks:sandbox:{NORTHGATE}"


@pytest.fixture
def northgate(app, simulator):
    with app.app_context():
        return connect(simulator)


@pytest.fixture
def ask(app, client, northgate):
    """Ask about the company as the billing application of its workspace."""
    with app.app_context():
        key = create_api_key(northgate.workspace_id, "Billing")

    def get(what, key=key, connection=northgate.connection_id, **query):
        headers = {"Authorization": f"Bearer {key}"}
        address = f"/api/v1/connections/{connection}/{what}"
        return client.get(address, headers=headers, query_string=query)

    return get


def metered(simulator, realm=NORTHGATE):
    return simulator.counters(realm)["metered"]


def test_the_company_as_it_is_now(ask, simulator):
    simulator.set_company(NORTHGATE, BookCloseDate="2026-03-31")
    found = ask("company").json
    assert (found["name"], found["country"]) == ("Northgate IT Services Ltd", "GB")
    assert (found["home_currency"], found["books_closed_to"]) == ("GBP", "2026-03-31")
    assert (found["tax_enabled"], found["problems"]) == (True, [])


def test_a_list_costs_what_it_must(ask, simulator):
    for what in LISTS:
        before = metered(simulator)
        answer = ask(what)
        assert (answer.status_code, answer.json["ledger"]) == (200, "quickbooks"), what
        assert answer.json["complete"] is True
        assert metered(simulator) - before == (2 if what == "tax-codes" else 1), what


def test_max_results_is_what_the_ledger_is_asked_for(ask, simulator):
    found = ask("items", max_results=2).json
    assert (len(found["data"]), found["complete"]) == (2, False)
    [statement] = [
        one["statement"]
        for one in simulator.requests(NORTHGATE)
        if "FROM Item" in (one["statement"] or "")
    ][-1:]
    assert statement.endswith("MAXRESULTS 2")


def test_another_max_results_is_refused_by_name(ask, simulator):
    before = metered(simulator)
    for most in ("0", "1001", "many"):
        answer = ask("items", max_results=most)
        assert answer.status_code == 422
        assert list(answer.json["errors"]) == ["query.max_results"]
    assert metered(simulator) == before


def test_rows_are_in_our_words(ask, simulator):
    someone = simulator.create(
        NORTHGATE,
        "customers",
        DisplayName="Meridian Care",
        PrimaryEmailAddr={"Address": "a@m.example"},
    )
    item = next(
        one for one in simulator.books(NORTHGATE)["items"] if one["Name"] == "Managed Workstation"
    )
    detail = {"ItemRef": {"value": item["Id"]}, "TaxCodeRef": {"value": "6"}}
    line = {"Amount": 100, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    simulator.create(
        NORTHGATE,
        "invoices",
        DocNumber="HAND-1",
        TxnDate="2026-10-01",
        DueDate="2026-10-31",
        CustomerRef={"value": someone["Id"]},
        GlobalTaxCalculation="TaxExcluded",
        Line=[line],
    )
    invoice = next(one for one in ask("invoices").json["data"] if one["number"] == "HAND-1")
    assert (invoice["total"], invoice["tax_total"], invoice["balance"]) == (
        "120.00",
        "20.00",
        "120.00",
    )
    assert (invoice["status"], invoice["customer_name"]) == ("overdue", "Meridian Care")
    customer = next(one for one in ask("customers").json["data"] if one["name"] == "Meridian Care")
    assert (customer["email"], customer["balance"]) == ("a@m.example", "120.00")
    codes = {one["name"]: one["rate"] for one in ask("tax-codes").json["data"]}
    assert codes["20.0% S"] == "20"
    assert {"type": "Income"}.items() <= next(
        one for one in ask("accounts").json["data"] if one["type"] == "Income"
    ).items()


def test_what_is_read_live_is_on_the_meter(app, ask, northgate):
    with app.app_context():
        read_meters(now())
        counted = select(func.sum(CallMeter.metered))
        before = db.session.scalar(counted) or 0
    ask("tax-codes")
    with app.app_context():
        read_meters(now())
        assert db.session.scalar(counted) - before == 2


class TestNotNow:
    def test_a_company_that_waits_says_for_how_long(self, app, ask, simulator):
        with app.app_context():
            governor().pause(COMPANY, 42, "QuickBooks asked us to wait.")
        before = metered(simulator)
        answer = ask("items")
        assert answer.status_code == 503
        assert 40 <= int(answer.headers["Retry-After"]) <= 42
        assert answer.json["message"] == "QuickBooks asked us to wait. Ask again later."
        assert metered(simulator) == before

    def test_a_busy_company_is_not_waited_for_long(self, app, ask, northgate, monkeypatch):
        monkeypatch.setattr(read_live, "TURN_WITHIN", 0.3)
        with app.app_context():
            line = line_of(northgate.connection_id)
            for holder in ("one", "two"):
                governor().enter(line.company, holder, line.limits)
        began = time.monotonic()
        answer = ask("items")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert time.monotonic() - began < 1.5

    def test_more_at_once_than_web_threads_can_be_spared_for_are_turned_down(
        self, ask, simulator, monkeypatch
    ):
        room = threading.BoundedSemaphore(1)
        monkeypatch.setattr(read_live, "_ROOM", room)
        before = metered(simulator)
        with room:
            answer = ask("items")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert metered(simulator) == before
        assert [ask("items").status_code for _ in range(2)] == [200, 200]  # each made room again

    def test_the_ledgers_own_too_many_is_passed_on(self, ask, simulator):
        simulator.inject("throttled", entity="Item", operation="query", retry_after=17)
        answer = ask("items")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "17")

    def test_a_paused_connection_is_left_alone(self, app, ask, northgate):
        with app.app_context():
            pause(northgate.connection_id, "Priya Nair", None, now())
        answer = ask("customers")
        assert (answer.status_code, "is paused here" in answer.json["message"]) == (409, True)

    @pytest.mark.parametrize("how", ["broken", "disconnected"])
    def test_a_connection_without_permission_says_so(self, how, app, ask, northgate):
        with app.app_context():
            if how == "broken":
                mark_broken(northgate.connection_id, "test", now())
            else:
                disconnect(northgate.connection_id, "Priya Nair", None, now())
        answer = ask("company")
        assert answer.status_code == 409
        assert answer.json["message"] == (
            "Northgate IT Services Ltd is disconnected from QuickBooks. Reconnect it."
        )

    def test_a_refusal_is_explained(self, ask, simulator):
        simulator.inject("fault", entity="Item", operation="query", code="5020", status=400)
        answer = ask("items")
        assert answer.status_code == 409
        assert "may not do this there" in answer.json["message"]


def test_the_last_of_the_months_reads_is_kept_for_pushes_and_pulls(app, ask, northgate, simulator):
    with app.app_context():
        connection = db.session.get_one(Connection, northgate.connection_id)
        environment, connection.environment = connection.environment, "production"
        month = {"workspace_id": northgate.workspace_id, "month": month_of(now())}
        db.session.add(CallMeter(connection_id=connection.id, metered=450_000, **month))
        db.session.commit()
    before = metered(simulator)
    answer = ask("items")
    assert (answer.status_code, metered(simulator)) == (429, before)
    assert answer.json["message"].startswith(
        "90% of this month’s QuickBooks reads are used. The rest is kept for pushes and payments."
    )
    left = next_month(now()) - now()
    assert abs(int(answer.headers["Retry-After"]) - left.total_seconds()) < 60
    assert ask("company").status_code == 429
    with app.app_context():
        assert pull(northgate.connection_id, now()).done
        db.session.get_one(Connection, northgate.connection_id).environment = environment
        db.session.commit()  # whose calls are not counted
    assert ask("items").status_code == 200


def test_nobody_reads_another_workspaces_company(app, ask, simulator):
    with app.app_context():
        stranger = create_workspace("Southgate", "southgate", "GB", "GBP")
        key = create_api_key(stranger.id, "Billing")
    before = metered(simulator)
    assert {ask(what, key=key).status_code for what in (*LISTS, "company")} == {404}
    assert ask("items", key="lb_nobody").status_code == 401
    assert metered(simulator) == before


def test_a_slow_ledger_holds_no_web_worker_for_long(app, ask, simulator, monkeypatch):
    monkeypatch.setattr(read_live, "ANSWER_WITHIN", 0.3)
    simulator.inject("hang", entity="Item", operation="query", seconds=5)
    began = time.monotonic()
    answer = ask("items")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert time.monotonic() - began < 2


def test_the_document_describes_them(client):
    paths = client.get("/api/openapi.json").json["paths"]
    for what in (*LISTS, "company"):
        described = paths[f"/api/v1/connections/{{connection_id}}/{what}"]["get"]["responses"]
        assert {"200", "404", "409", "429", "503"} <= set(described)
