"""A company connected anew while the permission of before is being given back stays connected.

Giving a token back ends all that the application may do in the company (facts: revoke).
"""

import threading
import time

import pytest
from sqlalchemy import select, text

from app.extensions import db
from app.models import Connection, Revocation
from app.usecases.manage_connection import disconnect
from app.usecases.permission import new_permission
from app.usecases.permission.connect import ConnectRefused, begin, finish
from app.usecases.permission.give_back import connected_by_one, give_back, kept_from_giving_back
from app.usecases.read_company import read_company
from simulator.client import NORTHGATE
from tests.builders import a_reader
from tests.connected import connect, now
from tests.functional.test_connect import consent

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def given_up(app_context, simulator):
    """Northgate, disconnected while the vendor was away: its permission waits to be given back."""
    made = connect(simulator)
    simulator.inject("unavailable", entity="token", operation="revoke")
    disconnect(made.connection_id, "Priya Nair", None, now())
    return made


def connected_anew(given_up):
    who = given_up.workspace_id, a_reader(given_up.workspace_id).id
    db.session.commit()
    args = consent(begin(*who, "quickbooks", "sandbox", now()))
    return finish(*who, "Priya Nair", "quickbooks", args, now())


def under_way():
    """Wait until somebody gives a permission back."""
    held = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 5124")
    until = time.monotonic() + 10
    while not db.session.scalar(held):
        assert time.monotonic() < until, "nobody gives anything back"
        time.sleep(0.01)
    db.session.commit()


def test_the_new_permission_comes_after_the_old_one_went(app, given_up, simulator):
    simulator.inject("slow", entity="token", operation="revoke", seconds=1.5)

    def tried_again():
        with app.app_context():
            give_back(given_up.connection_id, now())

    retry = threading.Thread(target=tried_again)
    retry.start()
    under_way()
    connection_id = connected_anew(given_up)
    retry.join()
    read_company(connection_id, now())  # would raise Disconnected
    assert db.session.scalars(select(Connection.state)).all() == ["active"]
    assert db.session.scalars(select(Revocation)).all() == []


def test_who_connects_is_told_where_that_takes_long(given_up, monkeypatch):
    monkeypatch.setattr(new_permission, "_GIVING_BACK", 1)
    with kept_from_giving_back("quickbooks", "sandbox", NORTHGATE):
        with pytest.raises(ConnectRefused, match="is being given back to QuickBooks just now"):
            connected_anew(given_up)
        assert not give_back(given_up.connection_id, now())
    assert db.session.scalars(select(Connection.state)).all() == ["disconnected"]


def test_who_connects_second_is_told_that_somebody_else_does(given_up, monkeypatch):
    monkeypatch.setattr(new_permission, "_CONNECTING", 0)
    with (
        connected_by_one("quickbooks", "sandbox", NORTHGATE),
        pytest.raises(ConnectRefused, match="Somebody else is connecting this company just now"),
    ):
        connected_anew(given_up)
    assert db.session.scalars(select(Connection.state)).all() == ["disconnected"]
