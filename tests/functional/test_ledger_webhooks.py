"""POST /api/webhooks/quickbooks: signed, stored once, answered at once."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.extensions import db, redis_client
from app.models import Connection, InboundEvent, Workspace
from app.usecases.book.receive_webhook import receive
from app.usecases.sweep import wake_wanted_pulls
from tests.northgate import add_connection, make_northgate
from tests.noticed import COMPANY, PATH, TOKEN, change, merge, signed


@pytest.fixture
def northgate(app):
    with app.app_context():
        return make_northgate(company_id=COMPANY)


@pytest.fixture
def send(client):
    def post(body, token=TOKEN):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return client.post(PATH, data=raw, headers=signed(raw, token))

    return post


def rows(app, *which):
    with app.app_context():
        return list(db.session.scalars(select(InboundEvent).where(*which).order_by("id")))


def stored(app):
    """Return what was kept: notices, refusals, and bodies of which nothing could be read."""
    whole = (InboundEvent.type == "body") & (InboundEvent.status == "accepted")
    return rows(app, whole.is_not(True))


def bodies(app):
    return rows(app, InboundEvent.raw.is_not(None))


def wanted(app, northgate):
    with app.app_context():
        return db.session.get_one(Connection, northgate.connection_id).pull_wanted_at


def test_a_notice_is_stored_and_the_pull_is_wanted_and_woken_soon(app, northgate, send):
    assert send([change()]).status_code == 200
    [event] = stored(app)
    assert (event.status, event.connection_id) == ("accepted", northgate.connection_id)
    assert (event.type, event.subject) == ("payment.created", "payment:312")
    [body] = bodies(app)
    assert (body.event_id, body.workspace_id) == (event.body, None)
    assert json.loads(body.raw)[0]["id"] == "evt-1"
    late = wanted(app, northgate) - event.received_at
    assert timedelta() <= late < timedelta(milliseconds=200)
    with app.app_context():
        assert wake_wanted_pulls(event.received_at + timedelta(seconds=2, milliseconds=200)) == 1
        assert redis_client().exists(f"lb:woken:pull:{northgate.connection_id}")


def test_the_same_event_twice_is_stored_once(app, northgate, send):
    assert [send([change()]).status_code for _ in range(3)] == [200] * 3
    assert send([change(), change(), change("evt-2")]).status_code == 200
    assert [event.event_id for event in stored(app)] == ["evt-1", "evt-2"]


def test_a_wrong_signature_leaves_the_refusal_and_nothing_of_the_body(app, northgate, send):
    assert send([change()], token="somebody else's").status_code == 401
    [refusal] = stored(app)
    assert (refusal.status, refusal.reason) == ("refused", "The signature does not match.")
    assert (refusal.raw, refusal.event_id, refusal.subject) == (None, None, None)
    assert refusal.address == "127.0.0.1"
    assert wanted(app, northgate) is None


def test_no_signature_at_all_is_refused(client, northgate):
    assert client.post(PATH, data=b"[]").status_code == 401


def test_a_stranger_cannot_fill_the_table(app, northgate, send):
    for _ in range(120):
        assert send([change()], token="somebody else's").status_code == 401
    assert len(stored(app)) == 100


def test_a_notice_of_a_company_nobody_connected_is_ignored_with_the_reason(app, northgate, send):
    assert send([change(company="4711")]).status_code == 200
    [event] = stored(app)
    assert (event.status, event.workspace_id) == ("ignored", None)
    assert event.reason == "No connection to company 4711."


def test_notices_reach_the_workspace_whose_company_it_is(app, northgate, send):
    with app.app_context():
        other = Workspace(slug="meridian", name="Meridian Care", country="GB", currency="GBP")
        db.session.add(other)
        db.session.flush()
        meridian = add_connection(other.id, "4620816").workspace_id
        db.session.commit()
    send([change("evt-1"), change("evt-2", company="4620816")])
    events = {event.event_id: event for event in stored(app)}
    assert events["evt-1"].workspace_id == northgate.workspace_id
    assert events["evt-2"].workspace_id == meridian
    [body] = bodies(app)
    assert body.workspace_id is None
    assert events["evt-1"].body == events["evt-2"].body == body.event_id


def test_a_disconnected_company_hears_nothing(app, northgate, send):
    with app.app_context():
        db.session.get_one(Connection, northgate.connection_id).state = "disconnected"
        db.session.commit()
    assert send([change()]).status_code == 200
    assert [event.status for event in stored(app)] == ["ignored"]


def test_a_body_that_begins_with_what_is_known_is_kept_all_the_same(app, northgate, send):
    send([change("evt-1")])
    send([change("evt-1"), change("evt-2")])
    assert len(bodies(app)) == 2
    newest = stored(app)[-1]
    [its] = rows(app, InboundEvent.event_id == newest.body)
    assert (newest.event_id, json.loads(its.raw)[1]["id"]) == ("evt-2", "evt-2")


def test_a_repeat_is_no_news_and_wants_no_pull(app, northgate, send):
    send([change()])
    with app.app_context():
        connection = db.session.get_one(Connection, northgate.connection_id)
        connection.pull_wanted_at = connection.pull_wanted_since = None
        db.session.commit()
    assert send([change()]).status_code == 200
    assert wanted(app, northgate) is None


def test_a_wish_that_stands_is_not_written_again_and_never_lost(app, northgate):
    """Between the wish's end and a notice no pull can start that takes the wish away."""
    now = datetime(2026, 11, 20, 10, 15, 0, 50_000, tzinfo=UTC)
    later = [now + timedelta(milliseconds=ms) for ms in (0, 100, 140, 160)]
    raws = [json.dumps([change(f"evt-{n}")]).encode() for n in range(4)]
    wishes = []
    with app.app_context():
        for raw, at in zip(raws, later, strict=True):
            receive("quickbooks", raw, signed(raw), None, at)
            wishes.append(wanted(app, northgate))
    assert [wish >= at for wish, at in zip(wishes, later, strict=True)] == [True] * 4
    end = now.replace(microsecond=200_000)
    assert wishes == [end, end, end, end + timedelta(milliseconds=200)]


def test_what_a_stranger_writes_into_a_merge_breaks_nothing(app, northgate, send):
    odd = json.dumps([merge("evt-1", "5\x008", "6\ud8001"), change("evt-2")])
    assert send(odd.encode()).status_code == 200
    assert len(stored(app)) == 2


def test_a_time_nobody_can_convert_loses_no_notice(app, northgate, send):
    assert send([change(time="0001-01-01T00:00:00+14:00")]).status_code == 200
    assert [event.status for event in stored(app)] == ["accepted"]


def test_without_a_verifier_token_the_refusal_says_so(app, northgate, send):
    bare = replace(app.extensions["ledgerbridge_settings"], intuit_webhook_token="")
    app.extensions["ledgerbridge_settings"] = bare
    assert send([change()]).status_code == 401
    assert "No verifier token is set" in stored(app)[0].reason


def test_two_tokens_are_good_while_one_is_being_changed(app, northgate, send):
    both = replace(app.extensions["ledgerbridge_settings"], intuit_webhook_token="new, old")
    app.extensions["ledgerbridge_settings"] = both
    answers = [send([change(token)], token=token).status_code for token in ("new", "old", TOKEN)]
    assert answers == [200, 200, 401]


def test_the_retired_shape_is_understood(app, northgate, send):
    entity = {"name": "Invoice", "id": "301", "operation": "Update"}
    entity["lastUpdated"] = "2026-03-01T10:00:00.000Z"
    event = {"realmId": COMPANY, "dataChangeEvent": {"entities": [entity]}}
    assert send({"eventNotifications": [event]}).status_code == 200
    [event] = stored(app)
    assert (event.status, event.subject) == ("accepted", "invoice:301")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not JSON at all",
        b"\xff\xfe\x00",
        b"null",
        b"[]",
        b"{}",
        b'[{"id": 7}]',
        b'[{"id": null, "type": "qbo.invoice", "intuitaccountid": {}}]',
        b'{"eventNotifications": 4}',
        b"[" * 100_000,
        b'[{"id": "a", "type": ' + b"[" * 50_000,
        b'{"a": 1e999}',
        b'[{"id": "' + b"9" * 5000 + b'"}]',
    ],
)
def test_whatever_is_inside_a_good_signature_is_answered_200(app, northgate, send, body):
    assert send(body).status_code == 200
    assert [event.status for event in stored(app)] == ["ignored"]


def test_odd_letters_in_a_notice_are_stored_harmlessly(app, northgate, send):
    odd = change("evt\\u0000\\ud800", ledger_id="3\u00001", entity="pay\u0000ment")
    raw = json.dumps([odd]).replace("\\\\u", "\\u").encode()
    assert send(raw).status_code == 200
    assert send([change("x" * 5000)]).status_code == 200
    assert {event.status for event in stored(app)} <= {"accepted", "ignored"}
    assert len(stored(app)) == 2


def test_a_body_over_one_mebibyte_is_refused(app, northgate, send):
    assert send(b"[" + b" " * (1024 * 1024) + b"]").status_code == 413
    [refusal] = stored(app)
    assert (refusal.reason, refusal.raw) == ("The body is larger than 1 MiB.", None)


def test_a_full_mebibyte_of_notices_is_stored(app, northgate, send):
    notices = [change(f"evt-{n}", ledger_id=str(n)) for n in range(3500)]
    assert send(notices).status_code == 200
    with app.app_context():
        taken_in = select(func.count()).where(InboundEvent.connection_id.is_not(None))
        assert db.session.scalar(taken_in) == 3500
    assert len(bodies(app)) == 1


def test_a_ledger_that_does_not_exist_has_no_door(client, northgate):
    assert client.post("/api/webhooks/sage", data=b"[]").status_code == 404
    assert client.get(PATH).status_code == 405


def test_redis_down_loses_no_notice(app, northgate, send, services):
    services.stop_redis()
    assert send([change()]).status_code == 200
    assert wanted(app, northgate) is not None


def test_a_database_that_does_not_answer_makes_the_ledger_come_again(
    app, northgate, send, services
):
    services.stop_postgres()
    assert send([change()]).status_code == 503
    services.start_postgres()
    assert send([change()]).status_code == 200
    assert [event.event_id for event in stored(app)] == ["evt-1"]
