"""The clock finds what is due, whatever became of the queue."""

from datetime import UTC, datetime, timedelta

import pytest

from app.extensions import db, redis_client
from app.models import Connection, Reconciliation, Workspace
from app.usecases import sweep
from tests.northgate import NOW, make_northgate
from workers.clock import PERIODIC, Periodic, tick


@pytest.fixture
def northgate(app_context, redis_url):
    made = make_northgate()
    connection = db.session.get_one(Connection, made.connection_id)
    connection.created_at = datetime(2026, 3, 14, tzinfo=UTC)
    db.session.commit()
    redis_client().flushall()
    return made


def woken():
    return sorted(key.decode() for key in redis_client().keys("lb:woken:*"))


def test_a_push_whose_job_was_lost_is_found(northgate):
    northgate.bill("INV-0001")
    redis_client().flushall()
    assert sweep.wake_due_pushes(NOW) == 1
    assert woken() == [f"lb:woken:drain:{northgate.connection_id}"]


def test_a_push_that_is_due_later_wakes_nobody(northgate):
    northgate.bill("INV-0001")
    assert sweep.wake_due_pushes(NOW - timedelta(seconds=1)) == 0


def test_what_a_dead_worker_left_claimed_is_found(northgate):
    northgate.bill("INV-0001")
    [push] = northgate.pushes()
    push.state = "pushing"
    db.session.commit()
    assert sweep.wake_due_pushes(NOW + timedelta(seconds=6)) == 1


def test_a_paused_company_is_left_alone(northgate):
    northgate.bill("INV-0001")
    db.session.get_one(Connection, northgate.connection_id).state = "paused"
    db.session.commit()
    assert sweep.wake_due_pushes(NOW) == 0


def test_a_notice_wants_a_pull_and_silence_wants_one_after_a_while(northgate):
    connection = db.session.get_one(Connection, northgate.connection_id)
    connection.pulled_at = connection.pull_wanted_at = connection.pull_wanted_since = NOW
    db.session.commit()
    assert sweep.wake_wanted_pulls(NOW + timedelta(seconds=1)) == 0
    assert sweep.wake_wanted_pulls(NOW + timedelta(seconds=2)) == 1
    assert sweep.wake_overdue_pulls(NOW + timedelta(minutes=14)) == 0
    assert sweep.wake_overdue_pulls(NOW + timedelta(minutes=16)) == 1


def test_a_burst_is_read_once_it_is_over_or_has_lasted_long_enough(northgate):
    connection = db.session.get_one(Connection, northgate.connection_id)
    connection.pull_wanted_since = NOW
    connection.pull_wanted_at = NOW + timedelta(seconds=19)
    db.session.commit()
    assert sweep.wake_wanted_pulls(NOW + timedelta(seconds=19)) == 0
    assert sweep.wake_wanted_pulls(NOW + timedelta(seconds=20)) == 1


def test_the_echoes_of_our_own_pushes_are_read_after_the_pushing(northgate):
    northgate.bill("INV-0001")
    connection = db.session.get_one(Connection, northgate.connection_id)
    connection.pull_wanted_since = connection.pull_wanted_at = NOW
    db.session.commit()
    assert sweep.wake_wanted_pulls(NOW + timedelta(seconds=5)) == 0
    [push] = northgate.pushes()
    push.state = "done"
    db.session.commit()
    assert sweep.wake_wanted_pulls(NOW + timedelta(seconds=5)) == 1


@pytest.mark.parametrize(
    ("zone", "moment", "due"),
    [
        ("Europe/London", datetime(2026, 11, 20, 5, 59, tzinfo=UTC), 0),
        ("Europe/London", datetime(2026, 11, 20, 6, 0, tzinfo=UTC), 1),
        ("Europe/London", datetime(2026, 7, 20, 5, 0, tzinfo=UTC), 1),  # summer time
        ("America/New_York", datetime(2026, 11, 20, 6, 0, tzinfo=UTC), 0),
        ("America/New_York", datetime(2026, 11, 20, 11, 0, tzinfo=UTC), 1),
    ],
)
def test_the_books_are_compared_at_the_workspaces_own_hour(northgate, zone, moment, due):
    db.session.get_one(Workspace, northgate.workspace_id).time_zone = zone
    db.session.commit()
    assert sweep.wake_daily_reconciliations(moment) == due


def test_a_company_connected_after_the_hour_is_compared_the_next_day(northgate):
    connected = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
    db.session.get_one(Connection, northgate.connection_id).created_at = connected
    db.session.commit()
    assert sweep.wake_daily_reconciliations(connected + timedelta(hours=1)) == 0
    assert sweep.wake_daily_reconciliations(connected + timedelta(hours=15)) == 1


@pytest.mark.parametrize(("verdict", "after", "due"), [("square", 600, 0), ("failed", 30, 1)])
def test_a_day_with_a_verdict_is_done_and_a_failed_one_is_tried_again(
    northgate, verdict, after, due
):
    six = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
    db.session.add(
        Reconciliation(
            workspace_id=northgate.workspace_id,
            connection_id=northgate.connection_id,
            trigger="clock",
            first_day=six.date(),
            last_day=six.date(),
            started_at=six,
            verdict=verdict,
            currency="GBP",
        )
    )
    db.session.commit()
    assert sweep.wake_daily_reconciliations(six + timedelta(minutes=after)) == due


def test_a_mistake_in_one_entry_does_not_stop_the_clock(app, northgate):
    northgate.bill("INV-0001")
    redis_client().flushall()
    table = (Periodic("app.usecases.sweep.no_such_thing", every=1), PERIODIC[0])
    tick(app, 0, NOW, table)
    assert woken() == [f"lb:woken:drain:{northgate.connection_id}"]
