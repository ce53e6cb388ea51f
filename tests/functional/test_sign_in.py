"""Signing in and out, and what a session may open."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Blueprint

from app.extensions import db
from app.models import User
from app.usecases.workspace_settings import change_password
from tests.builders import PASSWORD, a_person, a_workspace
from tests.people import PRIYA, send, sign_in, token_of


@pytest.fixture
def northgate(app):
    with app.app_context():
        workspace = a_workspace()
        for role in ("owner", "viewer"):
            a_person(workspace, role, f"{role}@northgate.example")
        a_person(workspace, "finance", PRIYA)


@pytest.fixture
def another_app(settings, make_app):
    """Make an application with some settings changed."""
    return lambda **changes: make_app(replace(settings, **changes))


@pytest.fixture
def priya(client, northgate):
    assert sign_in(client).status_code == 303
    return client


def test_a_stranger_is_asked_to_sign_in_and_then_gets_the_page_they_wanted(client, northgate):
    answer = client.get("/customers?q=Oak")
    assert answer.location == "/login?next=/customers?q%3DOak"

    assert sign_in(client, next="/customers?q=Oak").location == "/customers?q=Oak"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "\\\\evil.example",
    ],
)
def test_signing_in_never_leads_to_another_site(client, northgate, elsewhere):
    assert sign_in(client, next=elsewhere).location == "/"


def test_the_e_mail_address_is_found_in_any_case(client, northgate):
    assert sign_in(client, "PRIYA@Northgate.example").status_code == 303


@pytest.mark.parametrize("email", [PRIYA, "nobody@northgate.example"])
def test_a_wrong_password_and_an_unknown_person_hear_the_same(client, northgate, email):
    answer = sign_in(client, email, "wrong horse")

    assert answer.status_code == 401
    assert "do not belong together" in answer.text
    assert client.get("/").status_code == 302


def test_guessing_is_slowed_down_for_one_person_and_for_nobody_else(client, northgate):
    for _ in range(10):
        assert sign_in(client, password="guess").status_code == 401

    assert sign_in(client).status_code == 429
    assert sign_in(client, "owner@northgate.example").status_code == 303


def test_guessing_is_not_sped_up_by_writing_the_address_otherwise(client, northgate):
    for n in range(10):
        written = PRIYA[:n] + "\x00" + PRIYA[n:].upper()
        assert sign_in(client, written, "guess").status_code == 401

    assert sign_in(client).status_code == 429


def test_trying_one_password_on_everybody_is_slowed_down(client, northgate):
    token = token_of(client)
    for n in range(60):
        guess = {"csrf_token": token, "email": f"p{n}@northgate.example", "password": "guess"}
        assert client.post("/login", data=guess).status_code == 401

    assert sign_in(client).status_code == 429


def test_signing_in_does_not_need_redis(another_app, northgate):
    app = another_app(redis_url="redis://127.0.0.1:1/0")

    assert sign_in(app.test_client()).status_code == 303


def test_signing_out_closes_the_pages(priya):
    assert priya.get("/").status_code == 200
    send(priya, "/logout")

    assert priya.get("/").status_code == 302


def test_a_session_ends_after_a_working_day(priya):
    with priya.session_transaction() as session:
        session["signed_in_at"] = (datetime.now(UTC) - timedelta(hours=12, minutes=1)).isoformat()

    assert priya.get("/").location.startswith("/login")


def test_a_form_sent_after_the_session_ended_leads_to_sign_in_and_back_to_the_form(priya):
    token = token_of(priya, "/settings")
    with priya.session_transaction() as session:
        del session["signed_in_at"]

    answer = priya.post(
        "/settings/workspace",
        data={"csrf_token": token},
        headers={"Referer": "http://localhost/settings"},
    )

    assert answer.location == "/login?next=/settings"
    assert "signed out before this was saved" in priya.get(answer.location).text


def test_a_live_part_of_a_page_sends_the_whole_page_to_sign_in(client, northgate):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/customers"}

    answer = client.get("/", headers=headers)

    assert (answer.status_code, answer.text) == (401, "")
    assert answer.headers["HX-Redirect"] == "/login?next=/customers"


def test_a_new_password_ends_every_other_session(app, priya):
    with app.app_context():
        person = db.session.query(User).filter_by(email=PRIYA).one()
        change_password(person, PASSWORD, "a better horse battery")

    assert priya.get("/").status_code == 302


def test_somebody_shut_out_is_out_at_once(app, priya):
    with app.app_context():
        db.session.query(User).filter_by(email=PRIYA).one().disabled_at = datetime.now(UTC)
        db.session.commit()

    assert priya.get("/").status_code == 302
    assert sign_in(priya).status_code == 401


def test_a_form_without_our_token_changes_nothing_and_says_why(priya):
    answer = priya.post("/settings/workspace", data={"name": "Forged"})

    assert answer.status_code == 400
    assert "so nothing was changed" in answer.text


def test_a_viewer_sees_the_page_without_buttons_and_may_not_send_its_form(client, northgate):
    sign_in(client, "viewer@northgate.example")

    assert "Save settings" not in client.get("/settings").text
    answer = send(client, "/settings/workspace", name="Mine")
    assert answer.status_code == 403
    assert "Your role does not allow this" in answer.text


def test_a_blueprint_that_nobody_declared_stays_closed(another_app, northgate):
    app = another_app()
    forgotten = Blueprint("forgotten", __name__)
    forgotten.add_url_rule("/forgotten", view_func=lambda: "everything")
    app.register_blueprint(forgotten)

    assert app.test_client().get("/forgotten").status_code == 403


def test_pages_may_not_be_framed_kept_or_run_foreign_scripts(priya):
    headers = priya.get("/").headers

    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "form-action 'self'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"


def test_without_the_database_a_page_says_so(another_app):
    client = another_app(database_url="postgresql://x:x@127.0.0.1:1/x").test_client()

    answer = sign_in(client)

    assert answer.status_code == 503
    assert "The database does not answer" in answer.text
    assert client.get("/nowhere").status_code == 404


def test_an_asset_that_did_not_change_is_not_left_open(app, client):
    first = client.get("/static/app.css?v=1")
    etag = first.headers["ETag"]
    first.close()

    with app.test_request_context("/static/app.css?v=1", headers={"If-None-Match": etag}):
        again = app.full_dispatch_request()

    assert (again.status_code, again.response.file.closed) == (304, True)
