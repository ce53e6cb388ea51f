"""Renewing a permission: one at a time, stored before use."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.extensions import db
from app.ledgers.errors import Disconnected, Misconfigured
from app.models import Connection, Grant
from app.usecases.keep_fresh import keep_fresh
from app.usecases.tokens import access_token, access_version, refresh
from simulator.client import NORTHGATE
from tests.connected import connect, now


@pytest.fixture
def northgate(app_context, simulator):
    return connect(simulator)


def grant():
    return db.session.scalars(select(Grant).execution_options(populate_existing=True)).one()


def refreshes(simulator):
    return sum(1 for call in simulator.requests() if "tokens/bearer" in call["path"])


def test_a_token_that_lasts_is_handed_out_without_a_call(northgate, simulator):
    before = refreshes(simulator)
    access_token(grant().id, now())
    assert refreshes(simulator) == before


def test_a_token_about_to_end_is_renewed_and_stored(northgate, simulator):
    version = grant().version
    access = access_token(grant().id, now() + timedelta(minutes=56))
    assert access.version == version + 1 == grant().version


def test_ten_workers_renew_once(app, northgate, simulator):
    grant_id, version = grant().id, grant().version
    db.session.commit()
    found = []

    def work():
        with app.app_context():
            found.append(refresh(grant_id, version, now()))

    workers = [threading.Thread(target=work) for _ in range(10)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert {access.version for access in found} == {version + 1}
    assert len({access.token for access in found}) == 1


def test_a_permission_that_is_gone_breaks_the_connection_and_is_told(northgate, simulator):
    simulator.revoke_tokens(NORTHGATE)
    with pytest.raises(Disconnected):
        keep_fresh(northgate.connection_id, now())
    assert db.session.get_one(Connection, northgate.connection_id).state == "broken"


def test_a_wrong_client_secret_is_our_mistake_and_not_a_disconnect(app, northgate, simulator):
    simulator.register_client("demo-client", "changed")
    with pytest.raises(Misconfigured):
        keep_fresh(northgate.connection_id, now())
    assert db.session.get_one(Connection, northgate.connection_id).state == "active"


def test_the_version_rises_with_every_renewal(northgate):
    grant_id = grant().id
    before = access_version(grant_id)
    keep_fresh(northgate.connection_id, now())
    assert access_version(grant_id) == before + 1
