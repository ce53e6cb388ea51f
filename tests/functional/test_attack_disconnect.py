"""A disconnect in the very moment an answer is written down: neither is a victim of the other."""

import threading
import time

import pytest
from sqlalchemy import text

from app.extensions import db
from app.usecases.manage_connection import disconnect
from app.usecases.push import record as records
from tests.connected import connect, now

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    return made


def _somebody_is_held_up() -> bool:
    with db.engine.connect() as line:
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        return bool(line.scalar(text(waits)))


def test_a_disconnect_while_an_answer_is_written_down_waits_for_it(northgate, monkeypatch, app):
    failed, others = [], []

    def leave():
        with app.app_context():
            try:
                disconnect(northgate.connection_id, "Priya Nair", None, now())
            except Exception as error:  # noqa: BLE001  # whatever it is, it is what is looked for
                failed.append(error)

    real = records.lock

    def locked(push_ids):
        found = real(push_ids)
        if found[0][1] is not None and not others:
            others.append(threading.Thread(target=leave))
            others[0].start()
            deadline = time.monotonic() + 5
            while not _somebody_is_held_up() and time.monotonic() < deadline:
                pass
        return found

    monkeypatch.setattr(records, "lock", locked)
    northgate.bill("INV-0001")
    northgate.drain()
    others[0].join()
    assert failed == []
    assert northgate.states() == {"INV-0001": "unlinked"}
