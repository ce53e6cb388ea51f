"""A worker whose lock broke sends nothing that another one has taken over."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.extensions import db
from app.usecases.company.exclusive import Hold
from app.usecases.company.line import line_of
from app.usecases.company.open_ledger import governor
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


def test_a_write_of_a_worker_that_lost_the_company_is_waited_for(northgate, simulator, app):
    def work():
        with app.app_context():
            northgate.drain()

    simulator.switch(latency_ms=1500)
    northgate.bill("INV-0002")
    first = threading.Thread(target=work)
    first.start()
    while not simulator.counters(NORTHGATE)["max_writes_in_flight"]:
        time.sleep(0.02)
    # PostgreSQL is restarted: the first worker's lock is gone, its call goes on.
    kill = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
    db.session.execute(text(kill))
    db.session.commit()
    northgate.bill("INV-0003")
    northgate.drain()
    first.join()
    assert simulator.counters(NORTHGATE)["max_writes_in_flight"] == 1
    northgate.make_due()
    northgate.drain()
    assert sorted(northgate.books()) == numbers(3)


def test_a_killed_worker_is_waited_for_ten_seconds_at_most(northgate):
    line = line_of(northgate.connection_id)
    long_ago = datetime.now(UTC) - timedelta(seconds=9.5)
    governor().enter(line.company, f"push:{line.connection_id}:0", line.limits, long_ago)
    northgate.bill("INV-0002")
    started = time.monotonic()
    northgate.drain()
    assert northgate.states()["INV-0002"] == "pushed"
    assert time.monotonic() - started < 5
