"""A worker whose lock broke sends nothing that another one has taken over."""

import threading

import pytest

from app.usecases.exclusive import Hold
from app.usecases.push.claim import claim
from app.usecases.push.crew import Crew
from simulator.client import NORTHGATE
from tests.connected import connect, now, numbers

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    made.bill("INV-0001")
    made.drain()  # Oak & Ash Ltd is known from here on
    simulator.reset_counters()
    return made


def test_what_another_worker_took_over_is_not_sent_by_the_first(northgate, monkeypatch, app):
    launch, others = Crew.launch, []

    def take_over():
        with app.app_context():
            others.append(claim(northgate.connection_id, "another", now(), 20))

    def launched(crew, ready):
        if not others:  # PostgreSQL was restarted: nobody holds the company any more
            thread = threading.Thread(target=take_over)
            thread.start()
            thread.join()
        return launch(crew, ready)

    monkeypatch.setattr(Crew, "launch", launched)
    monkeypatch.setattr(Hold, "lost", lambda _hold: bool(others))
    for number in numbers(3, first=2):
        northgate.bill(number)
    northgate.drain()
    assert len(others[0]) == 3
    assert "Invoice.create" not in northgate.simulator.counters(NORTHGATE)["by_operation"]
    assert {northgate.push_of(n).claimed_by for n in numbers(3, first=2)} == {"another"}
    assert [northgate.states()[n] for n in numbers(3, first=2)] == ["pushing"] * 3
