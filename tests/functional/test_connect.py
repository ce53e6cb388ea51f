"""Connecting a ledger company, losing it, and connecting it again."""

from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from sqlalchemy import select

from app.extensions import db
from app.models import Alert, AuditEntry, CatalogueRow, Connection, Grant, Mail, User, Workspace
from app.secrets import unseal
from app.usecases import manage_connection
from app.usecases.book.pull import pull
from app.usecases.company.permission_gone import mark_broken
from app.usecases.permission.connect import ConnectRefused, add_headless, begin, finish
from simulator.client import HARROW_LANE, NORTHGATE
from tests.connected import connect, now

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def priya(app_context):
    workspace = Workspace(slug="northgate", name="Northgate", country="GB", currency="GBP")
    db.session.add(workspace)
    db.session.flush()
    user = User(
        workspace_id=workspace.id,
        email="priya@northgate.example",
        name="Priya Nair",
        password_hash="unused",
        role="owner",
    )
    db.session.add(user)
    db.session.commit()
    return user


def consent(url, realm=NORTHGATE, decision="connect"):
    """Act as the person at the vendor's consent page; returns what the callback receives."""
    answer = requests.post(
        url, data={"realm": realm, "decision": decision}, allow_redirects=False, timeout=10
    )
    assert answer.is_redirect, answer.text
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


def begun(priya, **more):
    return begin(priya.workspace_id, priya.id, "quickbooks", "sandbox", now(), **more)


def finished(priya, args):
    return finish(priya.workspace_id, priya.id, priya.name, "quickbooks", args, now())


def test_consent_makes_a_live_connection_that_knows_its_company(priya, simulator):
    connection = db.session.get_one(Connection, finished(priya, consent(begun(priya))))
    assert (connection.company_name, connection.state) == ("Northgate IT Services Ltd", "active")
    assert (connection.country, connection.home_currency) == ("GB", "GBP")
    kinds = set(db.session.scalars(select(CatalogueRow.kind)))
    assert kinds == {"item", "tax_code", "account", "term"}
    assert db.session.scalars(select(AuditEntry.action)).all() == ["connection.connect"]


def test_tokens_are_unreadable_in_the_database(priya, simulator):
    token = simulator.issue_refresh_token(NORTHGATE)
    add_headless(priya.workspace_id, "quickbooks", "sandbox", NORTHGATE, token, "test", now())
    grant = db.session.scalars(select(Grant)).one()
    stored = grant.access_token_encrypted + grant.refresh_token_encrypted
    assert token.encode() not in stored


def test_a_callback_works_once(priya, simulator):
    args = consent(begun(priya))
    finished(priya, args)
    with pytest.raises(ConnectRefused, match="opened twice or too late"):
        finished(priya, args)


def test_a_state_of_our_own_making_is_refused(priya, simulator):
    args = consent(begun(priya)) | {"state": "WzEsMV0.forged"}
    with pytest.raises(ConnectRefused, match="opened twice or too late"):
        finished(priya, args)


def test_somebody_else_cannot_finish_what_one_began(priya, simulator):
    args = consent(begun(priya))
    with pytest.raises(ConnectRefused, match="started by somebody else"):
        finish(priya.workspace_id, priya.id + 1, "Tom Ashby", "quickbooks", args, now())


def test_a_denied_consent_is_a_sentence_and_leaves_nothing(priya, simulator):
    with pytest.raises(ConnectRefused, match="did not give Ledgerbridge access to QuickBooks"):
        finished(priya, consent(begun(priya), decision="deny"))
    assert db.session.scalars(select(Connection)).all() == []


def test_one_company_cannot_be_connected_to_two_workspaces(priya, simulator):
    connect(simulator, slug="southgate")
    with pytest.raises(ConnectRefused, match="connected to another workspace already"):
        finished(priya, consent(begun(priya)))


def test_a_reconnect_takes_only_the_same_company(priya, simulator):
    connection_id = finished(priya, consent(begun(priya)))
    mark_broken(connection_id, "test", now())
    url = begun(priya, reconnect_id=connection_id)
    with pytest.raises(ConnectRefused, match="You chose another company than Northgate") as refused:
        finished(priya, consent(url, realm=HARROW_LANE))
    assert refused.value.connection_id == connection_id


def test_a_broken_connection_rings_and_mails_once_and_a_reconnect_ends_the_alarm(priya, simulator):
    connection_id = finished(priya, consent(begun(priya)))
    mark_broken(connection_id, "test", now())
    mark_broken(connection_id, "test", now())
    assert len(db.session.scalars(select(Mail)).all()) == 1
    assert db.session.scalars(select(Alert)).one().closed_at is None
    again = finished(priya, consent(begun(priya, reconnect_id=connection_id)))
    assert again == connection_id
    assert db.session.get_one(Connection, again).state == "active"
    assert db.session.scalars(select(Alert)).one().closed_at is not None


def test_a_dead_refresh_token_is_a_sentence(priya, simulator):
    with pytest.raises(ConnectRefused, match="did not accept this refresh token"):
        add_headless(priya.workspace_id, "quickbooks", "sandbox", NORTHGATE, "dead", "cli", now())


def test_disconnecting_keeps_the_data_and_gives_the_permission_back(simulator):
    northgate = connect(simulator)
    northgate.map_all()
    northgate.bill("INV-0001")
    northgate.drain()
    ours = unseal(db.session.scalars(select(Grant)).one().refresh_token_encrypted)
    manage_connection.disconnect(northgate.connection_id, "Priya Nair", None, now())
    assert northgate.states() == {"INV-0001": "unlinked"}
    assert db.session.scalars(select(Grant)).all() == []
    with pytest.raises(ConnectRefused, match="did not accept this refresh token"):
        add_headless(northgate.workspace_id, "quickbooks", "sandbox", NORTHGATE, ours, "x", now())


def test_a_reconnect_finds_what_it_booked_and_books_what_it_never_did(simulator):
    northgate = connect(simulator)
    northgate.map_all()
    northgate.bill("INV-0001")
    northgate.drain()
    northgate.bill("INV-0002")
    manage_connection.disconnect(northgate.connection_id, "Priya Nair", None, now())
    assert northgate.states() == {"INV-0001": "unlinked", "INV-0002": "blocked"}
    again = northgate.reconnect()
    assert again.connection_id == northgate.connection_id
    again.drain()
    assert again.states() == {"INV-0001": "pushed", "INV-0002": "pushed"}
    assert again.books() == dict.fromkeys(("INV-0001", "INV-0002"), Decimal("540.00"))
    assert len(simulator.books(NORTHGATE)["customers"]) == again.customers_before + 1


def test_a_reconnect_never_books_again_what_somebody_deleted_there(simulator):
    northgate = connect(simulator)
    northgate.map_all()
    northgate.bill("INV-0001")
    northgate.drain()
    simulator.delete(NORTHGATE, "invoices", northgate.booked("INV-0001")["Id"])
    pull(northgate.connection_id, now())
    manage_connection.disconnect(northgate.connection_id, "Priya Nair", None, now())
    northgate.reconnect().drain()
    assert northgate.states() == {"INV-0001": "deleted_there"}
    assert northgate.books() == {}


def test_a_reconnect_asks_about_an_invoice_of_ours_that_was_changed_there(simulator):
    northgate = connect(simulator)
    northgate.map_all()
    northgate.bill("INV-0001")
    northgate.drain()
    booked = northgate.booked("INV-0001")
    [line] = [one for one in booked["Line"] if "Id" in one]
    detail = {name: line["SalesItemLineDetail"][name] for name in ("ItemRef", "TaxCodeRef")}
    dearer = line | {"Amount": 460, "SalesItemLineDetail": detail}
    simulator.edit(NORTHGATE, "invoices", booked["Id"], Line=[dearer])
    manage_connection.disconnect(northgate.connection_id, "Priya Nair", None, now())
    northgate.reconnect().drain()
    assert northgate.states() == {"INV-0001": "failed"}
    problem = northgate.problem("INV-0001")
    assert problem["title"] == "QuickBooks has this invoice, but somebody changed it there."
    assert northgate.books() == {"INV-0001": Decimal("552.00")}


def test_an_invoice_finalised_before_anything_is_connected_goes_once_it_is(simulator, priya):
    from tests import northgate as unconnected

    waiting = unconnected.Northgate(priya.workspace_id, 0)
    waiting.bill("INV-0001")
    assert waiting.states() == {"INV-0001": "blocked"}
    token = simulator.issue_refresh_token(NORTHGATE)
    add_headless(priya.workspace_id, "quickbooks", "sandbox", NORTHGATE, token, "cli", now())
    assert waiting.states() == {"INV-0001": "waiting"}
