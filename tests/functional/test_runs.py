"""Runs on their pages, by REST and from the command line."""

import json
import os
import subprocess
import sys

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import AuditEntry, Invoice, Push, PushRun
from app.usecases.accounts import create_api_key
from simulator.client import NORTHGATE
from tests.back import drained
from tests.builders import a_connection, a_person, a_workspace
from tests.connected import connect, now, numbers
from tests.people import send, sign_in
from tests.runs import a_run
from tests.visitor import text_of


@pytest.fixture
def northgate(app, simulator):
    """Three invoices of one run, and people who look after them."""
    with app.app_context():
        made = connect(simulator)
        made.map_all()
        for number in numbers(3):
            made.bill(number)
        drained(made)
        workspace = made.workspace_id
        for role, email in (("finance", "priya@northgate.example"), ("viewer", "eve@n.example")):
            a_person(db.session.get_one(Invoice, 1).connection.workspace, role, email)
        assert workspace
    return made


@pytest.fixture
def run_id(app, northgate):
    with app.app_context():
        return a_run(northgate)


@pytest.fixture
def priya(client, run_id):
    sign_in(client)
    return client


@pytest.fixture
def elsewhere(app):
    """Return the number of another workspace's run."""
    with app.app_context():
        connection = a_connection(a_workspace("southgate"), company_id="2")
        run = PushRun(
            workspace_id=connection.workspace_id, connection_id=connection.id, started_at=now()
        )
        db.session.add(run)
        db.session.commit()
        return run.id, connection.id


def undone(app):
    with app.app_context():
        return len(db.session.scalars(select(Push).where(Push.undoes_id.is_not(None))).all())


def pay(northgate, number):
    booked = northgate.booked(number)
    customer = booked["CustomerRef"]["value"]
    northgate.simulator.record_payment(NORTHGATE, customer, [(booked["Id"], "540.00")])


# ------------------------------------------------------------------ pages


def test_the_list_says_what_each_run_did(priya, northgate):
    page = text_of(priya.get(f"/connections/{northgate.connection_id}/runs"))

    assert "3 £1,620.00" in page
    assert "Runs" in priya.get(f"/connections/{northgate.connection_id}").text
    assert f"/connections/{northgate.connection_id}/runs" in priya.get("/sync-log").text


def test_a_run_that_pushed_nothing_is_not_listed(app, priya, northgate, run_id):
    with app.app_context():
        db.session.add(
            PushRun(
                workspace_id=northgate.workspace_id,
                connection_id=northgate.connection_id,
                started_at=now(),
                finished_at=now(),
            )
        )
        db.session.commit()

    listed = priya.get(f"/connections/{northgate.connection_id}/runs").text

    assert listed.count('href="/runs/') == 1


def test_it_is_shown_before_it_is_done(app, priya, run_id):
    page = text_of(priya.get(f"/runs/{run_id}/undo"))

    assert "Take 3 invoices, £1,620.00, out of QuickBooks?" in page
    assert "their numbers are free again" in page
    assert "their numbers stay used" in page
    assert "Customers and items that it created stay." in page
    assert undone(app) == 0


def test_it_is_done_by_who_pressed_it_and_shown_as_it_goes(app, priya, northgate, run_id):
    with app.app_context():
        pay(northgate, "INV-0002")
    answer = send(priya, f"/runs/{run_id}/undo", how="delete", expected="3")
    assert "3 invoices are being taken back." in text_of(answer)
    assert 'hx-trigger="every 2s"' in answer.text

    with app.app_context():
        drained(northgate)
        assert set(northgate.books()) == {"INV-0002"}
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "run.undo")).one()
        assert (entry.actor, entry.detail) == ("Priya Nair", {"how": "delete", "documents": 3})

    page = priya.get(f"/runs/{run_id}")
    assert "2 of 3 invoices, 1 left in QuickBooks" in text_of(page)
    assert "It is paid or part paid in QuickBooks." in text_of(page)
    assert 'hx-trigger="every 2s"' not in page.text


def test_the_invoice_says_who_took_it_back_and_what_to_do(app, priya, northgate, run_id):
    send(priya, f"/runs/{run_id}/undo", how="delete", expected="3")
    with app.app_context():
        drained(northgate)

    page = text_of(priya.get("/invoices/1"))
    assert "by Priya Nair: deleted in QuickBooks." in page
    assert "Push it again when it is right." in page
    assert "Priya Nair took it back with its run, to be deleted" in page
    assert "Push now" in page
    assert "See all 3" in page
    assert "3 invoices were taken back" in text_of(priya.get("/"))
    assert text_of(priya.get("/invoices?cause=taken_back:")).count("INV-000") == 3
    assert "INV-000" not in text_of(priya.get("/invoices?cause=review:"))
    log = text_of(priya.get("/sync-log?show=all"))
    assert "Taken back" in log
    assert "Deleted in QuickBooks (invoice)." in priya.get("/sync-log/sync-log.csv?show=all").text


def test_a_voided_invoice_tells_its_void_once(app, priya, northgate, run_id):
    send(priya, f"/runs/{run_id}/undo", how="void", expected="3")
    with app.app_context():
        drained(northgate)

    page = text_of(priya.get("/invoices/1"))
    assert page.count("Voided in QuickBooks") == 1
    assert "INV-0001 stays used there" in page
    assert "Open reconciliation" not in page


def test_pressed_twice_the_second_reads_who_was_first(app, priya, run_id):
    send(priya, f"/runs/{run_id}/undo", how="delete", expected="3")

    answer = send(priya, f"/runs/{run_id}/undo", how="void", expected="3")

    assert answer.status_code == 422
    assert "This run is being taken back: Priya Nair pressed it" in text_of(answer)
    assert undone(app) == 3


def test_many_are_taken_back_only_with_the_companys_name(app, priya, run_id, monkeypatch):
    monkeypatch.setattr("app.web.runs.TYPED_FROM", 2)

    answer = send(priya, f"/runs/{run_id}/undo", how="delete", expected="3", company="Northgate")
    assert answer.status_code == 422
    assert "Nothing was changed" in answer.text
    assert undone(app) == 0

    company = "Northgate IT Services Ltd"
    send(priya, f"/runs/{run_id}/undo", how="delete", expected="3", company=company)
    assert undone(app) == 3


@pytest.mark.parametrize("how", ["", "shred"])
def test_a_way_that_does_not_exist_changes_nothing(app, priya, run_id, how):
    assert send(priya, f"/runs/{run_id}/undo", how=how, expected="3").status_code == 422
    assert undone(app) == 0


def test_a_viewer_looks_and_changes_nothing(app, client, run_id):
    sign_in(client, "eve@n.example")

    assert "Take this run back" not in client.get(f"/runs/{run_id}").text
    assert client.get(f"/runs/{run_id}/undo").status_code == 403
    assert send(client, f"/runs/{run_id}/undo", how="delete").status_code == 403
    assert undone(app) == 0


def test_another_workspaces_run_is_not_there(priya, elsewhere):
    run_id, connection_id = elsewhere

    for path in (f"/runs/{run_id}", f"/runs/{run_id}/undo", f"/connections/{connection_id}/runs"):
        assert priya.get(path).status_code == 404, path
    assert send(priya, f"/runs/{run_id}/undo", how="delete").status_code == 404


# ------------------------------------------------------------------ REST


@pytest.fixture
def call(app, client, northgate, run_id):
    with app.app_context():
        key = create_api_key(northgate.workspace_id, "Billing")

    def ask(method, path, body=None):
        shown = {"Authorization": f"Bearer {key}"}
        return client.open(f"/api/v1{path}", method=method, json=body, headers=shown)

    return ask


def test_rest_lists_shows_and_takes_back(app, call, northgate, run_id):
    [listed] = call("GET", f"/runs?connection={northgate.connection_id}").json["data"]
    assert listed["invoices"]["create"] == {"count": 3, "totals": {"GBP": "1620.00"}}

    shown = call("GET", f"/runs/{run_id}").json
    assert shown["may_be_taken_back"] == {"count": 3, "totals": {"GBP": "1620.00"}}

    answer = call("POST", f"/runs/{run_id}/undo", {"how": "void", "expected": 3})
    assert answer.status_code == 202
    assert {one["stays_because"] for one in answer.json["documents"]} == {"being_taken_back"}
    assert answer.json["undone_by"] == "API key Billing"

    again = call("POST", f"/runs/{run_id}/undo", {"how": "void"})
    assert (again.status_code, again.json["code"]) == (409, 409)

    with app.app_context():
        drained(northgate)
    pushed = call("POST", "/invoices/lb-1/push")
    assert pushed.status_code == 409
    assert "cannot be pushed again as INV-0001" in pushed.json["message"]


def test_rest_refuses_what_it_does_not_know(app, call, run_id, elsewhere):
    assert call("POST", f"/runs/{run_id}/undo", {"how": "shred"}).status_code == 422
    assert call("POST", f"/runs/{run_id}/undo", {}).status_code == 422
    assert call("GET", "/runs").status_code == 422
    assert call("GET", f"/runs?connection={elsewhere[1]}").status_code == 404
    assert call("GET", f"/runs/{elsewhere[0]}").status_code == 404
    assert call("POST", f"/runs/{elsewhere[0]}/undo", {"how": "void"}).status_code == 404
    assert undone(app) == 0


def test_the_document_describes_runs(client):
    paths = client.get("/api/openapi.json").json["paths"]

    assert {"/api/v1/runs", "/api/v1/runs/{run_id}", "/api/v1/runs/{run_id}/undo"} <= set(paths)
    body = paths["/api/v1/runs/{run_id}/undo"]["post"]["requestBody"]["content"]
    assert body["application/json"]["schema"] == {"$ref": "#/components/schemas/UndoBody"}


# ------------------------------------------------------------------ command line


def command(cli, *arguments, status=0, **more):
    answer = cli.invoke(args=["runs", *arguments, "--json"], **more)
    assert answer.exit_code == status, answer.output
    return answer


def test_the_command_lists_and_takes_back(app, cli, northgate, run_id):
    listed = command(cli, "list", "--connection", str(northgate.connection_id))
    [row] = json.loads(listed.stdout)["runs"]
    assert (row["id"], row["created"], row["customers_created"]) == (run_id, 3, 1)

    asked = command(cli, "undo", str(run_id), "--how", "delete", status=1, input="n\n")
    assert "Would be taken back: 3 invoices, £1,620.00." in asked.stderr
    assert undone(app) == 0

    done = command(cli, "undo", str(run_id), "--how", "delete", "--yes")
    assert json.loads(done.stdout)["taking_back"] == 3
    again = command(cli, "undo", str(run_id), "--how", "delete", "--yes", status=1)
    assert "is being taken back" in json.loads(again.stdout)["error"]["message"]
    assert undone(app) == 3


def test_the_command_names_what_is_not_there(cli, northgate):
    assert "no connection 4711" in command(cli, "list", "--connection", "4711", status=1).stdout
    assert "no run 4711" in command(cli, "undo", "4711", "--how", "void", status=1).stdout


def test_the_commands_are_there_for_who_types_them(environment):
    """Not through the test runner: Flask has a command of its own called run."""
    flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
    for command in ("runs list --connection 1", "runs undo 1 --how delete --yes"):
        done = subprocess.run(
            [*flask, *command.split()],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 1
        assert "There is no" in done.stdout + done.stderr
