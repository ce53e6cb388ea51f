"""An answer that came is written down, whatever ends the turn while the next is prepared."""

import json

import pytest

from app.usecases.push import drain as drains
from tests.connected import connect, numbers

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    made.bill("INV-0001")
    made.drain()  # Oak & Ash Ltd is known from here on
    simulator.reset_counters()
    return made


def test_an_answer_is_kept_when_preparing_the_next_batch_ends_the_turn(northgate, monkeypatch):
    monkeypatch.setattr(drains, "BATCH", 2)
    northgate.simulator.switch(latency_ms=300)  # so that the next may go as soon as one landed
    for number in numbers(2, first=2):
        northgate.bill(number)
    northgate.bill("INV-0004", customer="Somebody New Ltd")
    northgate.simulator.inject("throttled", entity="Customer", operation="query", retry_after=30)
    northgate.drain()
    assert northgate.states() == {
        "INV-0001": "pushed",
        "INV-0002": "pushed",
        "INV-0003": "pushed",
        "INV-0004": "waiting",
    }


def test_what_cannot_be_written_down_stops_nobody_else(northgate, simulator):
    odd = {"Invoice": {"Id": "901\x00", "SyncToken": "0", "TotalAmt": 540, "DocNumber": "INV-0002"}}
    simulator.inject(
        "answer",
        entity="Invoice",
        operation="create",
        contains="INV-0002",
        status=200,
        body=json.dumps(odd),
        when="after",
    )
    for number in numbers(2, first=2):
        northgate.bill(number)
    northgate.drain()
    assert northgate.states()["INV-0003"] == "pushed"
    assert northgate.states()["INV-0002"] == "unconfirmed"
    northgate.make_due()
    northgate.drain()
    assert northgate.states()["INV-0002"] == "pushed"
    assert sorted(northgate.books()) == numbers(3)
