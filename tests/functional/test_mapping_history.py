"""Who mapped what before, told in the row."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.domain.states import MappingKind
from app.domain.wording import day
from app.extensions import db
from app.models import Workspace
from app.usecases.mapping.map_codes import Choice, save, undo
from tests.builders import a_person
from tests.northgate import NOW, Northgate, make_northgate
from tests.visitor import Visitor, text_of


@pytest.fixture
def northgate(app: Flask) -> Northgate:
    """MW-STD is mapped to Managed Workstation by Priya Nair, long ago."""
    with app.app_context():
        made = make_northgate()
        a_person(db.session.get_one(Workspace, made.workspace_id))
        made.bill("INV-1")
        made.map("MW-STD", "31")
    return made


def map_to(northgate: Northgate, ledger_id: str, actor: str) -> None:
    choice = Choice(MappingKind.SERVICE, "MW-STD", ledger_id)
    save(northgate.connection_id, choice, actor=actor, user_id=None, now=NOW)


def test_a_row_says_what_it_was_until_when_and_who_had_mapped_it(
    client: FlaskClient, app, northgate
):
    priya = Visitor(client)
    today = day(NOW.now(NOW.tzinfo).date())
    assert " was " not in text_of(priya.get("/mappings"))
    with app.app_context():
        map_to(northgate, "35", "Tom Ashby")
    page = text_of(priya.get("/mappings"))
    assert f"was Managed Workstation until {today}, you" in page
    with app.app_context():
        map_to(northgate, "32", "Ana Reid")
    page = text_of(priya.get("/mappings"))
    assert f"was Cloud backup until {today}, Tom Ashby" in page
    assert page.index("was Cloud backup") < page.index("was Managed Workstation")
    with app.app_context():
        undo(northgate.connection_id, MappingKind.SERVICE, "MW-STD",
             actor="Ana Reid", user_id=None, now=NOW)  # fmt: skip
    assert f"was Managed Security until {today}, taken back by Ana Reid" in text_of(
        priya.get("/mappings")
    )


def test_another_companys_changes_are_not_told(client: FlaskClient, app, northgate):
    with app.app_context():
        other = make_northgate("harcourt", "9130358")
        other.bill("INV-1")
        other.map("MW-STD", "31")
        map_to(other, "35", "Tom Ashby")
    assert "Tom Ashby" not in text_of(Visitor(client).get("/mappings"))
