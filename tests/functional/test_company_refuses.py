"""A company that takes nothing at all: people are told once, and it ends by itself."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.models import Alert, Mail
from simulator.client import NORTHGATE, SimulatorClient
from tests.connected import Connected
from tests.refusals import Reader, connected_northgate
from tests.visitor import text_of


@pytest.fixture
def northgate(app: Flask, simulator: SimulatorClient) -> Connected:
    return connected_northgate(app, simulator)


@pytest.fixture
def reader(app: Flask, client: FlaskClient, northgate: Connected) -> Reader:
    return Reader(app, client)


def open_alarms() -> list[str]:
    rows = select(Alert.message).where(Alert.closed_at.is_(None))
    return list(db.session.scalars(rows))


def pushed(app: Flask, northgate: Connected) -> list[str]:
    """Try everything again; return where the invoices stand."""
    with app.app_context():
        northgate.make_due()
        northgate.drain()
        return list(northgate.states().values())


def test_an_ended_subscription_rings_once_and_is_over_with_the_next_invoice_booked(
    app, northgate, reader, simulator
):
    with app.app_context():
        northgate.bill("INV-0000")
        northgate.drain()
        simulator.set_company(NORTHGATE, SubscriptionStatus="EXPIRED")
        northgate.bill("INV-0001")
        northgate.bill("INV-0002", "100.00")
    pushed(app, northgate)
    assert pushed(app, northgate) == ["pushed", "retrying", "waiting"]
    with app.app_context():
        [sentence] = open_alarms()
        assert sentence.startswith("The QuickBooks subscription has ended. Renew")
        [mail] = db.session.scalars(select(Mail)).all()
        assert mail.recipients == ["priya@northgate.example"]
        assert mail.subject == (
            "QuickBooks takes nothing for Northgate IT Services Ltd: 2 invoices, £660.00 waiting"
        )
        assert "What to do: Renew the subscription in QuickBooks." in mail.body_text
        assert "2 invoices worth £660.00 have not reached your books." in mail.body_text

    overview = text_of(reader.priya.get("/"))
    assert "QuickBooks takes nothing for Northgate IT Services Ltd" in overview
    assert "The QuickBooks subscription has ended. Renew" in overview
    connection = text_of(reader.priya.get(f"/connections/{northgate.connection_id}"))
    assert "The QuickBooks subscription has ended. Renew" in connection

    simulator.set_company(NORTHGATE, SubscriptionStatus="ACTIVE")
    assert set(pushed(app, northgate)) == {"pushed"}
    with app.app_context():
        assert open_alarms() == []
        assert len(db.session.scalars(select(Mail)).all()) == 1
    assert "takes nothing" not in text_of(reader.priya.get("/"))


def test_invoices_that_wait_for_it_say_so_whether_they_met_it_or_not(
    app, northgate, reader, simulator
):
    with app.app_context():
        northgate.bill("INV-0000")
        northgate.drain()
        simulator.set_company(NORTHGATE, SubscriptionStatus="EXPIRED")
        northgate.bill("INV-0001")
        northgate.bill("INV-0002")
        northgate.drain()
        assert list(northgate.states().values()) == ["pushed", "retrying", "waiting"]
    met, waiting = reader.page_of("INV-0001"), reader.page_of("INV-0002")
    assert "What to do: Renew the subscription in QuickBooks." in met
    assert "Open the settings in QuickBooks" in met
    assert "The QuickBooks subscription has ended. Renew" in waiting
    assert "See the connection" in waiting


def test_another_reason_is_said_without_a_second_e_mail(app, northgate, simulator):
    with app.app_context():
        for code in ("5020", "10200"):
            simulator.inject("fault", code=code, body="No.", entity="Customer", operation="create")
        northgate.bill("INV-0001")
        northgate.drain()
        [first] = open_alarms()
        northgate.make_due()
        northgate.drain()
        [second] = open_alarms()
        assert "may not do this there" in first
        assert "was emptied and started again" in second
        assert len(db.session.scalars(select(Mail)).all()) == 1
        northgate.reconnect()
        assert open_alarms() == []
