"""Notices replayed: from the webhook log, by the command; once more is as good as once."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from app.extensions import db
from app.models import AuditEntry, Connection, CustomerLink, InboundEvent
from app.usecases.book.receive_webhook import receive
from tests.builders import a_connection, a_customer, a_person, a_workspace
from tests.noticed import COMPANY, body_of, change, merge, signed
from tests.visitor import Visitor, text_of

THE_20TH = datetime(2026, 11, 20, 10, 15, tzinfo=UTC)


@pytest.fixture
def northgate(app):
    """Return the number of a connection whose customer 61 was merged, and paid, on the 20th."""
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        a_person(workspace, "viewer", "eve@northgate.example")
        connection = a_connection(workspace, company_id=COMPANY)
        db.session.flush()
        link(connection, a_customer(workspace))
        db.session.commit()
        told(change("evt-1"), merge("evt-2", "58", "61"))
        forget(connection)
        return connection.id


def link(connection, customer):
    db.session.flush()
    db.session.add(
        CustomerLink(
            workspace_id=connection.workspace_id,
            connection_id=connection.id,
            customer_id=customer.id,
            ledger_id="61",
            ledger_name=customer.name,
            how="created",
        )
    )


def told(*events, at=THE_20TH):
    raw = body_of(*events)
    assert receive("quickbooks", raw, signed(raw), "198.51.100.7", at).status_code == 200


def forget(connection):
    """Let it be as if acting on the notices had gone wrong: the link stale, no pull wanted."""
    db.session.execute(update(CustomerLink).values(ledger_id="61"))
    connection.pull_wanted_at = connection.pull_wanted_since = None
    db.session.commit()


def event_id(app, name):
    with app.app_context():
        return db.session.scalars(
            select(InboundEvent.id).where(InboundEvent.event_id == name)
        ).one()


def after(app, northgate):
    """Return what replaying changes: the link, whether a pull is wanted, and the events known."""
    with app.app_context():
        wanted = db.session.get_one(Connection, northgate).pull_wanted_at is not None
        events = select(func.count()).where(InboundEvent.connection_id == northgate)
        link = db.session.scalars(select(CustomerLink.ledger_id)).one()
        return link, wanted, db.session.scalar(events)


def audited(app):
    with app.app_context():
        found = select(AuditEntry).where(AuditEntry.action == "notices.replayed")
        return [(entry.actor, entry.detail) for entry in db.session.scalars(found)]


@pytest.fixture
def priya(client, northgate):
    return Visitor(client)


def test_one_notice_is_replayed_with_what_came_with_it(app, northgate, priya):
    answer = priya.post(f"/webhook-log/{event_id(app, 'evt-1')}/replay")
    assert after(app, northgate) == ("58", True, 2)
    said = text_of(priya.get(answer.location))
    assert "2 notices of 1 delivery read again: 1 merged customer followed." in said
    [(actor, detail)] = audited(app)
    assert actor == "Priya Nair"
    assert (detail["event"], detail["notices"], detail["stored"]) == ("evt-1", 2, 0)


def test_replaying_again_changes_nothing_more(app, northgate, priya):
    for _ in range(2):
        priya.post(f"/webhook-log/{event_id(app, 'evt-2')}/replay")
    assert after(app, northgate) == ("58", True, 2)


def test_only_the_days_asked_for_are_replayed(app, northgate, priya):
    with app.app_context():
        told(change("evt-3"), at=THE_20TH + timedelta(days=1))
        forget(db.session.get_one(Connection, northgate))
    days = {"connection": northgate, "from": "2026-11-20", "to": "2026-11-20"}
    priya.post("/webhook-log/replay", **days)
    assert after(app, northgate)[:2] == ("58", True)
    assert [detail["notices"] for _, detail in audited(app)] == [2]


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        ({"from": "", "to": "2026-11-20"}, "Choose a first and a last day."),
        ({"from": "2026-11-21", "to": "2026-11-19"}, "The period ends before it begins."),
        ({"from": "2026-11-01", "to": "2026-11-02"}, "No notice about this company was kept"),
        ({"from": "0001-01-01", "to": "9999-12-31"}, "2 notices of 1 delivery read again"),
    ],
)
def test_odd_days_are_answered_with_a_sentence(app, northgate, priya, days, sentence):
    answer = priya.post("/webhook-log/replay", connection=northgate, **days)
    assert sentence in text_of(priya.get(answer.location))


def test_more_than_a_page_can_replay_is_left_to_the_command(northgate, priya, monkeypatch):
    monkeypatch.setattr("app.web.replaying.MOST", 0)
    days = {"connection": northgate, "from": "2026-11-20", "to": "2026-11-20"}
    answer = priya.post("/webhook-log/replay", **days)
    assert "Choose a shorter one" in text_of(priya.get(answer.location))


def test_a_viewer_sees_no_replay_and_may_not(app, northgate, client):
    eve = Visitor(client, "eve@northgate.example")
    assert "Replay" not in text_of(eve.get("/webhook-log?days=30"))
    assert eve.post(f"/webhook-log/{event_id(app, 'evt-1')}/replay").status_code == 403
    assert eve.post("/webhook-log/replay", connection=northgate).status_code == 403
    assert after(app, northgate) == ("61", False, 2)


def test_without_the_pages_own_token_nothing_is_replayed(app, northgate, priya, client):
    assert client.post(f"/webhook-log/{event_id(app, 'evt-1')}/replay").status_code == 400
    assert after(app, northgate) == ("61", False, 2)


def test_another_workspaces_notice_is_not_there(app, northgate, priya):
    with app.app_context():
        other = a_connection(a_workspace("southgate"), company_id="77")
        db.session.commit()
        told(change("evt-9", company="77"), change("evt-10"))
        number = other.id
    assert priya.post(f"/webhook-log/{event_id(app, 'evt-9')}/replay").status_code == 404
    days = {"from": "2026-11-20", "to": "2026-11-20"}
    assert priya.post("/webhook-log/replay", connection=number, **days).status_code == 404
    priya.post("/webhook-log/replay", connection=northgate, **days)
    assert [detail["notices"] for _, detail in audited(app)] == [3]


def test_the_command_replays_all_that_is_kept(app, northgate, cli):
    answer = cli.invoke(args=["webhooks", "replay", "--connection", str(northgate), "--json"])
    done = json.loads(answer.output)
    assert (done["notices"], done["merges"], done["stored"], done["unread"]) == (2, 1, 0, 0)
    assert after(app, northgate) == ("58", True, 2)
    assert audited(app)[0][0] == "command line"


def test_the_command_stays_within_its_period(app, northgate, cli):
    command = ["webhooks", "replay", "--connection", str(northgate)]
    answer = cli.invoke(args=[*command, "--from", "2026-11-20T10:16"])
    assert "No notice about this company was kept" in answer.output
    assert after(app, northgate) == ("61", False, 2)
    answer = cli.invoke(args=[*command, "--from", "2026-11-20", "--to", "2026-11-20T10:16"])
    assert "2 notices of 1 delivery read again" in answer.output


def test_a_company_connected_later_hears_what_was_ignored(app, northgate, cli):
    with app.app_context():
        told(change("evt-9", company="77"))
        later = a_connection(a_workspace("southgate"), company_id="77")
        db.session.commit()
        number = later.id
    cli.invoke(args=["webhooks", "replay", "--connection", str(number)])
    with app.app_context():
        heard = select(InboundEvent).where(InboundEvent.connection_id == number)
        event = db.session.scalars(heard).one()
        assert (event.event_id, event.received_at) == ("evt-9", THE_20TH)
        assert db.session.get_one(Connection, number).pull_wanted_at is not None


def test_a_disconnected_company_is_connected_first(app, northgate, cli, priya):
    with app.app_context():
        db.session.get_one(Connection, northgate).state = "disconnected"
        db.session.commit()
    answer = cli.invoke(args=["webhooks", "replay", "--connection", str(northgate)])
    assert (answer.exit_code, "Connect it first" in answer.stderr) == (1, True)
    answer = priya.post(f"/webhook-log/{event_id(app, 'evt-1')}/replay")
    assert "Connect it first" in text_of(priya.get(answer.location))


def test_a_notice_from_before_bodies_were_named_is_found_beside_its_body(app, northgate, priya):
    """As 0019 and older left them: the body on the first notice of its delivery."""
    with app.app_context():
        kept = db.session.scalars(select(InboundEvent).where(InboundEvent.type == "body")).one()
        raw = kept.raw
        db.session.delete(kept)
        db.session.execute(update(InboundEvent).values(body=None))
        first = db.session.scalars(
            select(InboundEvent).where(InboundEvent.event_id == "evt-1")
        ).one()
        first.raw = raw
        db.session.commit()
    priya.post(f"/webhook-log/{event_id(app, 'evt-2')}/replay")
    assert after(app, northgate) == ("58", True, 2)


def test_a_notice_whose_body_is_gone_says_what_to_do(app, northgate, priya):
    with app.app_context():
        db.session.execute(update(InboundEvent).values(raw=None))
        db.session.commit()
    answer = priya.post(f"/webhook-log/{event_id(app, 'evt-1')}/replay")
    assert "was not kept. Bring changes back instead" in text_of(priya.get(answer.location))
