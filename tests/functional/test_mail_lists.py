"""Who is e-mailed about a company: as chosen, or else owners and finance."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.domain.mail_topics import Topic
from app.extensions import db
from app.models import AuditEntry, Connection, Mail, User
from app.usecases.mail.mail_lists import recipients_of, recipients_of_all
from app.usecases.mail.notify import tell_disconnected
from tests.builders import a_connection, a_person, a_workspace
from tests.people import PRIYA, send, sign_in
from tests.visitor import text_of

TOM, VIC = "tom@northgate.example", "vic@northgate.example"
TOPICS = [topic.value for topic in Topic]


@pytest.fixture
def made(app):
    with app.app_context():
        workspace = a_workspace()
        people = {
            email: a_person(workspace, role, email).id
            for role, email in (("owner", PRIYA), ("finance", TOM), ("viewer", VIC))
        }
        connection = a_connection(workspace)
        db.session.commit()
        return connection.id, {email: str(number) for email, number in people.items()}


@pytest.fixture
def priya(client, made):
    sign_in(client)
    return client


def every(ticked):
    """Tick the same for every topic."""
    return dict.fromkeys(TOPICS, ticked)


def told(app, connection_id, topic=Topic.DISCONNECT):
    with app.app_context():
        return recipients_of(db.session.get_one(Connection, connection_id), topic)


def choose(client, connection_id, **ticks):
    return send(client, f"/settings/mail/{connection_id}", **ticks)


def test_unless_somebody_chose_owners_and_finance_are_told(app, made):
    assert told(app, made[0]) == [PRIYA, TOM]


def test_people_and_an_address_outside_are_told_what_they_were_chosen_for(app, priya, made):
    number, people = made
    both = [people[PRIYA], people[TOM]]
    ticks = every(both) | {"disconnect": [people[VIC], "new"]}

    page = text_of(choose(priya, number, **ticks, address="Books@Ledgers.example"))

    assert "Saved who is e-mailed about Northgate IT Services Ltd." in page
    assert told(app, number) == [VIC, "books@ledgers.example"]
    assert told(app, number, Topic.CHECK) == [PRIYA, TOM]
    with app.app_context():
        tell_disconnected(db.session.get_one(Connection, number), datetime.now(UTC))
        mail = db.session.scalars(select(Mail)).one()
        assert mail.recipients == [VIC, "books@ledgers.example"]
        noted = db.session.scalars(select(AuditEntry).filter_by(action="connection.recipients"))
        assert list(noted.one().detail["changed"]) == ["disconnect"]


def test_who_is_let_in_later_is_told_where_nobody_chose(app, priya, made):
    number, people = made
    both = [people[PRIYA], people[TOM]]
    choose(priya, number, **every(both))

    with app.app_context():
        a_person(db.session.get_one(User, int(people[TOM])).workspace, "finance", "new@x.example")

    assert told(app, number) == [PRIYA, TOM, "new@x.example"]


def test_nobody_chosen_is_left_so_owners_and_finance_are_told(app, priya, made):
    number, people = made
    choose(priya, number, **every([people[VIC]]))
    with app.app_context():
        db.session.get_one(User, int(people[VIC])).disabled_at = datetime.now(UTC)
        db.session.commit()

    assert told(app, number) == [PRIYA, TOM]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"expiry": []}, "Somebody must get “Ends soon”"),
        ({"check": ["new"], "address": "not an address"}, "is not an e-mail address"),
        ({"check": ["new"], "address": "(x@ledgers.example"}, "is not an e-mail address"),
        ({"address": "books@ledgers.example"}, "Tick what books@ledgers.example is to get"),
    ],
)
def test_a_list_that_tells_nobody_or_nowhere_is_refused(app, priya, made, change, sentence):
    number, people = made
    answer = choose(priya, number, **every([people[VIC]]) | change)

    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert told(app, number) == [PRIYA, TOM]


def test_nobody_of_another_workspace_can_be_chosen(app, priya, made):
    number, people = made
    with app.app_context():
        sue = a_person(a_workspace("southgate"), "owner", "sue@southgate.example").id

    answer = choose(priya, number, **every([str(sue), people[VIC]]))

    assert answer.status_code == 200
    assert told(app, number) == [VIC]


def test_a_test_e_mail_goes_to_everybody_on_the_lists(app, priya, made):
    number, people = made
    ticks = every([people[PRIYA]]) | {"alarm": ["new"], "address": "a@b.example"}

    page = text_of(send(priya, f"/settings/mail/{number}/test", **ticks))

    assert f"A test e-mail to {PRIYA} and a@b.example is in the mailbox" in page
    with app.app_context():
        mail = db.session.scalars(select(Mail)).one()
        assert mail.recipients == [PRIYA, "a@b.example"]
        assert "Nothing happened" in mail.body_html


def test_a_viewer_may_look_and_not_choose(app, client, made):
    sign_in(client, VIC)

    assert "Save who is e-mailed" not in client.get("/settings").text
    assert choose(client, made[0], **every(["1"])).status_code == 403


def test_alarms_about_the_whole_workspace_go_to_those_chosen_for_them(app, priya, made):
    _, people = made
    with app.app_context():
        workspace_id = db.session.scalars(select(Connection.workspace_id)).one()
        other = a_workspace("southgate")
        a_person(other, "owner", "sue@southgate.example")
        db.session.commit()
        elsewhere = other.id
        assert recipients_of_all(workspace_id) == [PRIYA, TOM]

    refused = send(priya, "/settings/mail/all")
    page = text_of(send(priya, "/settings/mail/all", alarm=[people[VIC], "new"], address="it@x.io"))

    assert refused.status_code == 422
    assert "Saved who is e-mailed about the whole workspace." in page
    with app.app_context():
        assert recipients_of_all(workspace_id) == [VIC, "it@x.io"]
        assert recipients_of_all(elsewhere) == ["sue@southgate.example"]
        noted = db.session.scalars(select(AuditEntry).filter_by(action="workspace.recipients"))
        assert noted.one().detail["changed"] == {
            "alarm": ["owners and finance", ["Priya Nair", "it@x.io"]]
        }
    assert told(app, made[0], Topic.ALARM) == [PRIYA, TOM]
