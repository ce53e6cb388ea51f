"""Northgate in the simulator and somebody who reads its pages: what a ledger refuses."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.states import DocumentKind, Operation
from app.extensions import db
from app.ledgers.interface import Deed
from app.models import Invoice, Workspace
from simulator.client import SimulatorClient
from tests.builders import a_person
from tests.connected import Connected, connect
from tests.visitor import Visitor, text_of

CREATE = Deed(DocumentKind.INVOICE, Operation.CREATE)
EXACT = "In the words of QuickBooks: {}"


def connected_northgate(app: Flask, simulator: SimulatorClient) -> Connected:
    """Connect Northgate with everything mapped, and Priya to look at it."""
    with app.app_context():
        made = connect(simulator)
        a_person(db.session.get_one(Workspace, made.workspace_id))
        made.map_all()
        return made


def met(northgate: Connected, code: str, kind: str = "fault", **rule: Any) -> str:
    """Bill an invoice that meets a code when it is created; returns its number."""
    number = f"INV-{code}"
    northgate.simulator.inject(
        kind,
        code=code,
        body=EXACT.format(code),
        entity="Invoice",
        operation="create",
        contains=f'{number}"',
        **rule,
    )
    northgate.bill(number)
    return number


class Reader:
    """Priya at the pages of invoices."""

    def __init__(self, app: Flask, client: FlaskClient) -> None:
        self.app, self.priya = app, Visitor(client)

    def id_of(self, number: str) -> int:
        """Return our id of an invoice."""
        with self.app.app_context():
            return db.session.scalars(select(Invoice.id).filter_by(number=number)).one()

    def page_of(self, number: str) -> str:
        """Return what the page of an invoice says."""
        return text_of(self.priya.get(f"/invoices/{self.id_of(number)}"))
