"""Connections from the command line."""

import json

import pytest

from app.extensions import db
from app.models import Connection, Workspace
from simulator.client import NORTHGATE


@pytest.fixture
def northgate(app):
    with app.app_context():
        made = Workspace(slug="northgate", name="Northgate", country="GB", currency="GBP")
        db.session.add(made)
        db.session.commit()


def run(cli, *arguments, status=0):
    answer = cli.invoke(args=[*arguments, "--json"])
    assert answer.exit_code == status, answer.output
    return json.loads(answer.stdout.splitlines()[-1])


def add(cli, simulator, slug="northgate", token=None, status=0):
    token = token or simulator.issue_refresh_token(NORTHGATE)
    given = ("--realm-id", NORTHGATE, "--refresh-token", token)
    return run(cli, "connection", "add", "quickbooks", "--workspace", slug, *given, status=status)


def test_a_company_is_connected_paused_resumed_and_disconnected(cli, simulator, northgate):
    made = str(add(cli, simulator)["id"])
    [listed] = run(cli, "connection", "list")["connections"]
    assert listed["company"] == "Northgate IT Services Ltd"
    run(cli, "connection", "pause", made)
    assert run(cli, "connection", "show", made)["state"] == "paused"
    run(cli, "connection", "resume", made)
    assert run(cli, "push", "--connection", made, "--wait")["booked"] == 0
    run(cli, "connection", "disconnect", made, "--yes")
    assert run(cli, "connection", "show", made)["state"] == "disconnected"


def test_a_connections_pace_is_shown(app, cli, simulator, northgate):
    made = add(cli, simulator)["id"]
    shown = run(cli, "connection", "show", str(made))
    assert (shown["writes_at_a_time"], shown["calls_a_minute"]) == (1, 500)
    with app.app_context():
        connection = db.session.get_one(Connection, made)
        connection.in_flight, connection.calls_per_minute = 4, 120
        db.session.commit()
    shown = run(cli, "connection", "show", str(made))
    assert (shown["writes_at_a_time"], shown["calls_a_minute"]) == (4, 120)


def test_a_dead_token_is_refused_naming_the_field(cli, simulator, northgate):
    answer = add(cli, simulator, token="dead", status=1)
    assert answer["error"]["field"] == "refresh-token"


def test_a_connection_that_is_not_there_is_named(cli, northgate):
    answer = run(cli, "connection", "show", "4711", status=1)
    assert answer["error"] == {"field": "connection", "message": "There is no connection 4711."}


def test_a_workspace_that_is_not_there_is_named(cli, simulator):
    assert add(cli, simulator, slug="southgate", status=1)["error"]["field"] == "workspace"
