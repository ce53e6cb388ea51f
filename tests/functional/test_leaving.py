"""Leaving means leaving: what ends a session ends every copy of its cookie, at once."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.extensions import db
from app.models import AuditEntry, SignIn, User
from app.usecases.workspace_settings import change_person, reset_password
from tests.builders import PASSWORD, a_person, a_workspace
from tests.people import PRIYA, send, sign_in

OWNER = "owner@northgate.example"


@pytest.fixture
def priya(app, client):
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace, "owner", OWNER)
        a_person(workspace, "finance", PRIYA)
    sign_in(client)
    return client


def copy_of(app, client):
    """Return a browser with the cookie that somebody took from another."""
    thief = app.test_client()
    thief.set_cookie("session", client.get_cookie("session").value)
    assert is_in(thief)
    return thief


def another_browser(app, email=PRIYA):
    browser = app.test_client()
    sign_in(browser, email)
    return browser


def is_in(client):
    return client.get("/settings").status_code == 200


def person(email=PRIYA):
    return db.session.scalars(select(User).where(User.email == email)).one()


def test_signing_out_ends_a_copied_cookie_and_no_other_browser(app, priya):
    thief, other = copy_of(app, priya), another_browser(app)
    send(priya, "/logout")

    assert [is_in(each) for each in (priya, thief, other)] == [False, False, True]


def test_signing_in_once_more_ends_what_this_browser_was_signed_in_with(app, priya):
    thief = copy_of(app, priya)
    sign_in(priya, OWNER)

    assert (is_in(priya), is_in(thief)) == (True, False)


def test_signing_out_everywhere_ends_every_session_of_this_person_only(app, priya):
    other, owner = another_browser(app), another_browser(app, OWNER)
    assert "You are signed in here and in 1 other browser." in priya.get("/settings").text

    assert "wherever else you were" in send(priya, "/settings/sign-out-everywhere").text
    assert [is_in(each) for each in (priya, other, owner)] == [False, False, True]
    with app.app_context():
        assert "user.sign_out" in db.session.scalars(select(AuditEntry.action)).all()


def test_changing_ones_password_ends_every_session_but_this(app, priya):
    thief, other = copy_of(app, priya), another_browser(app)
    new = {"present": PASSWORD, "wanted": "a better horse battery"}

    assert "you are not now" in send(priya, "/settings/password", **new).text
    assert [is_in(each) for each in (priya, thief, other)] == [True, False, False]


@pytest.mark.parametrize(
    "deed",
    [
        pytest.param(lambda one, by: change_person(one, "viewer", False, *by), id="a role changed"),
        pytest.param(lambda one, by: change_person(one, "finance", True, *by), id="shut out"),
        pytest.param(lambda one, by: reset_password(one, "another horse", *by[:2]), id="a reset"),
    ],
)
def test_what_an_owner_changes_about_somebody_ends_their_sessions(app, priya, deed):
    owner = another_browser(app, OWNER)
    with app.app_context():
        deed(person(), ("Ana", person(OWNER).id, datetime.now(UTC)))

    assert (is_in(priya), is_in(owner)) == (False, True)


def test_somebody_let_in_again_signs_in_again(app, priya):
    with app.app_context():
        by = ("Ana", person(OWNER).id, datetime.now(UTC))
        change_person(person(), "finance", True, *by)
        change_person(person(), "finance", False, *by)

    assert not is_in(priya)
    assert sign_in(priya).status_code == 303


def test_saving_a_person_as_they_are_ends_nothing(app, priya):
    with app.app_context():
        change_person(person(), "finance", False, "Ana", person(OWNER).id, datetime.now(UTC))

    assert is_in(priya)


def test_what_ended_by_itself_is_not_kept(app, priya):
    with app.app_context():
        db.session.execute(update(SignIn).values(created_at=datetime.now(UTC) - timedelta(days=1)))
        db.session.commit()
    another_browser(app)

    with app.app_context():
        assert len(db.session.scalars(select(SignIn)).all()) == 1
