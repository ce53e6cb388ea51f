"""Settings, "Your own Intuit app": write-only secrets, who may, and what becomes of companies."""

import threading

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.extensions import db
from app.models import AuditEntry, Connection, Grant, OwnApp, Workspace
from app.secrets import seal, unseal
from tests.builders import a_connection, a_person, a_workspace
from tests.connected import now
from tests.people import PRIYA, send, sign_in
from tests.visitor import text_of

APP = {"client_id": "own-client", "client_secret": "s3cret-one", "verifier": "verify-one"}
BRING = "/settings/own-app/quickbooks"


@pytest.fixture
def made(app):
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace, "owner", PRIYA)
        a_person(workspace, "finance", "tom@northgate.example")
        a_connection(workspace)
        db.session.commit()


@pytest.fixture
def owner(client, made):
    sign_in(client)
    return client


def kept(app):
    with app.app_context():
        return db.session.scalars(select(OwnApp)).one()


def connect_by_it(app):
    with app.app_context():
        own = db.session.scalars(select(OwnApp)).one()
        grant = Grant(
            workspace_id=own.workspace_id,
            provider="quickbooks",
            environment="sandbox",
            access_token_encrypted=seal("a"),
            refresh_token_encrypted=seal("r"),
            access_expires_at=now(),
            refreshed_at=now(),
            own_app_id=own.id,
        )
        db.session.scalars(select(Connection)).one().grant = grant
        db.session.commit()


def test_an_owner_brings_an_app_whose_secrets_are_never_shown(app, owner):
    page = send(owner, BRING, **APP)
    assert "From now on Intuit asks for your own app." in text_of(page)
    assert "own-client" in page.text
    with app.app_context():
        own = db.session.scalars(select(OwnApp)).one()
        assert unseal(own.client_secret_encrypted) == APP["client_secret"]
        assert unseal(own.verifier_encrypted) == APP["verifier"]
        noted = repr([entry.detail for entry in db.session.scalars(select(AuditEntry))])
    again, log = owner.get("/settings"), owner.get("/audit")
    assert "Brought the workspace’s own Intuit app, own-client" in text_of(log)
    for secret in ("s3cret-one", "verify-one"):
        assert not any(secret in text for text in (page.text, again.text, log.text, noted))
    assert "/api/webhooks/quickbooks/northgate" in again.text


def test_only_an_owner_may_and_others_read_which_app_it_is(app, made, client):
    sign_in(client, "tom@northgate.example")
    assert send(client, BRING, **APP).status_code == 403
    page = client.get("/settings")
    assert "An owner can bring one." in text_of(page)
    assert 'name="client_secret"' not in page.text


def test_nobody_changes_another_workspaces_app(app, owner):
    send(owner, BRING, **APP)
    with app.app_context():
        a_person(a_workspace("southgate"), "owner", "sue@southgate.example")
    sue = app.test_client()
    sign_in(sue, "sue@southgate.example")
    number = kept(app).id
    for deed in ("secret", "verifier", "verifier/end-old", "take-out"):
        form = {"client_secret": "x", "verifier": "x"}
        assert send(sue, f"/settings/own-app/{number}/{deed}", **form).status_code == 404
    assert "own-client" not in sue.get("/settings").text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"client_id": "test-client"}, "This is the app of this Ledgerbridge already"),
        ({"client_secret": "two words"}, "Copy the client secret as it is shown"),
        ({"verifier": "\u00e9"}, "Copy the verifier token as it is shown"),
    ],
)
def test_what_cannot_be_right_is_refused_beside_its_field(app, owner, change, sentence):
    answer = send(owner, BRING, **APP | change)
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert "s3cret-one" not in answer.text
    with app.app_context():
        assert db.session.scalar(select(OwnApp)) is None


def test_two_verifier_tokens_count_until_the_old_one_is_ended(app, owner):
    send(owner, BRING, **APP)
    place = f"/settings/own-app/{kept(app).id}"
    page = send(owner, f"{place}/verifier", verifier="verify-two")
    assert "The one of before counts too" in text_of(page)
    with app.app_context():
        own = db.session.scalars(select(OwnApp)).one()
        assert unseal(own.verifier_before_encrypted) == "verify-one"
    send(owner, f"{place}/verifier/end-old")
    assert kept(app).verifier_before_encrypted is None


def test_an_app_that_companies_go_by_stays_until_they_are_reconnected(app, owner):
    send(owner, BRING, **APP)
    connect_by_it(app)
    place = f"/settings/own-app/{kept(app).id}/take-out"

    retired = text_of(send(owner, place))
    refused = send(owner, place)

    assert "The companies below go on with it until they are reconnected." in retired
    assert "Northgate IT Services Ltd still goes by it." in retired
    assert refused.status_code == 422
    assert "still goes by this app, so nothing was removed." in text_of(refused)
    with app.app_context():
        db.session.scalars(select(Grant)).one().own_app_id = None
        db.session.commit()
    assert "is removed, with its secrets." in text_of(send(owner, place))
    with app.app_context():
        assert db.session.scalar(select(OwnApp)) is None


def test_another_app_retires_the_one_of_before_and_it_can_come_back(app, owner):
    send(owner, BRING, **APP)
    connect_by_it(app)
    page = text_of(send(owner, BRING, client_id="second", client_secret="s", verifier=""))
    assert "The app of before" in page
    assert "Not set, so its notices are refused" in page
    send(owner, BRING, **APP | {"client_secret": "s3cret-two"})
    own = kept(app)  # the second, by which nobody went, is gone
    assert (own.client_id, own.retired_at) == ("own-client", None)


@pytest.mark.parametrize("deed", ["take-out", "verifier", "verifier/end-old"])
def test_who_comes_second_is_answered_in_words_when_another_owner_removed_it(app, owner, deed):
    send(owner, BRING, **APP)
    number = kept(app).id
    with app.app_context():
        engine = db.engine
    with Session(engine) as other:
        other.scalars(select(Workspace).with_for_update()).all()
        other.execute(delete(OwnApp))
        ending = threading.Timer(0.5, other.commit)  # this one's request has read it by then
        ending.start()
        answer = send(owner, f"/settings/own-app/{number}/{deed}", verifier="another")
        ending.join()
    assert answer.status_code == 422
