"""Northgate IT Services Ltd, connected to a QuickBooks company whose lists were read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from playwright.sync_api import Page
from sqlalchemy import select

from app.domain.states import CatalogueKind, MappingKind
from app.extensions import db
from app.models import (
    CatalogueRow,
    Connection,
    Customer,
    CustomerLink,
    Invoice,
    Mapping,
    Push,
    Workspace,
)
from app.usecases.push.claim import claim
from app.usecases.push.judge import block_unready
from app.usecases.receive_billing_event import receive
from tests.billing import finalised, line

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

ITEMS = {
    "31": ("Managed Workstation", "4000 Sales: managed services"),
    "32": ("Managed Security", "4000 Sales: managed services"),
    "33": ("Microsoft 365 licences", "4100 Sales: licences"),
    "34": ("Managed Print", "4000 Sales: managed services"),
    "35": ("Cloud backup", "4000 Sales: managed services"),
}
TAX_CODES = {
    "2": ("Exempt", 0),
    "3": ("No VAT", 0),
    "4": ("0.0% Z", 0),
    "5": ("5.0% R", 5),
    "6": ("20.0% S", 20),
    "12": ("20.0% RC SG", 20),
}
PASSWORD = "correct horse"
VAT20 = {"code": "VAT20", "name": "VAT Standard 20%", "rate": "20"}
VAT0 = {"code": "VAT0", "name": "VAT Zero 0%", "rate": "0"}


@dataclass(frozen=True)
class Northgate:
    """Ids of the workspace and its connection, and what tests do with them."""

    workspace_id: int
    connection_id: int

    def bill(self, number: str, net: str = "450.00", **changes: Any) -> int:
        """Let billing finalise an invoice of one line; returns its id.

        customer, code, name: who gets what. tax: the tax code's dict. Other changes go into the
        body of the event.
        """
        customer = changes.pop("customer", "Oak & Ash Ltd")
        code = changes.pop("code", "MW-STD")
        name = changes.pop("name", "Managed Workstation")
        tax = changes.pop("tax", VAT20)
        vat = (Decimal(net) * Decimal(tax["rate"]) / 100).quantize(Decimal("0.01"))
        sold = line(
            service={"code": code, "name": name},
            description=name,
            quantity="1",
            unit_price=net,
            amount=net,
            tax_code=tax,
            tax_amount=str(vat),
        )
        body = {
            "id": f"inv_{number}",
            "number": number,
            "customer": customer
            if isinstance(customer, dict)
            else {"id": f"cus_{customer}", "name": customer},
            "lines": [sold],
            "subtotal": net,
            "tax_total": str(vat),
            "total": str(Decimal(net) + vat),
        } | changes
        receipt = receive(
            self.workspace_id, finalised(**body), f"evt_{number}", b"{}", "127.0.0.1", NOW
        )
        assert receipt.invoice_id is not None, receipt
        return receipt.invoice_id

    def look(self) -> None:
        """Let a worker look at what is due and set aside what misses something."""
        ids = claim(self.connection_id, "test", NOW + timedelta(days=400), 500)
        block_unready(ids, self.connection_id)

    def know_customers(self) -> None:
        """Link everybody billed so far, as if their first invoice had gone long ago."""
        for customer in db.session.scalars(
            select(Customer).where(Customer.workspace_id == self.workspace_id)
        ):
            db.session.add(
                CustomerLink(
                    workspace_id=self.workspace_id,
                    connection_id=self.connection_id,
                    customer_id=customer.id,
                    ledger_id=f"7{customer.id}",
                    ledger_name=customer.name,
                    how="found",
                )
            )
        db.session.commit()

    def map(self, code: str, ledger_id: str, kind: MappingKind = MappingKind.SERVICE) -> None:
        """Map a code as if long ago."""
        entry = db.session.scalars(
            select(CatalogueRow).where(
                CatalogueRow.connection_id == self.connection_id,
                CatalogueRow.ledger_id == ledger_id,
                CatalogueRow.kind
                == (CatalogueKind.ITEM if kind == "service" else CatalogueKind.TAX_CODE),
            )
        ).one()
        db.session.add(
            Mapping(
                workspace_id=self.workspace_id,
                connection_id=self.connection_id,
                kind=kind,
                code=code,
                ledger_id=ledger_id,
                ledger_name=entry.name,
                set_by="Priya Nair",
                set_at=NOW - timedelta(days=200),
            )
        )
        db.session.commit()

    def states(self) -> dict[str, str]:
        """Return where each invoice stands, by number."""
        rows = db.session.execute(
            select(Invoice.number, Invoice.sync_state)
            .where(Invoice.workspace_id == self.workspace_id)
            .order_by(Invoice.number)
        )
        return {row.number: row.sync_state for row in rows}

    def pushes(self) -> Sequence[Push]:
        """Return every push of the connection."""
        return db.session.scalars(
            select(Push).where(Push.connection_id == self.connection_id).order_by(Push.id)
        ).all()


def make_northgate(slug: str = "northgate", company_id: str = "9130357") -> Northgate:
    """Make a workspace with one connection; needs an application context; commits."""
    workspace = Workspace(slug=slug, name="Northgate IT Services Ltd", country="GB", currency="GBP")
    db.session.add(workspace)
    db.session.flush()
    connection = add_connection(workspace.id, company_id)
    db.session.commit()
    return Northgate(workspace.id, connection.id)


def add_connection(workspace_id: int, company_id: str, **changes: Any) -> Connection:
    """Connect a workspace to a QuickBooks company with the lists above; the caller commits."""
    values: dict[str, Any] = {
        "provider": "quickbooks",
        "environment": "sandbox",
        "company_name": "Northgate IT Services Ltd",
        "country": "GB",
        "home_currency": "GBP",
        "company_read_at": NOW,
        "catalogue_read_at": NOW,
    }
    connection = Connection(workspace_id=workspace_id, company_id=company_id, **values | changes)
    db.session.add(connection)
    db.session.flush()
    for ledger_id, (name, account) in ITEMS.items():
        db.session.add(_entry(connection, CatalogueKind.ITEM, ledger_id, name, account=account))
    for ledger_id, (name, rate) in TAX_CODES.items():
        db.session.add(
            _entry(connection, CatalogueKind.TAX_CODE, ledger_id, name, rate=Decimal(rate))
        )
    return connection


def _entry(
    connection: Connection, kind: CatalogueKind, ledger_id: str, name: str, **more: Any
) -> CatalogueRow:
    details = {"type": "Service"} if kind == CatalogueKind.ITEM else {}
    return CatalogueRow(
        workspace_id=connection.workspace_id,
        connection_id=connection.id,
        kind=kind,
        ledger_id=ledger_id,
        name=name,
        active=True,
        details=details,
        **more,
    )


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Sign a person in through the page, as they would."""
    page.goto("/login")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/login" not in url)
