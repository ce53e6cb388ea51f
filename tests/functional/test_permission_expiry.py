"""People hear in time that a permission ends, and every day that it is gone."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.domain.states import SyncState
from app.extensions import db, redis_client
from app.models import Alert, Connection, Grant, Mail, PermissionWarning
from app.secrets import seal
from app.usecases import manage_connection
from app.usecases.company.permission_gone import mark_broken
from app.usecases.permission.keep_fresh import keep_fresh
from app.usecases.permission.permission_expiry import (
    remind_of_disconnects,
    wake_resting_permissions,
    warn_of_ends,
)
from tests.builders import a_connection, a_reader, a_workspace, an_invoice
from tests.connected import connect, now

pytestmark = pytest.mark.usefixtures("app_context")

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
FAR = NOW + timedelta(days=1_800)


@pytest.fixture
def connection(app_context):
    """Northgate's connection, whose permission lasts; Ana owns, Priya keeps the books."""
    workspace = a_workspace()
    a_reader(workspace.id, "ana", "owner")
    a_reader(workspace.id, "priya", "finance")
    a_reader(workspace.id, "eve", "viewer")
    made = a_connection(workspace)
    made.grant = Grant(
        workspace_id=workspace.id,
        provider="quickbooks",
        environment="sandbox",
        access_token_encrypted=seal("access"),
        refresh_token_encrypted=seal("refresh"),
        access_expires_at=NOW,
        refresh_expires_at=NOW + timedelta(days=100),
        hard_expires_at=FAR,
        refreshed_at=NOW,
    )
    db.session.commit()
    return made


def ends(connection, *, idle=None, final=FAR):
    connection.grant.refresh_expires_at = idle or NOW + timedelta(days=100)
    connection.grant.hard_expires_at = final
    db.session.commit()


def mails():
    return db.session.scalars(select(Mail.subject).order_by(Mail.id)).all()


def after(**later):
    return NOW + timedelta(**later)


# ------------------------------------------------------------------ it ends


def test_nobody_is_told_of_a_permission_that_lasts(connection):
    assert [warn_of_ends(NOW), warn_of_ends(after(days=85, hours=23))] == [0, 0]


def test_people_are_told_fourteen_and_three_days_before_the_end_once_each(connection):
    ends(connection, idle=after(days=100))
    for hours in range(0, 100 * 24, 6):
        warn_of_ends(after(hours=hours))
    assert mails() == [
        "QuickBooks permission ends in 14 days, on 28 February 2027 (Northgate IT Services Ltd)",
        "QuickBooks permission ends in 3 days, on 28 February 2027 (Northgate IT Services Ltd)",
    ]
    [recipients] = {tuple(each) for each in db.session.scalars(select(Mail.recipients))}
    assert recipients == ("ana@northgate.example", "priya@northgate.example")


def test_the_end_for_good_is_told_likewise_and_says_so(connection):
    ends(connection, final=after(days=14))
    assert [warn_of_ends(NOW), warn_of_ends(NOW)] == [1, 0]
    [mail] = db.session.scalars(select(Mail))
    for part in (mail.body_text, mail.body_html):
        assert "QuickBooks ends every permission after a fixed time" in part
        assert "reconnect with a QuickBooks administrator’s sign-in before 4 December 2026" in part
        assert f"/connections/{connection.id}" in part


def test_whoever_comes_late_is_told_the_latest_warning_only(connection):
    ends(connection, idle=after(days=2))
    warn_of_ends(NOW)
    warn_of_ends(after(hours=1))
    assert len(mails()) == 1
    assert "ends in 2 days" in mails()[0]


def test_a_renewal_that_moves_the_date_makes_earlier_warnings_void(connection):
    ends(connection, idle=after(days=14))
    warn_of_ends(NOW)
    ends(connection, idle=after(days=114))
    assert warn_of_ends(after(days=1)) == 0
    assert warn_of_ends(after(days=100)) == 1
    assert len(mails()) == 2


def test_a_date_told_in_seconds_to_go_is_the_same_date_each_time(connection):
    for minutes in range(5):
        ends(connection, final=after(days=14, seconds=minutes - 2))
        warn_of_ends(after(minutes=minutes))
    assert len(mails()) == 1


def test_two_clocks_tell_it_once(app, connection):
    ends(connection, idle=after(days=14))

    def clock():
        with app.app_context():
            warn_of_ends(NOW)

    clocks = [threading.Thread(target=clock) for _ in range(4)]
    for each in clocks:
        each.start()
    for each in clocks:
        each.join()
    assert len(mails()) == 1


@pytest.mark.parametrize(("state", "told"), [("paused", 1), ("broken", 0), ("disconnected", 0)])
def test_a_paused_connection_is_warned_of_and_one_that_is_gone_is_not(connection, state, told):
    connection.state = state
    ends(connection, idle=after(days=14))
    assert warn_of_ends(NOW) == told


def test_a_disconnect_forgets_the_warnings_with_the_permission(simulator):
    northgate = connect(simulator)
    grant = db.session.scalars(select(Grant)).one()
    grant.refresh_expires_at = now() + timedelta(days=14)
    a_reader(northgate.workspace_id)
    db.session.commit()
    assert warn_of_ends(now()) == 1
    manage_connection.disconnect(northgate.connection_id, "Priya Nair", None, now())
    assert db.session.scalars(select(PermissionWarning)).all() == []


def test_a_real_renewal_moves_the_date(simulator):
    northgate = connect(simulator)
    a_reader(northgate.workspace_id)
    grant = db.session.scalars(select(Grant)).one()
    grant.refresh_expires_at = now() + timedelta(days=3)
    db.session.commit()
    assert warn_of_ends(now()) == 1
    keep_fresh(northgate.connection_id, now())
    assert warn_of_ends(now() + timedelta(days=20)) == 0


# ------------------------------------------------------------------ it rests


@pytest.mark.parametrize(("days", "woken"), [(6, 0), (8, 1)])
def test_a_paused_connections_permission_is_renewed_every_week(connection, days, woken):
    connection.state = "paused"
    db.session.commit()
    assert wake_resting_permissions(after(days=days)) == woken
    assert redis_client().exists(f"lb:woken:refresh_token:{connection.id}") == woken


# ------------------------------------------------------------------ it is gone


@pytest.fixture
def broken(connection):
    """Its permission is gone since NOW, two invoices wait."""
    for total in ("540.00", "240.00"):
        an_invoice(connection, total, SyncState.WAITING)
    mark_broken(connection.id, "test", NOW)
    alarm = db.session.scalars(select(Alert)).one()
    alarm.created_at = NOW
    db.session.commit()
    return connection


def test_people_are_reminded_once_a_day(broken):
    for hours in range(24 * 3 + 1):
        remind_of_disconnects(after(hours=hours))
    subject = "QuickBooks still disconnected: 2 invoices, £780.00 waiting"
    assert mails()[1:] == [f"{subject} (Northgate IT Services Ltd)"] * 3
    last = db.session.scalars(select(Mail).order_by(Mail.id.desc())).first()
    for part in (last.body_text, last.body_html):
        assert "on 20 November 2026 at 09:00, 3 days ago, QuickBooks stopped accepting" in part
        assert "2 invoices worth £780.00 have not reached your books" in part


def test_no_reminder_comes_on_the_first_day(broken):
    assert remind_of_disconnects(after(hours=23, minutes=59)) == 0


def test_no_reminder_comes_after_a_reconnect_or_a_disconnect_for_good(broken):
    manage_connection.disconnect(broken.id, "Priya Nair", None, after(hours=1))
    assert remind_of_disconnects(after(days=2)) == 0


def test_a_later_break_is_reminded_of_a_day_after_it(simulator):
    northgate = connect(simulator)
    mark_broken(northgate.connection_id, "test", now())
    assert remind_of_disconnects(now() + timedelta(days=1, minutes=1)) == 1
    northgate.reconnect()
    assert remind_of_disconnects(now() + timedelta(days=9)) == 0
    mark_broken(northgate.connection_id, "test", now())
    assert remind_of_disconnects(now() + timedelta(hours=23)) == 0
    assert remind_of_disconnects(now() + timedelta(days=1, minutes=1)) == 1


def test_two_clocks_remind_once(app, broken):
    def clock():
        with app.app_context():
            remind_of_disconnects(after(days=1))

    clocks = [threading.Thread(target=clock) for _ in range(4)]
    for each in clocks:
        each.start()
    for each in clocks:
        each.join()
    assert len(mails()) == 2


def test_every_e_mail_survives_forwarding(broken):
    remind_of_disconnects(after(days=1))
    broken.state = "active"
    ends(broken, idle=after(days=3))
    warn_of_ends(NOW)
    written = db.session.scalars(select(Mail)).all()
    assert len(written) == 3
    for mail in written:
        assert len(mail.body_html) < 20_000
        for forbidden in ("<script", "<link", "<img", "flex", "None"):
            assert forbidden not in mail.body_html
        assert "None" not in mail.body_text


def test_a_connection_that_is_given_back_is_not_looked_for(connection):
    db.session.add(
        Alert(
            workspace_id=connection.workspace_id,
            kind="connection.disconnected",
            subject="connection:999",
            message="Gone.",
            created_at=NOW,
        )
    )
    db.session.commit()
    assert remind_of_disconnects(after(days=2)) == 0
    assert db.session.get_one(Connection, connection.id).state == "active"
