"""The page of one connection: what may be changed, by whom, and what that does."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.domain.problem import Missing
from app.domain.states import CatalogueKind, DocumentKind, Operation, PushState
from app.extensions import db
from app.models import Alert, AuditEntry, CatalogueRow, Connection, Grant, Invoice, Push
from tests.builders import a_connection, a_person, a_workspace, an_invoice
from tests.people import send, sign_in
from tests.visitor import text_of

SETTINGS = {"push_mode": "auto", "closed_period_policy": "hold", "account": ""}
PAGES = ("", "/state", "/disconnect")
DEEDS = ("check", "settings", "pause", "resume", "disconnect")


@pytest.fixture
def northgate(app):
    """Return the number of a connection whose workspace has Priya and a viewer in it."""
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        a_person(workspace, "viewer", "viewer@northgate.example")
        connection = a_connection(workspace)
        db.session.add(
            CatalogueRow(
                workspace_id=workspace.id,
                connection_id=connection.id,
                kind=CatalogueKind.ACCOUNT,
                ledger_id="79",
                name="4000 Sales: managed services",
                active=True,
                details={"for_items": True},
            )
        )
        db.session.commit()
        return connection.id


@pytest.fixture
def southgate(app):
    """Return the number of another workspace's connection."""
    with app.app_context():
        connection = a_connection(a_workspace("southgate"), company_id="2")
        db.session.commit()
        return connection.id


@pytest.fixture
def priya(client, northgate):
    sign_in(client)
    return client


def state_of(app, connection_id):
    with app.app_context():
        return db.session.get_one(Connection, connection_id).state


def test_another_workspaces_connection_is_not_there(app, priya, southgate):
    for page in PAGES:
        assert priya.get(f"/connections/{southgate}{page}").status_code == 404
    for deed in DEEDS:
        answer = send(priya, f"/connections/{southgate}/{deed}", **SETTINGS, company="Northgate")
        assert answer.status_code == 404, deed
    assert state_of(app, southgate) == "active"


def test_a_viewer_looks_and_changes_nothing(app, client, northgate):
    sign_in(client, "viewer@northgate.example")

    page = client.get(f"/connections/{northgate}").text
    assert "Pause pushing" not in page
    assert "Disconnect…" not in page
    for deed in DEEDS:
        assert send(client, f"/connections/{northgate}/{deed}", **SETTINGS).status_code == 403
    assert send(client, "/connect/quickbooks", environment="sandbox").status_code == 403
    assert state_of(app, northgate) == "active"


def test_what_finance_decides_is_stored_with_who_decided_it(app, priya, northgate):
    wanted = {"push_mode": "review", "closed_period_policy": "next_open_day", "account": "79"}

    answer = send(priya, f"/connections/{northgate}/settings", **wanted)

    assert "Settings saved." in answer.text
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        assert (connection.push_mode, connection.closed_period_policy) == (
            "review",
            "next_open_day",
        )
        assert connection.default_income_account_name == "4000 Sales: managed services"
        assert db.session.scalars(
            select(AuditEntry.action).order_by(AuditEntry.id.desc())
        ).first() == ("connection.settings")


def test_a_changed_setting_lets_what_it_stopped_be_looked_at_again(app, priya, northgate):
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        closed = Missing("closed_period", "2026-10-31", "a closed period")
        invoice = an_invoice(connection, missing=closed)
        db.session.add(
            Push(
                workspace_id=connection.workspace_id,
                connection_id=northgate,
                document_kind=DocumentKind.INVOICE,
                document_id=invoice.id,
                operation=Operation.CREATE,
                revision=1,
                state=PushState.BLOCKED,
                due_at=invoice.finalised_at,
            )
        )
        db.session.commit()

    changed = SETTINGS | {"closed_period_policy": "next_open_day"}
    send(priya, f"/connections/{northgate}/settings", **changed)

    with app.app_context():
        assert db.session.scalars(select(Invoice.sync_state)).all() == ["waiting"]


def test_an_account_that_is_not_in_the_list_is_refused(app, priya, northgate):
    answer = send(priya, f"/connections/{northgate}/settings", **SETTINGS | {"account": "666"})

    assert answer.status_code == 422
    assert "not in the list any more" in answer.text


def test_the_pace_finance_chose_is_stored_and_told_in_the_audit(app, priya, northgate):
    wanted = SETTINGS | {"in_flight": "4", "calls_per_minute": "120"}

    answer = send(priya, f"/connections/{northgate}/settings", **wanted)

    assert "Settings saved." in answer.text
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        assert (connection.in_flight, connection.calls_per_minute) == (4, 120)
        told = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert told.actor == "Priya Nair"
        assert told.detail["changed"]["in_flight"] == [1, 4]
        assert told.detail["changed"]["calls_per_minute"] == [None, 120]


def test_no_number_of_calls_means_what_the_ledger_allows(app, priya, northgate):
    for typed in ("120", " "):
        pace = {"in_flight": "1", "calls_per_minute": typed}
        send(priya, f"/connections/{northgate}/settings", **SETTINGS | pace)

    with app.app_context():
        assert db.session.get_one(Connection, northgate).calls_per_minute is None


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("in_flight", "0", "Writes at a time must be a whole number from 1 to 8."),
        ("in_flight", "9", "Writes at a time must be a whole number from 1 to 8."),
        ("in_flight", "", "Writes at a time must be a whole number from 1 to 8."),
        ("in_flight", "two", "Writes at a time must be a whole number from 1 to 8."),
        ("calls_per_minute", "9", "Calls a minute must be a whole number from 10 to 500."),
        ("calls_per_minute", "0", "Calls a minute must be a whole number from 10 to 500."),
        ("calls_per_minute", "501", "Calls a minute must be a whole number from 10 to 500."),
        ("calls_per_minute", "1.5", "Calls a minute must be a whole number from 10 to 500."),
        ("calls_per_minute", "9" * 30, "Calls a minute must be a whole number from 10 to 500."),
    ],
)
def test_a_pace_outside_its_range_is_refused_by_name_and_nothing_is_saved(
    app, priya, northgate, field, typed, sentence
):
    wanted = SETTINGS | {"in_flight": "1", "calls_per_minute": "", "push_mode": "review"}

    answer = send(priya, f"/connections/{northgate}/settings", **wanted | {field: typed})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert re.search(rf'name="{field}"[^>]*value="{typed}"[^>]*aria-invalid', answer.text)
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        assert (connection.in_flight, connection.calls_per_minute) == (1, None)
        assert connection.push_mode == "auto"


def test_pausing_and_resuming_are_shown_and_kept(app, priya, northgate):
    assert "Pushing to QuickBooks is paused" in send(priya, f"/connections/{northgate}/pause").text
    assert state_of(app, northgate) == "paused"

    assert "QuickBooks is connected" in send(priya, f"/connections/{northgate}/resume").text
    assert state_of(app, northgate) == "active"


def test_disconnecting_wants_the_companys_name(app, priya, northgate):
    answer = send(priya, f"/connections/{northgate}/disconnect", company="Northgate")

    assert answer.status_code == 422
    assert "nothing was changed" in answer.text
    assert state_of(app, northgate) == "active"


def test_disconnecting_with_the_name_keeps_the_connections_history(app, priya, northgate):
    send(priya, f"/connections/{northgate}/disconnect", company="Northgate IT Services Ltd")

    assert state_of(app, northgate) == "disconnected"
    assert "is disconnected" in priya.get(f"/connections/{northgate}").text


def test_the_check_counts_what_is_held_back(app, priya, northgate):
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        an_invoice(connection, "1200.00", missing=Missing("tax_code", "VAT0", "VAT Zero 0%"))
        connection.preferences = {"problems": ["The QuickBooks subscription has ended."]}
        db.session.commit()

    page = priya.get(f"/connections/{northgate}").text

    assert "1 invoice worth £1,200.00 waits for a person" in page
    assert "The QuickBooks subscription has ended." in page


def test_a_broken_connection_says_what_happened_what_it_means_and_what_to_do(app, priya, northgate):
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        connection.state = "broken"
        an_invoice(connection, "540.00", state="waiting")
        db.session.commit()

    page = priya.get(f"/connections/{northgate}").text

    assert "QuickBooks stopped accepting our permission" in page
    assert "1 invoice worth £540.00 has not reached your books" in page
    assert "choose <b>Northgate IT Services Ltd</b> again" in page


def test_without_redis_the_live_part_says_that_nothing_is_sent(app, priya, northgate):
    app.extensions["ledgerbridge_redis"].connection_pool.connection_kwargs["port"] = 1
    app.extensions["ledgerbridge_redis"].connection_pool.disconnect()

    answer = priya.get(f"/connections/{northgate}/state")

    assert answer.status_code == 200
    assert "Redis does not answer." in answer.text
    assert "Nothing is sent and nothing is lost." in answer.text


@pytest.mark.parametrize(
    ("final", "lasts", "sentence"),
    [
        (1_800, "100 days, until", "so it only runs out if nothing renews it until"),
        (12, "12 days, until", "QuickBooks ends every permission after a fixed time"),
    ],
)
def test_it_says_for_how_many_days_the_permission_lasts(
    app, priya, northgate, final, lasts, sentence
):
    moment = datetime.now(UTC) + timedelta(minutes=5)
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        connection.grant = Grant(
            workspace_id=connection.workspace_id,
            provider="quickbooks",
            environment="sandbox",
            access_token_encrypted=b"",
            refresh_token_encrypted=b"",
            access_expires_at=moment,
            refresh_expires_at=moment + timedelta(days=100),
            hard_expires_at=moment + timedelta(days=final),
            refreshed_at=moment,
        )
        db.session.commit()
    page = priya.get(f"/connections/{northgate}").text
    assert lasts in page
    assert sentence in page
    assert "We write to you 14 and 3 days before." in page


def test_it_says_what_rings(app, priya, northgate):
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        about = f"connection:{northgate}"
        for subject, closed_at in ((about, None), (f"{about}1", None), (about, datetime.now(UTC))):
            db.session.add(
                Alert(
                    workspace_id=connection.workspace_id,
                    kind="connection.misconfigured",
                    subject=subject,
                    message="Intuit refused our application, not your company.",
                    closed_at=closed_at,
                )
            )
        db.session.commit()
    page = priya.get(f"/connections/{northgate}").text
    assert page.count("Intuit refused our application, not your company.") == 1
    assert "1 check needs you" in page
    assert "QuickBooks accepts our permission" not in page


def test_who_saves_the_settings_second_is_told_what_the_first_one_did(app, priya, northgate):
    path = f"/connections/{northgate}"
    seen = re.search(r'name="seen" value="([^"]+)"', priya.get(path).text)[1]
    send(priya, f"{path}/settings", **SETTINGS | {"long_numbers": "shorten"})

    answer = send(priya, f"{path}/settings", **SETTINGS | {"push_mode": "review", "seen": seen})

    assert answer.status_code == 409
    assert "Long numbers: Shorten the number before: Do not send it" in text_of(answer)
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        assert (connection.long_numbers, connection.push_mode) == ("shorten", "auto")
