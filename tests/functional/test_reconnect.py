"""Giving a company up and coming back: what is given back, what stays, what is kept apart."""

from datetime import timedelta
from decimal import Decimal

import pytest
import requests
from sqlalchemy import func, select

from app.extensions import db
from app.models import (
    Connection,
    CustomerLink,
    DocumentLink,
    Grant,
    Invoice,
    Mail,
    Mapping,
    OutboundEvent,
    Revocation,
)
from app.secrets import unseal
from app.usecases import manage_connection
from app.usecases.book.pull import pull
from app.usecases.company.permission_gone import mark_broken
from app.usecases.permission import give_back
from app.usecases.permission.connect import ConnectRefused, add_headless, begin, finish
from app.usecases.permission.permission_expiry import remind_of_disconnects
from app.usecases.push.actions import push_now
from simulator.client import HARROW_LANE, NORTHGATE, SEVERNSIDE
from tests.back import drained
from tests.builders import a_reader
from tests.connected import connect, now
from tests.functional.test_connect import consent

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    return made


def leave(northgate):
    return manage_connection.disconnect(northgate.connection_id, "Priya Nair", None, now())


def permission():
    return unseal(db.session.scalars(select(Connection)).one().grant.refresh_token_encrypted)


def lives(simulator, token):
    """Tell whether the vendor still takes a refresh token of ours."""
    place = requests.get(simulator.discovery_url, timeout=5).json()["token_endpoint"]
    app = (simulator.environment["INTUIT_CLIENT_ID"], simulator.environment["INTUIT_CLIENT_SECRET"])
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return requests.post(place, data=form, auth=app, timeout=5).status_code == 200


def rows(table):
    return db.session.scalar(select(func.count()).select_from(table))


class TestGivingBack:
    def test_the_vendor_takes_the_permission_back_at_once(self, northgate, simulator):
        token = permission()
        assert leave(northgate)
        assert not lives(simulator, token)
        assert rows(Revocation) == 0

    def test_a_vendor_that_is_away_is_told_once_it_is_back(self, northgate, simulator):
        token = permission()
        simulator.inject("unavailable", entity="token", operation="revoke", times=2)
        assert not leave(northgate)
        assert lives(simulator, token)
        assert not give_back.give_back(northgate.connection_id, now())
        assert give_back.give_back(northgate.connection_id, now())
        assert not lives(simulator, token)
        assert rows(Revocation) == 0

    def test_the_clock_comes_back_to_it_and_forgets_what_has_ended(self, northgate, simulator):
        simulator.inject("unavailable", entity="token", operation="revoke", times=None)
        leave(northgate)
        assert give_back.wake_given_up_permissions(now()) == 0
        assert give_back.wake_given_up_permissions(now() + timedelta(minutes=2)) == 1
        assert give_back.wake_given_up_permissions(now() + timedelta(days=102)) == 0
        assert rows(Revocation) == 0

    def test_one_that_no_key_opens_disconnects_all_the_same_and_is_tried_later(self, northgate):
        db.session.scalars(select(Grant)).one().refresh_token_encrypted = b"of a lost key"
        db.session.commit()
        assert not leave(northgate)
        assert give_back.wake_given_up_permissions(now()) == 0
        assert rows(Revocation) == 1

    def test_a_permission_connected_anew_is_not_given_back(self, northgate, simulator):
        simulator.inject("unavailable", entity="token", operation="revoke")
        leave(northgate)
        northgate.reconnect()
        token = permission()
        assert give_back.give_back(northgate.connection_id, now())
        assert lives(simulator, token)

    def test_nor_is_one_that_another_workspace_has_by_now(self, northgate, simulator):
        simulator.inject("unavailable", entity="token", operation="revoke")
        leave(northgate)
        connect(simulator, slug="southgate")
        assert give_back.give_back(northgate.connection_id, now())
        grant = db.session.scalars(select(Grant)).one()
        assert lives(simulator, unseal(grant.refresh_token_encrypted))

    def test_a_permission_that_is_dead_already_is_no_error(self, northgate, simulator):
        simulator.revoke_tokens(NORTHGATE)
        assert leave(northgate)
        assert rows(Revocation) == 0


class TestWhatStays:
    def test_links_go_and_data_stays(self, northgate):
        northgate.bill("INV-0001")
        northgate.drain()
        before = rows(Mapping)
        leave(northgate)
        assert (rows(CustomerLink), rows(DocumentLink)) == (0, 0)
        assert (rows(Invoice), rows(Mapping)) == (1, before)

    def test_a_customer_is_found_by_name_and_an_invoice_by_number(self, northgate, simulator):
        northgate.bill("INV-0001")
        northgate.drain()
        there = northgate.booked("INV-0001")
        leave(northgate)
        again = northgate.reconnect()
        again.bill("INV-0002")
        again.drain()
        assert again.states() == {"INV-0001": "pushed", "INV-0002": "pushed"}
        link = db.session.scalars(
            select(DocumentLink).where(DocumentLink.number == "INV-0001")
        ).one()
        assert (link.ledger_id, link.adopted) == (there["Id"], True)
        assert db.session.scalars(select(CustomerLink)).one().how == "found"
        assert len(simulator.books(NORTHGATE)["customers"]) == again.customers_before + 1

    def test_a_payment_made_meanwhile_comes_back(self, northgate, simulator):
        northgate.bill("INV-0001")
        northgate.drain()
        there = northgate.booked("INV-0001")
        leave(northgate)
        simulator.record_payment(
            NORTHGATE, there["CustomerRef"]["value"], [(there["Id"], "540.00")]
        )
        northgate.reconnect().drain()
        pull(northgate.connection_id, now())
        invoice = db.session.scalars(select(Invoice)).one()
        assert (invoice.status, invoice.balance) == ("paid", Decimal(0))


class TestAnotherCompany:
    def test_what_one_company_holds_is_never_booked_in_another(self, northgate, simulator):
        northgate.bill("INV-0001")
        northgate.drain()
        leave(northgate)
        token = simulator.issue_refresh_token(SEVERNSIDE)
        other = add_headless(
            northgate.workspace_id, "quickbooks", "sandbox", SEVERNSIDE, token, "cli", now()
        )
        assert other != northgate.connection_id
        northgate.edit_in_billing("INV-0001", "100.00")
        invoice_id = db.session.scalars(select(Invoice.id)).one()
        assert push_now([invoice_id], "Priya Nair", None, now()) == 0
        db.session.expire_all()
        assert northgate.states() == {"INV-0001": "unlinked"}
        assert db.session.get_one(Invoice, invoice_id).connection_id == northgate.connection_id
        again = northgate.reconnect()
        again.drain()
        assert again.books()["INV-0001"] == Decimal("540.00")

    def test_what_no_company_saw_goes_to_the_one_that_is_connected(self, northgate, simulator):
        leave(northgate)
        northgate.bill("INV-0001")
        token = simulator.issue_refresh_token(SEVERNSIDE)
        other = add_headless(
            northgate.workspace_id, "quickbooks", "sandbox", SEVERNSIDE, token, "cli", now()
        )
        assert db.session.scalars(select(Invoice.connection_id)).one() == other

    def test_another_company_is_refused_unless_that_is_said(self, northgate, simulator):
        leave(northgate)
        person = a_reader(northgate.workspace_id)
        db.session.commit()
        who = (northgate.workspace_id, person.id)

        def chosen(realm, **more):
            url = begin(*who, "quickbooks", "sandbox", now(), **more)
            args = consent(url, realm=realm)
            return finish(*who, "Ana", "quickbooks", args, now())

        with pytest.raises(ConnectRefused) as refused:
            chosen(HARROW_LANE)
        assert str(refused.value) == (
            "You chose another company than Northgate IT Services Ltd, so nothing was connected."
            " Reconnect Northgate IT Services Ltd, or tick that you want to connect another"
            " company."
        )
        assert rows(Connection) == 1
        with pytest.raises(ConnectRefused, match="You chose another company than Northgate"):
            chosen(HARROW_LANE, reconnect_id=northgate.connection_id)
        other = chosen(HARROW_LANE, another=True)
        assert other != northgate.connection_id
        states = dict(db.session.execute(select(Connection.id, Connection.state)).all())
        assert states == {northgate.connection_id: "disconnected", other: "active"}
        assert chosen(NORTHGATE) == northgate.connection_id


class TestTelling:
    def test_people_are_told_once_that_somebody_disconnected_a_company(self, northgate):
        a_reader(northgate.workspace_id)
        db.session.commit()
        leave(northgate)
        leave(northgate)
        assert remind_of_disconnects(now() + timedelta(days=2)) == 0
        mail = db.session.scalars(select(Mail)).one()
        assert mail.subject == ("QuickBooks disconnected by Priya Nair (Northgate IT Services Ltd)")
        assert "nothing is booked twice" in mail.body_text

    def test_a_push_is_told_again_and_is_known_by_its_ids(self, northgate):
        northgate.bill("INV-0001")
        northgate.drain()
        leave(northgate)
        again = northgate.reconnect()
        drained(again)
        pushed = select(OutboundEvent).where(OutboundEvent.type == "invoice.pushed")
        first, second = db.session.scalars(pushed.order_by(OutboundEvent.id))
        for name in ("connection", "ledger_id", "revision", "external_id"):
            assert first.data[name] == second.data[name], name

    def test_billing_is_told_once_whoever_ended_it(self, northgate):
        leave(northgate)
        leave(northgate)
        northgate.reconnect()
        mark_broken(northgate.connection_id, "test", now())
        leave(northgate)
        types = db.session.scalars(select(OutboundEvent.type)).all()
        assert types == ["connection.disconnected"] * 2
