"""Renewing a permission: one at a time, stored before use; what a vendor's refusal means."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.extensions import db
from app.ledgers.errors import Disconnected, Misconfigured, Unavailable
from app.models import Alert, Connection, Grant, Mail
from app.secrets import unseal
from app.usecases.company.line import line_of
from app.usecases.company.open_ledger import OpenCompany, with_ledger
from app.usecases.company.tokens import access_token, access_version, refresh
from app.usecases.permission.keep_fresh import keep_fresh
from simulator.client import NORTHGATE
from tests.builders import a_reader
from tests.connected import connect, now
from tests.northgate import add_connection

# Whatever keeps a vendor's answer from us after it has renewed the permission.
LOST = [
    ("reset", {}),
    ("hang", {"seconds": 0.2}),
    ("html", {}),
    ("server_error", {}),
    ("answer", {"status": 200, "body": '{"access_token":"eyJ'}),
    ("answer", {"status": 200, "body": "<html></html>"}),
]


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    a_reader(made.workspace_id, "ana", "owner")
    a_reader(made.workspace_id, "priya", "finance")
    db.session.commit()
    return made


def grant():
    return db.session.scalars(select(Grant).execution_options(populate_existing=True)).one()


def refresh_value():
    value = unseal(grant().refresh_token_encrypted)
    db.session.commit()
    return value


@pytest.fixture
def refreshes(simulator, northgate):
    """Return how often the vendor was asked to renew; the rule only watches."""
    rule = simulator.inject("slow", entity="token", operation="refresh", nth=1_000_000, times=None)
    return lambda: next(one["seen"] for one in simulator.faults() if one["id"] == rule)


def state(northgate):
    connection = db.session.get_one(Connection, northgate.connection_id, populate_existing=True)
    return connection.state


def mails():
    return db.session.scalars(select(Mail.subject).order_by(Mail.id)).all()


def ringing():
    return db.session.scalars(select(Alert.kind).where(Alert.closed_at.is_(None))).all()


def ends_at(**later):
    """Let the access token end so long from now."""
    grant().access_expires_at = now() + timedelta(**later)
    db.session.commit()


def read_company(northgate, at=None):
    return with_ledger(northgate.connection_id, at or now(), lambda ledger: ledger.company())


# ------------------------------------------------------------------ one at a time


def test_a_token_that_lasts_is_handed_out_without_a_call(northgate, refreshes):
    access_token(grant().id, now())
    assert refreshes() == 0


def test_a_token_about_to_end_is_renewed_and_stored(northgate, refreshes):
    version = grant().version
    access = access_token(grant().id, now() + timedelta(minutes=56))
    assert access.version == version + 1 == grant().version
    assert refreshes() == 1


def test_ten_workers_renew_once(app, northgate, refreshes):
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
    assert refreshes() == 1


RENEW = """
import sys
from datetime import UTC, datetime
from app import create_app
from app.usecases.company.tokens import refresh
with create_app().app_context():
    print(refresh(int(sys.argv[1]), int(sys.argv[2]), datetime.now(UTC)).version)
"""


def test_two_processes_renew_once(northgate, simulator, refreshes, start_process, tmp_path):
    grant_id, version = grant().id, grant().version
    db.session.commit()
    # While the one waits for the vendor, the other comes.
    simulator.inject("slow", entity="token", operation="refresh", seconds=3)
    processes = [start_process("-c", RENEW, str(grant_id), str(version)) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    said = [(tmp_path / f"process-{n}.log").read_text().splitlines()[-1] for n in range(2)]
    assert said == [str(version + 1)] * 2
    assert refreshes() == 1


def test_the_version_rises_with_every_renewal(northgate):
    grant_id = grant().id
    before = access_version(grant_id)
    keep_fresh(northgate.connection_id, now())
    assert access_version(grant_id) == before + 1


def test_a_value_that_changed_is_stored_before_it_is_used(northgate, simulator):
    simulator.rotate_refresh_token(NORTHGATE)
    before = refresh_value()
    keep_fresh(northgate.connection_id, now())
    assert refresh_value() != before
    keep_fresh(northgate.connection_id, now())  # the old value would be refused
    assert state(northgate) == "active"


USE = """
import sys
from datetime import UTC, datetime
from app import create_app
from app.usecases.company.open_ledger import with_ledger
with create_app().app_context():
    with_ledger(int(sys.argv[1]), datetime.now(UTC), lambda ledger: ledger.company())
"""


def test_a_worker_killed_between_store_and_use_loses_nothing(
    northgate, simulator, start_process, wait_until
):
    simulator.rotate_refresh_token(NORTHGATE)
    ends_at(minutes=0)
    before, version = refresh_value(), grant().version
    db.session.commit()
    rule = simulator.inject("hang", entity="CompanyInfo", operation="read", seconds=100)
    process = start_process("-c", USE, str(northgate.connection_id))
    wait_until(lambda: any(one["id"] == rule and one["fired"] for one in simulator.faults()), 60)
    process.kill()
    process.wait()
    assert (grant().version, refresh_value() != before) == (version + 1, True)
    simulator.clear_faults()
    keep_fresh(northgate.connection_id, now())
    assert read_company(northgate).name == "Northgate IT Services Ltd"


# ------------------------------------------------------------------ the answer is lost


@pytest.mark.parametrize("policy", ["grace", "dies"])
@pytest.mark.parametrize(("kind", "more"), LOST)
def test_a_lost_answer_within_the_day_is_asked_for_again(northgate, simulator, kind, more, policy):
    simulator.switch(old_refresh_token=policy)
    simulator.inject(kind, entity="token", operation="refresh", when="after", **more)
    with pytest.raises(Unavailable):
        keep_fresh(northgate.connection_id, now())
    keep_fresh(northgate.connection_id, now())
    assert (state(northgate), ringing(), mails()) == ("active", [], [])


@pytest.mark.parametrize(("kind", "more"), LOST)
def test_a_lost_new_value_is_asked_for_again_where_the_old_one_lives_on(
    northgate, simulator, kind, more
):
    simulator.switch(old_refresh_token="grace")
    simulator.rotate_refresh_token(NORTHGATE)
    before = refresh_value()
    simulator.inject(kind, entity="token", operation="refresh", when="after", **more)
    with pytest.raises(Unavailable):
        keep_fresh(northgate.connection_id, now())
    assert refresh_value() == before
    keep_fresh(northgate.connection_id, now())
    assert refresh_value() != before
    assert (state(northgate), ringing(), mails()) == ("active", [], [])


def test_a_lost_new_value_where_the_old_one_dies_breaks_the_link_and_is_told_once(
    northgate, simulator
):
    simulator.switch(old_refresh_token="dies")
    simulator.rotate_refresh_token(NORTHGATE)
    simulator.inject("reset", entity="token", operation="refresh", when="after")
    with pytest.raises(Unavailable):
        keep_fresh(northgate.connection_id, now())
    assert (state(northgate), ringing(), mails()) == ("active", [], [])
    for _ in range(2):
        with pytest.raises(Disconnected):
            keep_fresh(northgate.connection_id, now())
    assert (state(northgate), ringing()) == ("broken", ["connection.disconnected"])
    assert mails() == ["QuickBooks disconnected (Northgate IT Services Ltd)"]


@pytest.mark.parametrize("kind", ["reset", "unavailable", "throttled"])
def test_the_old_token_is_used_up_while_a_new_one_cannot_be_had(northgate, simulator, kind):
    ends_at(minutes=3)
    simulator.inject(kind, entity="token", operation="refresh", times=None)
    assert read_company(northgate).name == "Northgate IT Services Ltd"
    assert (state(northgate), ringing(), mails()) == ("active", [], [])


def test_a_token_at_its_end_and_no_new_one_is_passing(northgate, simulator):
    ends_at(minutes=0)
    simulator.inject("reset", entity="token", operation="refresh", when="after")
    with pytest.raises(Unavailable):
        read_company(northgate)
    assert read_company(northgate).name == "Northgate IT Services Ltd"
    assert (state(northgate), ringing(), mails()) == ("active", [], [])


# ------------------------------------------------------------------ the vendor says no


def test_a_permission_that_is_gone_breaks_the_connection_and_is_told_once(northgate, simulator):
    simulator.revoke_tokens(NORTHGATE)
    for _ in range(3):
        with pytest.raises(Disconnected):
            keep_fresh(northgate.connection_id, now())
    assert (state(northgate), ringing()) == ("broken", ["connection.disconnected"])
    [mail] = db.session.scalars(select(Mail))
    assert mail.recipients == ["ana@northgate.example", "priya@northgate.example"]


def test_a_permission_that_is_gone_is_told_of_a_paused_connection_too(northgate, simulator):
    db.session.get_one(Connection, northgate.connection_id).state = "paused"
    db.session.commit()
    simulator.revoke_tokens(NORTHGATE)
    with pytest.raises(Disconnected):
        keep_fresh(northgate.connection_id, now())
    assert (state(northgate), len(mails())) == ("broken", 1)


def test_a_refusal_that_a_reconnect_has_overtaken_breaks_nothing(
    app, northgate, simulator, wait_until
):
    grant_id, version = grant().id, grant().version
    db.session.commit()
    simulator.revoke_tokens(NORTHGATE)
    rule = simulator.inject("slow", entity="token", operation="refresh", seconds=3)
    found = []

    def ask():
        with app.app_context():
            found.append(refresh(grant_id, version, now()))

    asking = threading.Thread(target=ask)
    asking.start()
    wait_until(lambda: any(one["id"] == rule and one["fired"] for one in simulator.faults()))
    northgate.reconnect()  # while the vendor still thinks about the old permission
    asking.join()
    assert [access.version for access in found] == [version + 1]
    assert state(northgate) == "active"


def test_a_wrong_client_secret_rings_once_for_owners_and_ends_by_itself(northgate, simulator):
    simulator.register_client("demo-client", "changed")
    for _ in range(3):
        with pytest.raises(Misconfigured):
            keep_fresh(northgate.connection_id, now())
    assert (state(northgate), ringing()) == ("active", ["connection.misconfigured"])
    [mail] = db.session.scalars(select(Mail))
    assert mail.recipients == ["ana@northgate.example"]
    assert mail.subject == (
        "QuickBooks does not accept this Ledgerbridge (Northgate IT Services Ltd)"
    )
    for part in (mail.body_text, mail.body_html):
        assert "must check INTUIT_CLIENT_ID and INTUIT_CLIENT_SECRET" in part
    simulator.register_client("demo-client", "demo-secret")
    keep_fresh(northgate.connection_id, now())
    assert (state(northgate), ringing(), len(mails())) == ("active", [], 1)


def test_a_request_the_vendor_does_not_know_is_our_mistake_too(northgate, simulator):
    body = '{"error":"invalid_request"}'
    simulator.inject("answer", entity="token", operation="refresh", status=400, body=body)
    with pytest.raises(Misconfigured):
        keep_fresh(northgate.connection_id, now())
    assert (state(northgate), ringing()) == ("active", ["connection.misconfigured"])


def test_two_companies_of_one_workspace_are_one_e_mail(northgate, simulator):
    second = add_connection(northgate.workspace_id, "555")
    ours = grant()
    columns = ("access_token_encrypted", "refresh_token_encrypted", "access_expires_at")
    second.grant = Grant(
        workspace_id=northgate.workspace_id,
        provider="quickbooks",
        environment="sandbox",
        refreshed_at=now(),
        **{name: getattr(ours, name) for name in columns},
    )
    db.session.commit()
    simulator.register_client("demo-client", "changed")
    for connection_id in (northgate.connection_id, second.id):
        with pytest.raises(Misconfigured):
            keep_fresh(connection_id, now())
    assert (len(ringing()), len(mails())) == (2, 1)


def test_the_old_token_is_used_up_while_our_settings_are_wrong(northgate, simulator):
    ends_at(minutes=3)
    simulator.register_client("demo-client", "changed")
    assert read_company(northgate).name == "Northgate IT Services Ltd"
    assert (state(northgate), ringing()) == ("active", ["connection.misconfigured"])


# ------------------------------------------------------------------ a new token is refused


@pytest.mark.parametrize("fault", ["expired_token", "forbidden"])
def test_one_refusal_is_answered_by_one_renewal_and_one_repeat(
    northgate, simulator, refreshes, fault
):
    simulator.inject(fault, entity="CompanyInfo", operation="read")
    assert read_company(northgate).name == "Northgate IT Services Ltd"
    assert refreshes() == 1
    assert (state(northgate), ringing(), grant().refused_at) == ("active", [], None)


@pytest.mark.parametrize("fault", ["expired_token", "forbidden"])
def test_a_new_token_refused_is_passing_the_first_time(northgate, simulator, fault):
    simulator.inject(fault, entity="CompanyInfo", operation="read", times=2)
    with pytest.raises(Unavailable):
        read_company(northgate)
    assert (state(northgate), ringing(), mails()) == ("active", [], [])


def test_nobody_calls_for_a_minute_after_that(northgate, simulator):
    simulator.inject("expired_token", entity="CompanyInfo", operation="read", times=2)
    at = now()
    with pytest.raises(Unavailable):
        read_company(northgate, at)
    calls = len(simulator.requests())
    with pytest.raises(Unavailable):
        read_company(northgate, at + timedelta(seconds=59))
    assert len(simulator.requests()) == calls
    read_company(northgate, at + timedelta(seconds=60))
    assert (grant().refused_at, state(northgate)) == (None, "active")


@pytest.mark.parametrize("fault", ["expired_token", "forbidden"])
def test_a_new_token_refused_again_after_a_minute_is_the_end(northgate, simulator, fault):
    simulator.inject(fault, realm=NORTHGATE, times=None)
    at = now()
    with pytest.raises(Unavailable):
        read_company(northgate, at)
    with pytest.raises(Disconnected):
        read_company(northgate, at + timedelta(minutes=1))
    assert (state(northgate), ringing()) == ("broken", ["connection.disconnected"])
    assert len(mails()) == 1


def test_workers_refused_at_the_same_moment_are_one_refusal(northgate, simulator):
    line = line_of(northgate.connection_id)
    companies = [OpenCompany(line, f"worker {n}") for n in range(4)]
    for company in companies:  # each has a token at hand and need not look how it stands
        company.do(now(), lambda ledger: ledger.company())
    simulator.inject("expired_token", realm=NORTHGATE, times=None)
    for company in companies:
        with pytest.raises(Unavailable):
            company.do(now(), lambda ledger: ledger.company())
    assert (state(northgate), ringing()) == ("active", [])


def test_a_call_that_was_accepted_ends_the_doubt(northgate, simulator):
    at = now()
    for minutes in (0, 2):  # two accidents with a good call between them
        simulator.inject("expired_token", entity="CompanyInfo", operation="read", times=2)
        with pytest.raises(Unavailable):
            read_company(northgate, at + timedelta(minutes=minutes))
        read_company(northgate, at + timedelta(minutes=minutes + 1))
    assert (state(northgate), ringing()) == ("active", [])


def test_refusals_hours_apart_have_nothing_to_do_with_each_other(northgate, simulator):
    simulator.inject("expired_token", entity="CompanyInfo", operation="read", times=4)
    at = now()
    for hours in (0, 2):
        with pytest.raises(Unavailable):
            read_company(northgate, at + timedelta(hours=hours))
    assert state(northgate) == "active"


def test_a_renewal_that_says_no_breaks_the_link_at_once(northgate, simulator):
    simulator.revoke_tokens(NORTHGATE)
    with pytest.raises(Disconnected):
        read_company(northgate)
    assert (state(northgate), len(mails())) == ("broken", 1)


def test_a_reconnect_leaves_no_doubt(northgate, simulator):
    simulator.inject("expired_token", entity="CompanyInfo", operation="read", times=2)
    with pytest.raises(Unavailable):
        read_company(northgate)
    northgate.reconnect()
    assert grant().refused_at is None
    read_company(northgate)


def test_workers_that_find_it_gone_at_the_same_moment_tell_it_once(app, northgate, simulator):
    simulator.revoke_tokens(NORTHGATE)
    connection_id, found = northgate.connection_id, []

    def work():
        with app.app_context(), pytest.raises(Disconnected):
            keep_fresh(connection_id, now())
        found.append("gone")

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found == ["gone"] * 6
    assert (state(northgate), ringing()) == ("broken", ["connection.disconnected"])
    assert len(mails()) == 1
