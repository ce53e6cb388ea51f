"""What connecting says and offers: to whom, where one lands, and which steps are shown."""

from datetime import date

import pytest

from app.extensions import db
from app.models import Workspace
from tests.builders import a_connection, a_person, a_workspace
from tests.visitor import Visitor, text_of

VIC = "vic@northgate.example"


@pytest.fixture
def workspace(app):
    with app.app_context():
        made = a_workspace()
        a_person(made, "owner")
        a_person(made, "viewer", VIC)
        db.session.commit()
        return made.id


def connected(app, workspace, **changes):
    with app.app_context():
        made = a_connection(db.session.get_one(Workspace, workspace), **changes)
        db.session.commit()
        return made.id


def test_once_pushing_is_on_no_step_is_left_to_be_shown(app, client, workspace):
    person = Visitor(client)
    assert "Step 2 of 5" in text_of(person.get("/setup/billing"))
    connected(app, workspace)
    assert "of 5" not in text_of(person.get("/setup/billing"))
    assert "of 5" not in text_of(person.get("/connect"))
    connected(app, workspace, company_id="2", live=False)
    assert "Step 2 of 5" in text_of(person.get("/setup/billing"))


def test_a_viewer_is_not_offered_another_connection(client, workspace):
    assert "Add a connection" in text_of(Visitor(client).get("/"))
    client.post("/logout")
    assert "Add a connection" not in text_of(
        Visitor(client.application.test_client(), VIC).get("/")
    )


def test_a_disconnected_company_stays_in_the_menu_with_one_way_back(app, client, workspace):
    number = connected(app, workspace, state="disconnected")
    person = Visitor(client)
    page = person.get("/")
    assert "Northgate IT Services Ltd, disconnected" in text_of(page)
    gone = person.get(f"/connections/{number}").text
    actions = gone[: gone.index("If you come back")]
    assert "Reconnect Northgate IT Services Ltd" in actions
    assert "Connect another" not in actions


def test_dates_stand_in_words_beside_their_fields(app, client, workspace):
    first = date(2026, 11, 1)
    number = connected(app, workspace, starts_on=first, history_from=first, live=False)
    person = Visitor(client)
    for path in ("", "/go-live"):
        page = person.get(f"/connections/{number}{path}").text
        assert 'class="d-block text-body" for=' in page
        assert ">1 November 2026</output>" in page
