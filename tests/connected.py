"""Northgate IT Services Ltd, connected to the simulator's company of that name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app import clock
from app.domain.states import MappingKind, PushState
from app.extensions import db, redis_client
from app.models import Attempt, CatalogueRow, Invoice, Mapping, Push, Workspace
from app.usecases.permission.connect import add_headless
from app.usecases.push.drain import drain
from app.usecases.push.intent import release_blocked
from app.usecases.receive_billing_event import receive
from simulator.client import NORTHGATE, SimulatorClient
from tests import billing, northgate

# What billing sells and charges here, and what it is called in the simulator's company.
ITEMS = {"MW-STD": "Managed Workstation"}
TAX_CODES = {"VAT20": "20.0% S", "VAT0": "0.0% Z"}


@dataclass(frozen=True)
class Connected(northgate.Northgate):
    """A workspace whose connection leads to the simulator, with its clock held in the hand."""

    simulator: SimulatorClient
    customers_before: int  # in the ledger, when it was first connected

    def map_all(self) -> None:
        """Map everything billing sells here, and let what waited go on."""
        for kind, names in ((MappingKind.SERVICE, ITEMS), (MappingKind.TAX_CODE, TAX_CODES)):
            for code, name in names.items():
                db.session.add(self._mapping(kind, code, name))
        release_blocked(self.connection_id, now())
        db.session.commit()

    def _mapping(self, kind: MappingKind, code: str, name: str) -> Mapping:
        entry = db.session.scalars(
            select(CatalogueRow).where(
                CatalogueRow.connection_id == self.connection_id, CatalogueRow.name == name
            )
        ).one()
        return Mapping(
            workspace_id=self.workspace_id,
            connection_id=self.connection_id,
            kind=kind,
            code=code,
            ledger_id=entry.ledger_id,
            ledger_name=name,
            set_by="Priya Nair",
            set_at=now(),
        )

    def reconnect(self) -> Connected:
        """Connect the same company to the same workspace again."""
        before = self.customers_before
        token = self.simulator.issue_refresh_token(NORTHGATE)
        connection_id = add_headless(
            self.workspace_id, "quickbooks", "sandbox", NORTHGATE, token, "command line", now()
        )
        return Connected(self.workspace_id, connection_id, self.simulator, before)

    def revise(self, number: str, /, net: str, **changes: Any) -> None:
        """Let billing change the net amount of an invoice's one line, and more; it goes at once."""
        self.edit_in_billing(number, net, **changes)
        self.settle_down()

    def edit_in_billing(self, number: str, /, net: str, **changes: Any) -> None:
        """Let billing change an invoice, which then waits a moment for the next change."""
        vat = Decimal(net) / 5
        changed = billing.line(quantity="1", unit_price=net, amount=net, tax_amount=f"{vat:.2f}")
        totals = {"subtotal": net, "tax_total": f"{vat:.2f}", "total": f"{Decimal(net) + vat:.2f}"}
        self._tell("invoice.updated", number, lines=[changed], **totals, **changes)

    def bill_three(self, number: str, taxes: tuple[str, str, str], **changes: Any) -> int:
        """Let billing finalise three lines of 10.12, 20 %: 6.07 by the sum, 6.06 line by line."""
        lines = [
            billing.line(
                id=f"{n}", quantity="1", unit_price="10.12", amount="10.12", tax_amount=tax
            )
            for n, tax in enumerate(taxes, 1)
        ]
        tax = sum(map(Decimal, taxes), Decimal(0))
        sums = {"subtotal": "30.36", "tax_total": str(tax), "total": str(Decimal("30.36") + tax)}
        return self.bill(number, lines=lines, **(sums | changes))

    def bill_a_penny_apart(self, number: str) -> int:
        """Let the ledger round otherwise than it is known to: 36.43 here, 36.42 there."""
        self.simulator.switch(vat_rounding="line")
        return self.bill_three(number, ("2.02", "2.02", "2.03"))

    def void(self, number: str) -> None:
        """Let billing void an invoice."""
        self._tell("invoice.voided", number)

    def _tell(self, type_: str, number: str, /, **changes: Any) -> None:
        invoice = db.session.scalars(select(Invoice).where(Invoice.number == number)).one()
        customer = {"id": invoice.customer.external_id, "name": invoice.customer.name}
        data = billing.invoice(
            id=invoice.external_id,
            revision=invoice.revision + 1,
            customer=customer,
            **{"number": number} | changes,
        )
        event_id = f"evt_{number}_{invoice.revision + 1}"
        db.session.commit()
        body = billing.event(type_, data)
        receive(self.workspace_id, body, event_id, b"{}", "127.0.0.1", now())

    def settle_down(self) -> None:
        """Let the quiet that follows a change be over, so that nobody waits for it."""
        for push in self.pushes():
            if push.quiet_since is not None and push.state == PushState.WAITING:
                push.due_at = now()
        db.session.commit()

    def drain(self) -> int:
        """Drain at once, as a worker would."""
        return drain(self.connection_id, others=lambda: False)

    def make_due(self) -> None:
        """Let the waiting time of everything be over."""
        for push in self.pushes():
            push.due_at = now()
        db.session.commit()

    def books(self) -> dict[str, Decimal]:
        """Return the totals of our invoices in the ledger, by number; a duplicate is an error."""
        ours = [
            i
            for i in self.simulator.books(NORTHGATE)["invoices"]
            if str(i.get("DocNumber", "")).startswith("INV-")
        ]
        totals = {i["DocNumber"]: Decimal(i["TotalAmt"]) for i in ours}
        assert len(totals) == len(ours), "a number stands twice in the ledger"
        return totals

    def book_by_hand(self, number: str, net: str) -> None:
        """Let the bookkeeper type an invoice of one line at 20 % into the ledger."""
        kinds = (("MW-STD", "ItemRef"), ("VAT20", "TaxCodeRef"))
        mapped = dict(db.session.execute(select(Mapping.code, Mapping.ledger_id)).all())  # type: ignore[arg-type]
        detail = {name: {"value": mapped[code]} for code, name in kinds}
        line = {
            "Amount": Decimal(net),
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": detail,
        }
        customer = self.simulator.books(NORTHGATE)["customers"][0]
        self.simulator.create(
            NORTHGATE,
            "invoices",
            DocNumber=number,
            CustomerRef={"value": customer["Id"]},
            GlobalTaxCalculation="TaxExcluded",
            Line=[line],
        )

    def booked(self, number: str) -> dict[str, Any]:
        """Return the ledger's invoice of a number."""
        [found] = [
            i for i in self.simulator.books(NORTHGATE)["invoices"] if i.get("DocNumber") == number
        ]
        return dict(found)

    def problem(self, number: str) -> dict[str, Any]:
        """Return what stands in the way of an invoice."""
        found = db.session.scalars(select(Invoice).where(Invoice.number == number)).one()
        return dict(found.problem or {})

    def attempts(self) -> list[str]:
        """Return the outcome of every attempt, oldest first."""
        rows = db.session.scalars(select(Attempt).order_by(Attempt.id))
        return [row.outcome for row in rows]

    def push_of(self, number: str) -> Push:
        """Return the newest push of an invoice."""
        invoice = db.session.scalars(select(Invoice).where(Invoice.number == number)).one()
        return db.session.scalars(
            select(Push)
            .where(Push.document_kind == "invoice", Push.document_id == invoice.id)
            .order_by(Push.id.desc())
        ).first()  # type: ignore[return-value]


def now() -> datetime:
    """Read the clock, as the product does."""
    return clock.now()


def connect(
    simulator: SimulatorClient, slug: str = "northgate", realm: str = NORTHGATE
) -> Connected:
    """Make a workspace and connect it headlessly; needs an application context."""
    before = len(simulator.books(realm)["customers"])
    workspace = Workspace(slug=slug, name="Northgate IT Services Ltd", country="GB", currency="GBP")
    db.session.add(workspace)
    db.session.commit()
    token = simulator.issue_refresh_token(realm)
    connection_id = add_headless(
        workspace.id, "quickbooks", "sandbox", realm, token, "command line", now()
    )
    rest(realm)
    return Connected(workspace.id, connection_id, simulator, before)


def rest(realm: str = NORTHGATE) -> None:
    """Let Redis stand as if the calls made so far were a while ago."""
    redis_client().flushdb()
    full = {"minute": 10**6, "minute_at": 0, "second": 10**6, "second_at": 0}
    redis_client().hset(f"governor:{{quickbooks:sandbox:{realm}}}:buckets", mapping=full)


def numbers(count: int, first: int = 1) -> Iterable[str]:
    """Return invoice numbers."""
    return [f"INV-{n:04}" for n in range(first, first + count)]
