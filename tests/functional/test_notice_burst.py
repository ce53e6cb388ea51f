"""A month's end of notices is one read of the company, whatever their number."""

from datetime import timedelta

from app.extensions import db
from app.models import Connection
from app.usecases.book.pull import pull
from app.usecases.book.receive_webhook import receive
from app.usecases.sweep import wake_wanted_pulls
from simulator.client import NORTHGATE, VERIFIER_TOKEN
from tests.connected import connect, now
from tests.noticed import body_of, change, signed


def announce(second, at):
    some = [change(f"evt-{second}-{n}", ledger_id=str(n), company=NORTHGATE) for n in range(50)]
    raw = body_of(*some)
    assert receive("quickbooks", raw, signed(raw, VERIFIER_TOKEN), None, at).stored == 50


def test_five_hundred_payments_in_ten_seconds_are_read_once(app_context, simulator):
    northgate = connect(simulator)
    simulator.reset_counters()
    start = now()
    for second in range(20):
        at = start + timedelta(seconds=second)
        if second < 10:
            announce(second, at)
        if wake_wanted_pulls(at):
            pull(northgate.connection_id, at)
    assert simulator.counters(NORTHGATE)["metered"] == 1
    assert db.session.get_one(Connection, northgate.connection_id).pull_wanted_at is None
