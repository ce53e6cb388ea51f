"""A form that came to nothing: told so, led back, nothing sent again by itself."""

import pytest

from app.extensions import db
from app.models import Workspace
from tests.builders import a_person, a_workspace
from tests.people import sign_in, token_of
from tests.visitor import text_of

TOM = "tom@northgate.example"
HERE = "http://localhost"


@pytest.fixture
def owner(app, client):
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace, "owner")
        a_person(workspace, "viewer", TOM)
    sign_in(client)
    return client


def out(client):
    with client.session_transaction() as session:
        session.pop("signed_in_at")


def name_of(app):
    with app.app_context():
        return db.session.query(Workspace).one().name


def test_after_signing_in_again_the_page_says_that_nothing_was_saved(app, owner):
    token = token_of(owner, "/settings")
    out(owner)
    owner.post(
        "/settings/workspace",
        data={"csrf_token": token, "name": "Southgate"},
        headers={"Referer": f"{HERE}/settings"},
    )

    sign_in(owner, next="/settings")
    page = owner.get("/settings").text

    assert "so nothing was changed" in page
    assert "data-restore" in page  # has the browser put back what was typed
    assert "data-restore" not in owner.get("/settings").text
    assert name_of(app) == "Northgate IT Services Ltd"


def test_a_button_of_a_row_leads_to_sign_in_and_back_to_the_page_with_the_row(owner):
    token = token_of(owner, "/settings")
    out(owner)
    headers = {"HX-Request": "true", "HX-Current-URL": f"{HERE}/mappings?list=mapped"}

    answer = owner.post("/mappings/save", data={"csrf_token": token}, headers=headers)

    assert answer.headers["HX-Redirect"] == "/login?next=/mappings?list%3Dmapped"
    assert "signed out before this was saved" in owner.get("/login").text


def test_back_from_the_answer_to_a_form_is_the_page_with_the_form(owner):
    token = token_of(owner, "/settings")
    out(owner)

    answer = owner.post(
        "/settings/workspace",
        data={"csrf_token": token},
        headers={"Referer": f"{HERE}/settings/workspace"},  # it was refused once before
    )

    assert answer.location == "/login?next=/settings"


def test_a_page_open_for_too_long_is_shown_again_and_nothing_was_changed(app, owner):
    form = {"name": "Southgate", "csrf_token": "of another day"}
    headers = {"Referer": f"{HERE}/settings"}

    answer = owner.post("/settings/workspace", data=form, headers=headers)
    assert (answer.status_code, answer.location) == (303, "/settings")
    page = owner.get("/settings").text

    assert "open for too long, so nothing was changed" in page
    assert "data-restore" in page
    assert name_of(app) == "Northgate IT Services Ltd"


def test_a_row_of_a_page_open_for_too_long_has_the_page_loaded_again(owner):
    headers = {"HX-Request": "true", "HX-Current-URL": f"{HERE}/mappings"}

    answer = owner.post("/mappings/save", data={"csrf_token": "old"}, headers=headers)

    assert (answer.status_code, answer.headers["HX-Redirect"]) == (400, "/mappings")


def test_a_role_that_may_not_hears_who_may_and_finds_the_way_back(app, client, owner):
    viewer = app.test_client()
    sign_in(viewer, TOM)
    form = {"csrf_token": token_of(viewer, "/settings"), "name": "Mine"}

    answer = viewer.post("/settings/workspace", data=form, headers={"Referer": f"{HERE}/settings"})

    assert answer.status_code == 403
    assert "Yours is viewer; it takes owner or finance. Ask Priya Nair." in text_of(answer)
    assert 'href="/settings#typed"' in answer.text


@pytest.mark.parametrize("elsewhere", ["https://evil.example/settings", "//evil.example/"])
def test_an_error_never_leads_back_to_another_site(owner, elsewhere):
    answer = owner.get("/nowhere", headers={"Referer": elsewhere})

    assert answer.status_code == 404
    assert "evil" not in answer.text


def test_what_is_too_large_is_said_in_words_a_person_knows(owner):
    answer = owner.post(
        "/mappings/import",
        data=b"x" * (1024 * 1024 + 1),
        content_type="application/octet-stream",
        headers={"Referer": f"{HERE}/mappings"},
    )

    assert answer.status_code == 413
    assert "larger than 1 MiB, the most that is taken at once. Nothing was stored." in answer.text
