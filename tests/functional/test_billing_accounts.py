"""Workspaces, people, keys and secrets, by the operator's commands."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import select

from app.config import Settings
from app.extensions import db
from app.models import ApiKey, AuditEntry, HookSecret, User
from app.models.scope import enter_workspace
from app.usecases.accounts import (
    AccountRefused,
    authenticate,
    create_user,
    create_workspace,
    hook_secrets,
    workspace_by_slug,
)

MERIDIAN = ["workspace", "create", "Meridian IT", "--slug", "meridian"]
BRITISH = ["--country", "GB", "--currency", "GBP"]


@pytest.fixture
def command(cli: FlaskCliRunner) -> Any:
    def run(*words: str, **more: Any) -> Any:
        return cli.invoke(args=words, **more)

    return run


@pytest.fixture
def meridian(command: Any) -> None:
    assert command(*MERIDIAN, *BRITISH).exit_code == 0


def test_a_workspace_is_made(command):
    answer = command(*MERIDIAN, *BRITISH, "--json")

    assert answer.exit_code == 0
    assert json.loads(answer.output)["slug"] == "meridian"


def test_a_slug_is_taken_once(command, meridian):
    answer = command(*MERIDIAN, *BRITISH, "--json")

    assert answer.exit_code == 1
    assert json.loads(answer.output) == {
        "error": {"field": "slug", "message": "There is a workspace meridian already."}
    }


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["--slug", "Meridian IT", *BRITISH], "slug"),
        (["--slug", "m", "--country", "UK", "--currency", "GBP"], "country"),
        (["--slug", "m", "--country", "GB", "--currency", "pounds"], "currency"),
        (["--slug", "m", *BRITISH, "--time-zone", "London"], "time_zone"),
    ],
)
def test_a_mistake_is_named_with_its_field(command, words, field):
    answer = command("workspace", "create", "Meridian IT", *words)

    assert answer.exit_code == 1
    assert answer.stderr.startswith(f"{field}: Use ")


def test_a_person_signs_in_with_the_password_from_standard_input(app, command, meridian):
    answer = command(
        *("user", "create", "Ann@meridian.example", "--workspace", "meridian", "--role", "owner"),
        "--password-stdin",
        input="correct horse battery\n",
    )

    assert answer.exit_code == 0
    assert "correct" not in answer.output
    with app.app_context():
        found = authenticate("ann@MERIDIAN.example ", "correct horse battery")
        assert found is not None
        assert found.role == "owner"
        assert found.password_hash.startswith("$argon2id$")


def test_a_made_password_is_shown_once_and_works(app, command, meridian):
    answer = command(
        *("user", "create", "ann@meridian.example", "--workspace", "meridian"),
        *("--role", "finance", "--json"),
    )

    with app.app_context():
        assert authenticate("ann@meridian.example", json.loads(answer.output)["password"])


def test_nobody_signs_in_with_less(app, command, meridian):
    with app.app_context():
        number = workspace_by_slug("meridian").id
        create_user(number, "ann@meridian.example", "owner", "correct horse battery")

        assert authenticate("ann@meridian.example", "correct horse") is None
        assert authenticate("bob@meridian.example", "correct horse battery") is None
        assert authenticate("ann@meridian.example\x00", "\ud800" * 2000) is None


def test_a_disabled_person_stays_outside(app, command, meridian):
    with app.app_context():
        number = workspace_by_slug("meridian").id
        made = create_user(number, "ann@meridian.example", "owner", "correct horse battery")
        made.disabled_at = made.created_at
        db.session.commit()

        assert authenticate("ann@meridian.example", "correct horse battery") is None


def test_an_address_has_one_account_whatever_its_case(app, command, meridian):
    with app.app_context():
        number = workspace_by_slug("meridian").id
        create_user(number, "ann@meridian.example", "owner", "correct horse battery")

        with pytest.raises(AccountRefused, match="has an account already"):
            create_user(number, "ANN@meridian.example", "viewer", "correct horse battery")


def test_a_short_password_is_refused(command, meridian):
    answer = command(
        *("user", "create", "ann@meridian.example", "--workspace", "meridian"),
        *("--role", "owner", "--password-stdin"),
        input="short\n",
    )

    assert answer.exit_code == 1
    assert answer.stderr == "password: Use at least 10 characters.\n"


def test_of_an_api_key_only_the_hash_is_kept(app, command, meridian):
    key = command(
        "api-key", "create", "--workspace", "meridian", "--name", "Billing"
    ).output.strip()

    with app.app_context():
        row = db.session.scalars(select(ApiKey)).one()
        assert key.startswith("lb_")
        assert (row.prefix, row.name) == (key[:10], "Billing")
        assert key not in repr(vars(row))


def test_a_hook_secret_is_kept_encrypted(app, command, meridian):
    secret = command("hook-secret", "create", "--workspace", "meridian").output.strip()

    with app.app_context():
        row = db.session.scalars(select(HookSecret)).one()
        assert secret.startswith("whsec_")
        assert secret.encode() not in row.secret_encrypted
        assert hook_secrets(row.workspace_id) == [secret]


def test_a_weak_hook_secret_is_refused(command, meridian):
    answer = command(
        *("hook-secret", "create", "--workspace", "meridian", "--secret-stdin"),
        input="whsec_dG9vIHNob3J0\n",
    )

    assert answer.exit_code == 1
    assert answer.stderr.startswith("secret: ")


def test_an_unknown_workspace_is_named(command):
    answer = command("api-key", "create", "--workspace", "nobody", "--name", "Billing")

    assert (answer.exit_code, answer.stderr) == (1, "workspace: There is no workspace nobody.\n")


@pytest.fixture
def with_keys(environment: dict[str, str], make_app: Callable[[Settings], Flask]) -> Any:
    """Make the application again with other ENCRYPTION_KEYS."""

    def make(*encryption_keys: str) -> Flask:
        changed = environment | {"ENCRYPTION_KEYS": ",".join(encryption_keys)}
        return make_app(Settings.from_environment(changed))

    return make


def test_after_a_rotation_the_old_key_may_go(environment, with_keys, command, meridian):
    secret = command("hook-secret", "create", "--workspace", "meridian").output.strip()
    new, old = Fernet.generate_key().decode(), environment["ENCRYPTION_KEYS"]

    answer = with_keys(new, old).test_cli_runner().invoke(args=["keys", "rotate"])

    assert answer.exit_code == 0
    with with_keys(new).app_context():
        assert hook_secrets(workspace_by_slug("meridian").id) == [secret]


def test_a_rotation_that_cannot_read_everything_says_so(with_keys, command, meridian):
    command("hook-secret", "create", "--workspace", "meridian")

    stranger = with_keys(Fernet.generate_key().decode())
    answer = stranger.test_cli_runner().invoke(args=["keys", "rotate"])

    assert answer.exit_code == 1
    assert "No key opens hook_secret:1" in answer.output


def test_deeds_at_the_command_line_are_noted(app, command, meridian):
    command("api-key", "create", "--workspace", "meridian", "--name", "Billing")

    with app.app_context():
        noted = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        assert [(n.actor, n.action) for n in noted] == [
            ("command line", "workspace.create"),
            ("command line", "api_key.create"),
        ]


def test_signing_in_finds_people_of_every_workspace(app: Flask):
    with app.app_context():
        one = create_workspace("Meridian IT", "meridian", "GB", "GBP").id
        two = create_workspace("Harbour Dental", "harbour", "GB", "GBP").id
        create_user(two, "bo@harbour.example", "owner", "correct horse battery")
        enter_workspace(db.session, one)

        assert authenticate("bo@harbour.example", "correct horse battery")
        assert db.session.scalars(select(User)).all() == []


def test_the_doctor_finds_what_is_wrong(command, services):
    healthy = json.loads(command("doctor", "--json").output)
    services.stop_redis()
    sick = command("doctor")

    found = {f["what"]: f["problem"] for f in healthy["findings"]}
    assert (found["database"], found["Redis"]) == ("", "")
    assert sick.exit_code == 1
    assert "PROBLEM  Redis: Redis does not answer" in sick.output
