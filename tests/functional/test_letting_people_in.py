"""Letting somebody in: how the password reaches them, and which e-mails they get."""

import pytest
from sqlalchemy import select

from app.domain.mail_topics import Topic
from app.extensions import db
from app.models import Connection, Workspace
from app.usecases.mail.mail_lists import recipients_of, recipients_of_all
from tests.builders import PASSWORD, a_connection, a_person, a_workspace
from tests.visitor import Visitor, text_of

PRIYA, TOM = "priya@northgate.example", "tom@northgate.example"
_TOM = {"name": "Tom Okafor", "email": TOM, "password": PASSWORD}


@pytest.fixture
def owner(app, client):
    with app.app_context():
        company = a_connection(a_workspace())
        a_person(db.session.get_one(Workspace, company.workspace_id), "owner")
        db.session.commit()
    return Visitor(client)


def told(app):
    """Return whom each kind of e-mail goes to, about the company and the whole workspace."""
    with app.app_context():
        company = db.session.scalars(select(Connection)).one()
        lists = [recipients_of(company, topic) for topic in Topic]
        return [*lists, recipients_of_all(company.workspace_id)]


def test_the_page_says_how_the_password_reaches_them(owner):
    page = text_of(owner.get("/settings"))
    assert "Ledgerbridge sends them nothing: give them this page’s address" in page
    answer = owner.post("/settings/people", role="finance", mail="role", **_TOM)
    said = text_of(owner.get(answer.location))
    assert f"Tell them the address of this page, {TOM} and the first password" in said


@pytest.mark.parametrize(
    ("role", "mail", "gets"),
    [
        ("finance", "role", True),
        ("finance", "none", False),
        ("owner", "none", False),
        ("viewer", "role", False),
    ],
)
def test_e_mails_are_chosen_when_somebody_is_let_in(app, owner, role, mail, gets):
    owner.post("/settings/people", role=role, mail=mail, **_TOM)
    wanted = [PRIYA, TOM] if gets else [PRIYA]
    assert all(each == wanted for each in told(app))
