"""One customer of the product: a workspace, its people, its billing and its company's books."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from app import clock
from app.domain.states import MappingKind
from app.extensions import db
from app.models import CatalogueRow, Connection, Invoice
from app.usecases import accounts, manage_connection
from app.usecases.mapping.map_codes import Choice, save_many
from app.usecases.permission.connect import add_headless
from demo.billing import Billing
from simulator.client import SimulatorClient
from tests import billing
from tests.builders import PASSWORD
from tests.northgate import sign_in

# What billing sells and charges, by the name of its entry in the company's lists.
_ENTRIES = {
    "Managed Workstation": (MappingKind.SERVICE, "MW-STD"),
    "20.0% S": (MappingKind.TAX_CODE, "VAT20"),
}


class Colleague:
    """Somebody else of the same company, who signs in on their own."""

    def __init__(self, email: str) -> None:
        self._email = email

    def sign_in(self, page: Page) -> None:
        """Sign them in through the page for it."""
        sign_in(page, self._email, PASSWORD)


class Office:
    """What people do outside the product's pages: bill, keep books, be let in."""

    def __init__(
        self, app: Flask, simulator: SimulatorClient, url: str, number: int, role: str
    ) -> None:
        self._app, self.simulator, self.number = app, simulator, number
        self.realm, self.company = f"91303577670{number:05}", f"Office {number} Ltd"
        self.email = f"priya@office-{number}.example"
        self.connection_id = 0
        simulator.add_company(self.realm, self.company)
        slug = f"office-{number}"
        with app.app_context():
            workspace = accounts.create_workspace(self.company, slug, "GB", "GBP")
            self.workspace_id = workspace.id
            secret = accounts.create_hook_secret(workspace.id)
            accounts.create_user(workspace.id, self.email, role, PASSWORD, name="Priya Nair")
        self._billing = Billing(f"{url}/hooks/billing/{slug}", secret)

    def sign_in(self, page: Page) -> None:
        """Sign Priya in through the page for it."""
        sign_in(page, self.email, PASSWORD)

    def colleague(self, name: str) -> Colleague:
        """Let somebody else in, who may map as Priya may."""
        email = f"{name.split(maxsplit=1)[0].lower()}@office-{self.number}.example"
        with self._app.app_context():
            accounts.create_user(self.workspace_id, email, "finance", PASSWORD, name=name)
        return Colleague(email)

    def connect(self) -> None:
        """Connect the company without a browser, where a journey is about something else."""
        token = self.simulator.issue_refresh_token(self.realm)
        place = ("quickbooks", "sandbox", self.realm, token, "Priya Nair")
        with self._app.app_context():
            self.connection_id = add_headless(self.workspace_id, *place, clock.now())

    def lists_are_read(self) -> bool:
        """Tell whether the company's items and tax codes are known."""
        with self._app.app_context():
            connection = db.session.get_one(Connection, self.connection_id)
            return connection.catalogue_read_at is not None

    def map_all(self) -> None:
        """Map what billing sells, where a journey is about something else."""
        with self._app.app_context():
            named = CatalogueRow.name.in_(_ENTRIES)
            of_ours = CatalogueRow.connection_id == self.connection_id
            found = db.session.scalars(select(CatalogueRow).where(of_ours, named)).all()
            chosen = [Choice(*_ENTRIES[each.name], each.ledger_id) for each in found]
            made_by = {"actor": "Priya Nair", "user_id": None, "now": clock.now()}
            save_many(self.connection_id, chosen, **made_by)  # type: ignore[arg-type]

    def set(self, **settings: Any) -> None:
        """Change settings of the connection."""
        with self._app.app_context():
            manage_connection.save_settings(
                self.connection_id, "Priya Nair", None, clock.now(), **settings
            )

    def finalise(self, *numbers: str) -> None:
        """Let billing finalise invoices of £540.00 each and tell us by signed hook."""
        today = datetime.now(UTC).date().isoformat()
        made = [billing.invoice(id=f"inv_{n}", number=n, issue_date=today) for n in numbers]
        assert self._billing.finalise(made) == {"accepted": len(numbers)}

    def invoice_id(self, number: str) -> int:
        """Return our number of an invoice."""
        return self._of(number, Invoice.id)  # type: ignore[no-any-return]

    def state_is(self, state: str, *numbers: str) -> Any:
        """Return a condition: all these invoices stand so."""

        def condition() -> bool:
            return all(self._of(number, Invoice.sync_state) == state for number in numbers)

        condition.__name__ = f"{', '.join(numbers)} {state}"
        return condition

    def is_paid(self, number: str) -> Any:
        """Return a condition: the invoice is paid, as billing is told."""
        return lambda: self._of(number, Invoice.status) == "paid"

    def _of(self, number: str, column: Any) -> Any:
        wanted = select(column).where(
            Invoice.workspace_id == self.workspace_id, Invoice.number == number
        )
        with self._app.app_context():
            return db.session.scalars(wanted).one()

    def books(self) -> list[str]:
        """Return the numbers of our invoices in the books, each as often as it is there."""
        there = self.simulator.books(self.realm)["invoices"]
        ours = [str(each.get("DocNumber")) for each in there]
        return sorted(number for number in ours if number.startswith("INV-"))

    def sold(self, number: str) -> list[str]:
        """Return the names of the items on an invoice in the books."""
        there = self.simulator.books(self.realm)["invoices"]
        [lines] = [each["Line"] for each in there if each.get("DocNumber") == number]
        details = [line.get("SalesItemLineDetail") for line in lines]
        return [detail["ItemRef"]["name"] for detail in details if detail and "ItemRef" in detail]

    def pay(self, number: str) -> None:
        """Let the bookkeeper record that an invoice was paid in full."""
        there = self.simulator.books(self.realm)["invoices"]
        [invoice] = [each for each in there if each.get("DocNumber") == number]
        customer, owed = invoice["CustomerRef"]["value"], Decimal(invoice["Balance"])
        self.simulator.record_payment(
            self.realm, customer, [(invoice["Id"], owed)], ref="BACS-7781"
        )

    def close_books(self, until: str | None) -> None:
        """Close the books up to a day, or reopen them."""
        self.simulator.set_company(self.realm, BookCloseDate=until)
