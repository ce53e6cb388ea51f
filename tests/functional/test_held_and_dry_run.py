"""Recurring runs that wait for review, and what would be sent, on pages, by REST and by command."""

import json
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text

from app.extensions import db
from app.models import Connection, Invoice, Push, Workspace
from app.models.base import Base
from app.usecases.accounts import create_api_key
from app.usecases.manage_connection import save_settings
from app.usecases.push import actions
from app.usecases.push.claim import hand_back
from app.usecases.push.dry_run import Buyer, Fate, dry_run
from simulator.client import NORTHGATE
from tests import billing
from tests.back import brought_back, drained
from tests.builders import a_person
from tests.connected import connect, now, numbers
from tests.people import send, sign_in
from tests.visitor import text_of


@pytest.fixture
def northgate(app, simulator):
    """Recurring invoices wait for review; INV-0001 is booked, four more are not."""
    with app.app_context():
        made = connect(simulator)
        a_person(db.session.get_one(Workspace, made.workspace_id))
        made.map_all()
        made.bill("INV-0001", recurring=False)
        drained(made)
        save_settings(made.connection_id, "Priya Nair", None, now(), review_recurring=True)
        for number in numbers(3, 2):
            made.bill(number, recurring=True)
        made.bill("INV-0005", recurring=False, customer="Harcourt & Finch LLP")
        made.bill("INV-0006", recurring=False, code="NEW", name="Managed SOC")
        made.revise("INV-0001", "460.00", recurring=False)
        made.look()
        hand_back([push.id for push in made.pushes()], "test")
    return made


@pytest.fixture
def key(app, northgate):
    with app.app_context():
        secret = create_api_key(northgate.workspace_id, "Meridian")
    return {"Authorization": f"Bearer {secret}"}


def contents():
    """Return how many rows every table has, and which transaction wrote each of them last."""
    return {
        table.name: db.session.execute(
            text(f"SELECT count(*), max(xmin::text::bigint) FROM {table.name}")
        ).one()
        for table in Base.metadata.sorted_tables
    }


def test_a_recurring_run_waits_for_review_and_goes_as_it_was_seen(app, northgate, client):
    with app.app_context():
        states = northgate.states()
    assert [states[number] for number in numbers(3, 2)] == ["held"] * 3
    assert states["INV-0005"] == "waiting"
    sign_in(client)
    page = text_of(client.get("/invoices/held"))
    assert "3 invoices wait for review" in page
    assert "Recurring run 3 £1,620.00 Push 3 invoices, £1,620.00" in page
    form = {"connection": northgate.connection_id, "day": "2026-11-20", "recurring": "1"}
    answer = send(client, "/invoices/held", "/invoices/held", **form, expected="2")
    assert "Meanwhile 3 invoices wait, not 2." in text_of(answer)
    send(client, "/invoices/held", "/invoices/held", **form, expected="3")
    with app.app_context():
        drained(northgate)
        assert set(northgate.books()) >= set(numbers(3, 2))


def test_a_recurring_run_is_released_by_rest(app, northgate, client, key):
    [batch] = client.get("/api/v1/held", headers=key).json["data"]
    assert (batch["count"], batch["totals"]) == (3, {"GBP": "1620.00"})
    body = {k: batch[k] for k in ("day", "recurring")} | {"connection": northgate.connection_id}
    refused = client.post("/api/v1/held/push", headers=key, json=body | {"expected": 4})
    assert refused.status_code == 409
    done = client.post("/api/v1/held/push", headers=key, json=body | {"expected": 3})
    assert done.json == {"pushed": 3}


def test_a_dry_run_shows_everything_and_writes_nothing_anywhere(app, northgate, simulator):
    with app.app_context():
        simulator.reset_counters()
        before = contents()
        found = dry_run(northgate.connection_id)
        assert contents() == before
        assert simulator.counters(NORTHGATE)["requests"] == 0
    fates = {one.number: one.fate for one in found.documents}
    assert fates == {
        "INV-0001": Fate.GOES,
        **dict.fromkeys(numbers(3, 2), Fate.HELD),
        "INV-0005": Fate.GOES,
        "INV-0006": Fate.BLOCKED,
    }
    assert found.sums(Fate.GOES) == {"GBP": Decimal("1092.00")}
    assert found.customers(Buyer.LINKED) == ("Oak & Ash Ltd",)
    assert found.customers(Buyer.NEW) == ("Harcourt & Finch LLP",)


def test_what_a_dry_run_shows_is_what_is_sent_to_the_letter(app, northgate):
    with app.app_context():
        shown = {one.number: one.body for one in dry_run(northgate.connection_id).documents}
        drained(northgate)
        sent = northgate.push_of("INV-0001").body
    assert shown["INV-0001"] == sent


def test_a_customer_that_is_there_already_is_said_to_be_looked_for(app, northgate, simulator):
    with app.app_context():
        simulator.create(NORTHGATE, "customers", DisplayName="Harcourt & Finch LLP")
        brought_back(northgate)
        found = dry_run(northgate.connection_id)
    assert found.customers(Buyer.FOUND) == ("Harcourt & Finch LLP",)


def test_a_dry_run_stands_on_its_page_in_rest_and_in_the_terminal(app, northgate, client, key):
    sign_in(client)
    page = text_of(client.get(f"/connections/{northgate.connection_id}/dry-run"))
    assert "2 documents would go now, £1,092.00" in page
    assert "“Managed SOC” is not mapped to a QuickBooks item." in page
    assert "Looked for by name; created if nobody has it Harcourt & Finch LLP" in page
    address = f"/api/v1/connections/{northgate.connection_id}/dry-run"
    answer = client.get(address, headers=key).json
    held = {"count": 3, "totals": {"GBP": "1620.00"}, "credit_totals": {}}
    assert answer["summary"]["held"] == held
    command = ["push", "--connection", str(northgate.connection_id), "--dry-run"]
    runner = app.test_cli_runner()
    assert json.loads(runner.invoke(args=[*command, "--json"]).output) == answer
    said = runner.invoke(args=command).output
    assert "goes: 2 documents, £1,092.00" in said
    assert "Nothing was sent and nothing was changed." in said


def test_another_workspaces_dry_run_is_not_there(app, northgate, client, key):
    with app.app_context():
        other = Workspace(slug="south", name="South", country="GB", currency="GBP")
        db.session.add(other)
        db.session.flush()
        made = Connection(
            workspace_id=other.id,
            provider="quickbooks",
            environment="sandbox",
            company_id="2",
            company_name="South",
            country="GB",
            home_currency="GBP",
        )
        db.session.add(made)
        db.session.commit()
        number = made.id
    assert client.get(f"/api/v1/connections/{number}/dry-run", headers=key).status_code == 404


def test_what_somebody_holds_stays_held_when_billing_changes_it(app, northgate):
    with app.app_context():
        of = select(Invoice.id).where(Invoice.number == "INV-0005")
        actions.hold([db.session.scalars(of).one()], "Priya Nair", None, now())
        northgate.revise("INV-0005", "470.00", recurring=False)
        assert northgate.states()["INV-0005"] == "held"


def test_a_change_that_is_opted_out_leaves_the_booked_invoice_shown_as_booked(app, northgate):
    with app.app_context():
        of = select(Invoice.id).where(Invoice.number == "INV-0001")
        assert actions.never_push([db.session.scalars(of).one()], "Priya Nair", None, now()) == 1
        assert northgate.states()["INV-0001"] == "differs"
        pushes = select(func.count()).select_from(Push).where(Push.state == "cancelled")
        assert db.session.scalar(pushes) == 1


def test_an_invoice_is_finalised_and_decided_about_by_rest(app, northgate, client, key):
    body = billing.invoice(number="INV-0009", recurring=False)
    body.pop("id")
    done = client.post("/api/v1/invoices/inv_9/finalise", headers=key, json=body)
    assert (done.status_code, done.json["status"]) == (202, "accepted")
    refused = client.post("/api/v1/invoices/inv_9/use-billing", headers=key)
    assert (refused.status_code, "no such decision" in refused.json["message"]) == (409, True)
    assert client.post("/api/v1/invoices/inv_9/never-push", headers=key).status_code == 200
    again = client.post("/api/v1/invoices/inv_9/allow-push", headers=key)
    assert again.json["sync"]["state"] == "waiting"
