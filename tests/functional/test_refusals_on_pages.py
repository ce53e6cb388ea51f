"""Every code of QuickBooks, met by an invoice and read on its page as a person reads it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.domain.backoff import MOST_ATTEMPTS
from app.extensions import db
from app.ledgers.errors import (
    CompanyAway,
    Faltered,
    LedgerError,
    NotAuthorised,
    Refused,
    Throttled,
    Unsure,
)
from app.ledgers.interface import Explanation
from app.ledgers.quickbooks import KIND
from app.models import Connection
from app.usecases.push.drain import drain
from app.usecases.sweep import wake_due_pushes
from simulator.client import NORTHGATE, SimulatorClient
from tests.connected import Connected, now, numbers, rest
from tests.quickbooks_codes import OF_THE_TABLE
from tests.refusals import CREATE, EXACT, Reader, connected_northgate, met

# About the permission: each of these ends with a connection to be made again.
PERMISSION = ("100", "110", "120", "3100", "3200", "3202")
# Nobody need act, or not at first: the invoice goes again by itself.
AGAIN: dict[str, type[LedgerError]] = {
    "130": CompanyAway, "140": CompanyAway, "150": CompanyAway, "600": Unsure, "1000": Faltered,
    "1010": Faltered, "1020": Faltered, "4002": Refused, "10000": Unsure, "5020": Refused,
    "6190": Refused, "10200": Refused, "3001": Throttled,
}  # fmt: skip
SIGN_IN = ("invalid_grant", "invalid_client", "invalid_request", "unsupported_grant_type")
# Asked of a person as the customer's, see test_refused_documents.py.
CUSTOMER = ("6250",)
REFUSED = [code for code in OF_THE_TABLE if code not in (*PERMISSION, *AGAIN, *SIGN_IN, *CUSTOMER)]


@pytest.fixture
def northgate(app: Flask, simulator: SimulatorClient) -> Connected:
    return connected_northgate(app, simulator)


@pytest.fixture
def page_of(app: Flask, client: FlaskClient, northgate: Connected) -> Callable[[str], str]:
    return Reader(app, client).page_of


def unsaid(page: str, words: Explanation) -> list[str]:
    """Return the parts of an explanation that a page does not have."""
    parts = (words.happened, f"What it means: {words.means}", f"What to do: {words.do}")
    return [part for part in parts if part not in page]


def test_each_refusal_says_on_the_page_what_happened_what_it_means_and_what_to_do(
    app, northgate, page_of
):
    with app.app_context():
        # Twice: what may come from old lists is tried once more after they were read again.
        numbers = {code: met(northgate, code, times=2) for code in REFUSED}
        while "waiting" in northgate.states().values():
            northgate.drain()
        assert set(northgate.states().values()) == {"failed"}
    wrong = {}
    for code, number in numbers.items():
        page, words = page_of(number), KIND.explain(Refused(EXACT.format(code), code=code), CREATE)
        missing = unsaid(page, words)
        if missing or f"{EXACT.format(code)} ({code})" not in page:
            wrong[code] = missing
    assert wrong == {}
    assert len(numbers) > 80


def test_what_goes_again_by_itself_says_so_and_goes(app, northgate, page_of, simulator):
    for code, kind in AGAIN.items():
        with app.app_context():
            number = met(northgate, code, "throttled" if code == "3001" else "fault")
            northgate.drain()
            state = northgate.states()[number]
        words = KIND.explain(kind(EXACT.format(code), code=code), CREATE)
        assert unsaid(page_of(number), words) == [], code
        assert state in ("retrying", "unconfirmed", "waiting")
        with app.app_context():
            let_go(northgate)
            northgate.drain()
            assert northgate.states()[number] == "pushed"


def let_go(northgate: Connected) -> None:
    """Let all waiting times be over, and the pause a throttled company keeps."""
    rest()
    connection = db.session.get_one(Connection, northgate.connection_id)
    connection.quiet_until = None
    northgate.make_due()


@pytest.mark.parametrize(("code", "status"), [("120", 403), ("3200", 401)])
def test_a_permission_that_is_gone_is_named_on_the_invoices_that_met_it(
    app, northgate, page_of, code, status
):
    with app.app_context():
        number = met(northgate, code, status=status, times=None)
        northgate.drain()  # in doubt first: a new token was refused
        later = now() + timedelta(seconds=61)
        drain(northgate.connection_id, clock=lambda: later, others=lambda: False)
    page, words = page_of(number), KIND.explain(NotAuthorised(code=code), CREATE)
    assert words.happened in page
    assert f"What to do: {words.do}" in page
    assert f"{EXACT.format(code)} ({code})" in page


def test_an_operation_that_came_to_nothing_twice_is_a_persons(app, northgate, page_of):
    with app.app_context():
        number = met(northgate, "1010", times=2)
        northgate.drain()
        assert northgate.states() == {number: "retrying"}
        northgate.make_due()
        northgate.drain()
        assert northgate.states() == {number: "failed"}
    assert "What to do: Try again later. If it stays so, tell support" in page_of(number)


def test_a_company_under_maintenance_is_left_alone_for_minutes(app, northgate, simulator):
    with app.app_context():
        met(northgate, "150")
        for number in numbers(3):
            northgate.bill(number)
        simulator.reset_counters()
        northgate.drain()
        asked = [call["entity"] for call in simulator.requests(NORTHGATE)]
        assert asked.count("Invoice") == 1
        assert wake_due_pushes(now() + timedelta(minutes=9)) == 0
        assert wake_due_pushes(now() + timedelta(minutes=11)) == 1


def test_what_was_given_up_says_that_it_is_a_persons_turn(app, northgate, page_of):
    with app.app_context():
        number = met(northgate, "10000", "server_error")
        northgate.push_of(number).attempts = MOST_ATTEMPTS - 1
        db.session.commit()
        northgate.drain()
        assert northgate.states() == {number: "dead"}
    assert "What to do: Nothing more happens by itself. Try again once" in page_of(number)


# ------------------------------------------------------------------ a code nobody knows


def test_an_unknown_code_is_shown_in_the_ledgers_words_counted_and_listed(
    app, client, northgate, page_of, cli
):
    with app.app_context():
        number = met(northgate, "7777")
        met(northgate, "2210")
        met(northgate, "silent", "answer", status=400)
        northgate.drain()
    page = page_of(number)
    assert "QuickBooks refused this invoice with a reason we do not know yet." in page
    assert f"{EXACT.format('7777')} (7777)" in page
    counted = re.findall(r"unknown_ledger_codes_total\{(.*)\} (.*)", client.get("/metrics").text)
    labels = ['code="7777",provider="quickbooks"', 'code="none",provider="quickbooks"']
    assert counted == [(each, "1.0") for each in labels]
    listed = cli.invoke(args=["doctor"]).output
    assert "QuickBooks code 7777: met 1 time, last on" in listed
    assert f"“{EXACT.format('7777')}”" in listed
    assert "code 2210" not in listed
