"""The meter of calls: kept where nobody empties it, and heard of before it runs out."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.api.metrics import Figures
from app.domain.metering import month_of
from app.extensions import db, redis_client
from app.governor import Governor
from app.models import Alert, CallMeter, Connection, Mail
from app.queries.meter import Metered, metered_of_installation, metered_this_month
from app.usecases.book.pull import pull
from app.usecases.company.exclusive import exclusively
from app.usecases.company.read_meters import read_meters
from app.usecases.permission.connect import add_headless
from simulator.client import NORTHGATE
from tests.builders import a_reader
from tests.connected import connect, now
from tests.northgate import add_connection, make_northgate

pytestmark = pytest.mark.usefixtures("app_context")

# A day inside a month, so that yesterday is in the same month.
NOVEMBER = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, 0, 0, 30, tzinfo=UTC)


def live(northgate, **changes):
    """Let the connection lead to the customer's real books, where calls count."""
    connection = db.session.get_one(Connection, northgate.connection_id)
    connection.environment = "production"
    for column, value in changes.items():
        setattr(connection, column, value)
    db.session.commit()
    return connection


def call(connection, metered=0, free=0, at=NOVEMBER):
    """Make calls, as the governor counts them."""
    company = f"{connection.provider}:{connection.environment}:{connection.company_id}"
    for kind, count in ((True, metered), (False, free)):
        for _ in range(count):
            Governor(redis_client()).record(company, metered=kind, now=at)


def read(connection, at=NOVEMBER):
    read_meters(at)
    return metered_this_month(connection, at)


def used(connection, calls, at=NOVEMBER):
    """Let so many calls of the month have been made; Redis need not count them all."""
    db.session.add(
        CallMeter(
            workspace_id=connection.workspace_id,
            connection_id=connection.id,
            month=month_of(at),
            metered=calls,
        )
    )
    db.session.commit()


def alarms():
    rows = db.session.execute(select(Alert.subject, Alert.closed_at).order_by(Alert.id))
    return {subject: closed is None for subject, closed in rows}


def mails():
    return db.session.scalars(select(Mail.subject).order_by(Mail.id)).all()


def test_what_redis_counts_is_kept_in_the_database():
    connection = live(make_northgate())
    call(connection, metered=3, free=5)
    assert read(connection) == Metered(3, 5, 500_000)
    call(connection, metered=1)
    assert read(connection) == Metered(4, 5, 500_000)


def test_our_meter_shows_what_the_ledger_counts(simulator):
    northgate = connect(simulator)
    read_meters(now())
    simulator.reset_counters()
    before = metered_this_month(the_only(), now()).calls
    pull(northgate.connection_id, now())
    read_meters(now())
    assert simulator.counters(NORTHGATE)["metered"] > 0
    counted = metered_this_month(the_only(), now()).calls - before
    assert counted == simulator.counters(NORTHGATE)["metered"]


def test_the_calls_of_connecting_are_counted_too(simulator):
    northgate = make_northgate()
    simulator.reset_counters()
    token = simulator.issue_refresh_token(NORTHGATE)
    connection_id = add_headless(
        northgate.workspace_id, "quickbooks", "sandbox", NORTHGATE, token, "test", now()
    )
    read_meters(now())
    connection = db.session.get_one(Connection, connection_id)
    ours = metered_this_month(connection, now()).calls
    assert ours == simulator.counters(NORTHGATE)["metered"]


def the_only():
    return db.session.scalars(select(Connection)).one()


def test_nothing_is_lost_when_redis_is_emptied():
    connection = live(make_northgate())
    call(connection, metered=7, free=2)
    read(connection)
    redis_client().flushdb()
    assert read(connection) == Metered(7, 2, 500_000)
    call(connection, metered=3)
    assert read(connection) == Metered(10, 2, 500_000)
    call(connection, metered=6)
    assert read(connection) == Metered(16, 2, 500_000)


def test_a_second_clock_adds_nothing(app):
    connection = live(make_northgate())
    call(connection, metered=7)

    def clock():
        with app.app_context():
            read_meters(NOVEMBER)

    clocks = [threading.Thread(target=clock) for _ in range(4)]
    for each in clocks:
        each.start()
    for each in clocks:
        each.join()
    assert read(connection).calls == 7
    assert len(db.session.scalars(select(CallMeter)).all()) == 1


def test_a_clock_that_comes_while_another_reads_leaves_it_alone():
    connection = live(make_northgate())
    call(connection, metered=7)
    with exclusively("meter", 0):
        assert read(connection).calls == 0
    assert read(connection).calls == 7


@pytest.mark.chaos
def test_a_redis_that_is_away_changes_nothing(services):
    connection = live(make_northgate())
    call(connection, metered=7)
    read(connection)
    services.stop_redis()
    assert read(connection).calls == 7


def test_the_last_minute_of_a_month_is_counted_after_its_end():
    connection = live(make_northgate())
    call(connection, metered=2, at=NOVEMBER)
    read(connection)
    call(connection, metered=1, at=DECEMBER - timedelta(seconds=40))
    call(connection, metered=4, at=DECEMBER)
    assert read(connection, at=DECEMBER).calls == 4
    assert metered_this_month(connection, NOVEMBER).calls == 3


def test_the_sandbox_is_counted_and_has_no_quota():
    connection = db.session.get_one(Connection, make_northgate().connection_id)
    call(connection, metered=3)
    assert read(connection) == Metered(3, 0, None)
    assert metered_of_installation("quickbooks", NOVEMBER) == Metered(0, 0, 500_000)


def test_the_installation_adds_up_all_workspaces():
    here = live(make_northgate())
    there = live(make_northgate("harbour", company_id="4620816"))
    call(here, metered=3, free=1)
    call(there, metered=4)
    read_meters(NOVEMBER)
    assert metered_of_installation("quickbooks", NOVEMBER) == Metered(7, 1, 500_000)
    assert metered_this_month(here, NOVEMBER).calls == 3


def test_a_company_that_moves_to_another_workspace_is_not_counted_twice():
    before = live(make_northgate())
    call(before, metered=5)
    read(before)
    live_again = make_northgate("harbour", company_id="4620816")
    before.state, before.disconnected_at = "disconnected", NOVEMBER
    db.session.commit()
    after = live(live_again, company_id=before.company_id)
    call(after, metered=2)
    read_meters(NOVEMBER)
    assert metered_this_month(after, NOVEMBER).calls == 2
    assert metered_of_installation("quickbooks", NOVEMBER).calls == 7


# ------------------------------------------------------------------ the quota nears its end


@pytest.fixture
def owned():
    """Return a live connection of a workspace with an owner and a finance person."""
    northgate = make_northgate()
    a_reader(northgate.workspace_id, "ana", "owner")
    a_reader(northgate.workspace_id, "priya", "finance")
    return live(northgate)


def test_nobody_is_told_before_seventy_per_cent(owned):
    used(owned, 349_999)
    read_meters(NOVEMBER)
    assert (alarms(), mails()) == ({}, [])


def test_people_are_told_at_seventy_per_cent_once(owned):
    used(owned, 349_998)
    call(owned, metered=2)
    for _ in range(3):
        read_meters(NOVEMBER)
    assert alarms() == {"quickbooks:2026-11:70": True}
    [mail] = db.session.scalars(select(Mail))
    assert mail.recipients == ["ana@northgate.example", "priya@northgate.example"]
    assert mail.subject == "70% of this month’s QuickBooks reads are used (350,000 of 500,000)"
    for part in (mail.body_text, mail.body_html):
        assert "before 1 December 2026: payments stop coming back" in part


def test_the_warning_at_ninety_takes_the_place_of_the_one_at_seventy(owned):
    used(owned, 350_000)
    read_meters(NOVEMBER)
    call(owned, metered=1)
    db.session.scalars(select(CallMeter)).one().metered = 449_999
    db.session.commit()
    read_meters(NOVEMBER)
    read_meters(NOVEMBER)
    assert alarms() == {"quickbooks:2026-11:70": False, "quickbooks:2026-11:90": True}
    assert len(mails()) == 2


def test_the_alarm_ends_with_the_month(owned):
    used(owned, 350_000)
    read_meters(NOVEMBER)
    read_meters(DECEMBER)
    assert alarms() == {"quickbooks:2026-11:70": False}
    assert len(mails()) == 1


def test_only_workspaces_that_read_real_books_are_told(owned):
    sandbox = make_northgate("harbour", company_id="4620816")
    a_reader(sandbox.workspace_id, "tom")
    add_connection(owned.workspace_id, "555", environment="production")
    db.session.commit()
    used(owned, 350_000)
    read_meters(NOVEMBER)
    assert db.session.scalars(select(Alert.workspace_id)).all() == [owned.workspace_id]


def test_prometheus_is_told():
    connection = live(make_northgate())
    used(connection, 1_234)
    samples = [sample for family in Figures(NOVEMBER).collect() for sample in family.samples]
    told = {sample.name: (sample.labels, sample.value) for sample in samples}
    assert told["ledger_calls_metered"] == ({"connection": str(connection.id)}, 1_234)
    assert told["ledger_calls_metered_month"] == ({"provider": "quickbooks"}, 1_234)
