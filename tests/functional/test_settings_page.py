"""Settings: who may change what, and secrets that are shown once."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import ApiKey, HookSecret, User, Workspace
from app.usecases.accounts import create_api_key, hook_secrets, workspace_of_key
from tests.builders import PASSWORD, a_person, a_workspace
from tests.people import PRIYA, send, sign_in
from tests.visitor import text_of

WORKSPACE = {
    "name": "Northgate IT Services Ltd",
    "time_zone": "America/New_York",
    "reconcile_hour": "7",
    "reconcile_mail": "difference",
}


@pytest.fixture
def northgate(app):
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace, "owner")
        a_person(workspace, "finance", "tom@northgate.example")


@pytest.fixture
def owner(client, northgate):
    sign_in(client)
    return client


@pytest.fixture
def finance(client, northgate):
    sign_in(client, "tom@northgate.example")
    return client


@pytest.fixture
def finance_client(app, northgate):
    tom = app.test_client()
    sign_in(tom, "tom@northgate.example")
    return tom


def only(app, model):
    with app.app_context():
        return db.session.scalars(select(model)).one()


def number_of(app, email):
    with app.app_context():
        return db.session.scalars(select(User.id).where(User.email == email)).one()


def test_the_time_zone_is_that_of_every_page(app, owner):
    page = send(owner, "/settings/workspace", **WORKSPACE).text

    assert "Times on every page are America/New_York" in page
    assert only(app, Workspace).reconcile_hour == 7


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("time_zone", "Mars/Olympus"),
        ("reconcile_hour", "24"),
        ("reconcile_hour", "noon"),
        ("reconcile_mail", "hourly"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_and_nothing_stored(app, owner, field, value):
    answer = send(owner, "/settings/workspace", **WORKSPACE | {field: value})

    assert answer.status_code == 422
    assert only(app, Workspace).time_zone == "Europe/London"


def test_an_api_key_is_shown_once_and_works_until_it_is_revoked(app, owner):
    made = send(owner, "/settings/api-keys", name="Month-end export").text
    key = re.search(r'value="(lb_[^"]+)"', made)[1]
    assert key not in owner.get("/settings").text

    with app.app_context():
        assert workspace_of_key(key, datetime.now(UTC)).name == "Month-end export"
    send(owner, f"/settings/api-keys/{only(app, ApiKey).id}/revoke")
    with app.app_context():
        assert workspace_of_key(key, datetime.now(UTC)) is None


def test_a_signing_secret_is_shown_once_and_counts_until_it_is_revoked(app, owner):
    made = send(owner, "/settings/hook-secrets").text
    secret = re.search(r'value="(whsec_[^"]+)"', made)[1]
    assert secret not in owner.get("/settings").text

    row = only(app, HookSecret)
    with app.app_context():
        assert hook_secrets(row.workspace_id) == [secret]
    send(owner, f"/settings/hook-secrets/{row.id}/revoke")
    with app.app_context():
        assert hook_secrets(row.workspace_id) == []


def test_finance_changes_the_workspace_but_lets_nobody_in(app, finance):
    assert send(finance, "/settings/workspace", **WORKSPACE).status_code == 200
    for deed in ("people", "api-keys", "hook-secrets", "people/1"):
        assert send(finance, f"/settings/{deed}", name="x", role="owner").status_code == 403
    assert "New signing secret" not in finance.get("/settings").text


def test_a_key_of_another_workspace_cannot_be_revoked(app, owner):
    with app.app_context():
        other = a_workspace("southgate")
        db.session.commit()
        key = create_api_key(other.id, "Theirs")
        number = db.session.scalars(select(ApiKey.id)).one()

    assert send(owner, f"/settings/api-keys/{number}/revoke").status_code == 404
    with app.app_context():
        assert workspace_of_key(key, datetime.now(UTC)) is not None


def test_an_owner_lets_somebody_in_and_shuts_them_out(app, owner):
    new = {"name": "Ana", "email": "ana@northgate.example", "role": "viewer"}
    assert "Ana may sign in now" in send(owner, "/settings/people", **new, password=PASSWORD).text
    assert sign_in(app.test_client(), "ana@northgate.example").status_code == 303

    number = number_of(app, "ana@northgate.example")
    send(owner, f"/settings/people/{number}", role="viewer", disabled="on")

    assert sign_in(app.test_client(), "ana@northgate.example").status_code == 401


def test_an_address_that_has_an_account_is_refused_in_words(owner):
    again = {"name": "Priya", "email": PRIYA, "role": "viewer", "password": PASSWORD}

    answer = send(owner, "/settings/people", **again)

    assert answer.status_code == 422
    assert "has an account already" in answer.text


@pytest.mark.parametrize("change", [{"role": "finance"}, {"role": "owner", "disabled": "on"}])
def test_the_last_owner_stays_one(app, owner, change):
    answer = send(owner, f"/settings/people/{number_of(app, PRIYA)}", **change)

    assert answer.status_code == 422
    assert "A workspace needs an owner" in answer.text


def test_a_password_is_changed_by_who_knows_it_and_the_session_goes_on(app, owner):
    wrong = send(owner, "/settings/password", present="guess", wanted="a better horse battery")
    assert wrong.status_code == 422

    send(owner, "/settings/password", present=PASSWORD, wanted="a better horse battery")

    assert owner.get("/").status_code == 200
    assert sign_in(app.test_client()).status_code == 401
    changed = sign_in(app.test_client(), password="a better horse battery")
    assert changed.status_code == 303


def test_who_saves_second_is_told_what_the_first_one_did(app, owner):
    seen = re.search(r'name="seen" value="([^"]+)"', owner.get("/settings").text)[1]
    tom = app.test_client()
    sign_in(tom, "tom@northgate.example")
    send(tom, "/settings/workspace", **WORKSPACE)

    answer = send(owner, "/settings/workspace", **WORKSPACE | {"reconcile_hour": "9", "seen": seen})

    assert answer.status_code == 409
    page = text_of(answer)
    assert "changed this at" in page
    assert "Hour of the daily check: 07:00 before: 06:00" in page
    assert only(app, Workspace).reconcile_hour == 7
    assert '<option value="9" selected>' in answer.text  # what was chosen is still there
    again = re.search(r'name="seen" value="([^"]+)"', answer.text)[1]
    send(owner, "/settings/workspace", **WORKSPACE | {"reconcile_hour": "9", "seen": again})
    assert only(app, Workspace).reconcile_hour == 9


def test_two_owners_at_one_person_do_not_undo_each_other(app, owner):
    number = number_of(app, "tom@northgate.example")
    seen = re.search(
        rf'people/{number}".*?name="seen" value="([^"]+)"', owner.get("/settings").text
    )
    send(owner, f"/settings/people/{number}", role="viewer")

    answer = send(owner, f"/settings/people/{number}", role="owner", seen=seen[1])

    assert answer.status_code == 409
    assert "Role: Viewer before: Finance" in text_of(answer)


def test_an_owner_gives_a_new_password_and_the_old_sessions_end(app, owner, finance_client):
    number = number_of(app, "tom@northgate.example")

    short = send(owner, f"/settings/people/{number}/password", wanted="short")
    assert short.status_code == 422
    send(owner, f"/settings/people/{number}/password", wanted="a better horse battery")

    assert finance_client.get("/").status_code == 302
    changed = sign_in(app.test_client(), "tom@northgate.example", "a better horse battery")
    assert changed.status_code == 303


def test_nobody_resets_their_own_password_or_that_of_another_workspace(app, owner):
    with app.app_context():
        other = a_person(a_workspace("southgate"), "owner", "sue@southgate.example").id

    for number, status in ((number_of(app, PRIYA), 400), (other, 404)):
        answer = send(owner, f"/settings/people/{number}/password", wanted="a better horse")
        assert answer.status_code == status


def test_the_only_owner_reads_why_nothing_can_be_changed(owner):
    page = text_of(owner.get("/settings"))

    assert "The only owner. Make somebody else an owner before" in page


def test_preferences_are_of_one_person_and_on_every_page(app, owner):
    send(owner, "/settings/preferences", theme="dark")

    page = owner.get("/").text
    assert 'data-bs-theme="dark" data-theme="dark"' in page
    assert 'data-shortcuts="off"' in page
    tom = app.test_client()
    sign_in(tom, "tom@northgate.example")
    assert 'data-theme="system"' in tom.get("/").text


def test_when_somebody_signed_in_last_is_shown_to_everybody(app, owner):
    never = 'data-l="Last signed in"><span class="text-secondary">Never<'
    assert never in owner.get("/settings").text
    sign_in(app.test_client(), "tom@northgate.example")

    assert never not in owner.get("/settings").text
