"""pull and reconcile from the command line."""

import json
from datetime import UTC, datetime

import pytest

from app.extensions import redis_client
from simulator.client import NORTHGATE
from tests.back import drained
from tests.connected import connect


@pytest.fixture
def northgate(app, simulator):
    with app.app_context():
        made = connect(simulator)
        made.map_all()
        made.bill("INV-2041", issue_date=datetime.now(UTC).date().isoformat())
        drained(made)
    return made


def run(cli, *words):
    result = cli.invoke(args=[*words, "--connection", "1"])
    lines = result.stdout.strip().splitlines()
    return result.exit_code, json.loads(lines[-1]) if "--json" in words else lines[-1]


def test_pull_says_what_had_changed(cli, northgate):
    status, answer = run(cli, "pull", "--wait", "--json")
    assert (status, answer["invoices"], answer["payments"]) == (0, 1, 0)


def test_reconcile_says_the_verdict(cli, northgate):
    assert run(cli, "reconcile", "--wait") == (0, "All square: 1 invoice.")
    northgate.simulator.void(NORTHGATE, "invoices", northgate.booked("INV-2041")["Id"])
    status, answer = run(cli, "reconcile", "--wait", "--json")
    assert (status, answer["verdict"], answer["differences"]) == (0, "differs", 1)
    assert answer["figures"]["GBP"]["resolve"]["total"] == "-540"


def test_reconcile_names_what_waits(app, cli, northgate):
    with app.app_context():
        northgate.bill("INV-2042", issue_date=datetime.now(UTC).date().isoformat())
    sentence = "All square: 2 invoices. Explained: 1 invoice waiting, £540.00."
    assert run(cli, "reconcile", "--wait") == (0, sentence)


def test_a_check_that_cannot_be_made_exits_with_a_sentence(cli, northgate, simulator):
    simulator.revoke_tokens(NORTHGATE)
    status, answer = run(cli, "reconcile", "--wait", "--json")
    assert status == 1
    assert "Reconnect" in answer["error"]["message"]


@pytest.mark.parametrize("job", ["pull", "reconcile"])
def test_without_wait_a_worker_is_woken(app, cli, northgate, job):
    assert run(cli, job) == (0, "A worker was woken.")
    with app.app_context():
        assert redis_client().exists(f"lb:woken:{job}:1")


def test_a_connection_that_is_not_there_is_said_so(cli, app):
    result = cli.invoke(args=["pull", "--connection", "7", "--wait", "--json"])
    assert result.exit_code == 1
    assert "no connection 7" in result.stdout
