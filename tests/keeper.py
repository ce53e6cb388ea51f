"""A bookkeeper at work on the invoices of one customer, and what billing makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.models import Invoice, OutboundEvent
from app.queries.api_invoices import show_invoice
from simulator.client import NORTHGATE, SimulatorClient

Json = dict[str, Any]
INCOME, VAT20 = "7", "6"  # an item and a tax code of the simulator's company
_BANK = {"value": "35"}


@dataclass(frozen=True)
class Keeper:
    """Acts on a customer's invoices, which are called by short names: A is INV-full-A."""

    simulator: SimulatorClient
    name: str  # of the case: its invoices and its customer carry it
    customer: str  # the ledger's id
    ids: Mapping[str, str]  # short name → the ledger's id

    def pay(
        self,
        lines: Mapping[str, str],
        total: str | None = None,
        used: Mapping[str, str] | None = None,
    ) -> str:
        """Record money on invoices; used: credit memos that count as money. Returns its id."""
        parts = [(self.ids[name], amount) for name, amount in lines.items()]
        return str(
            self.simulator.record_payment(
                NORTHGATE,
                self.customer,
                parts,
                list((used or {}).items()),
                total=total,
                ref=f"BACS-{self.name}"[:21],
            )["Id"]
        )

    def move(self, payment: str, lines: Mapping[str, str]) -> None:
        """Put a payment on these invoices instead."""
        sent = [
            {"Amount": amount, "LinkedTxn": [{"TxnId": self.ids[name], "TxnType": "Invoice"}]}
            for name, amount in lines.items()
        ]
        self.simulator.edit(NORTHGATE, "payments", payment, Line=sent)

    def credit(self, net: str) -> str:
        """Give a credit memo of one line at 20 %; returns its id."""
        made = self.simulator.create(NORTHGATE, "credit-memos", **self._sale(net))
        return str(made["Id"])

    def refund_receipt(self, net: str) -> str:
        """Give money back without any invoice; returns its id."""
        sale = self._sale(net) | {"DepositToAccountRef": _BANK}
        return str(self.simulator.create(NORTHGATE, "refund-receipts", **sale)["Id"])

    def refund(self, amount: str, **source: str) -> str:
        """Pay out a credit_memo or what a payment has unapplied; returns the payment's id."""
        made = self.simulator.refund(NORTHGATE, self.customer, amount, **source)
        return str(made["Id"])

    def settle_otherwise(self, name: str, amount: str, by: str = "journal-entries") -> str:
        """Write an invoice off, or settle it by a line of a deposit; returns that one's id."""
        made = self.simulator.settle_otherwise(NORTHGATE, self.ids[name], amount, by)
        return str(made["Id"])

    def resize(self, name: str, net: str) -> None:
        """Give an invoice another net amount."""
        lines = [line(net)]
        self.simulator.edit(NORTHGATE, "invoices", self.ids[name], Line=lines)

    def void(self, kinds: str, identifier: str) -> None:
        self.simulator.void(NORTHGATE, kinds, self.ids.get(identifier, identifier))

    def delete(self, kinds: str, identifier: str) -> None:
        self.simulator.delete(NORTHGATE, kinds, self.ids.get(identifier, identifier))

    def deposit(self, payment: str) -> str:
        """Take a payment to the bank; returns the deposit's id."""
        return str(self.simulator.deposit_payment(NORTHGATE, payment)["Id"])

    def _sale(self, net: str) -> Json:
        return {"CustomerRef": {"value": self.customer}, "Line": [line(net)]}

    # What billing sees

    def seen(self) -> dict[str, tuple[str, str, list[str], str, str]]:
        """Return status, balance, payments, what was settled otherwise and the sync state."""
        return {name: self._seen(name) for name in self.ids}

    def _seen(self, name: str) -> tuple[str, str, list[str], str, str]:
        shown = show_invoice(self._invoice(name))
        paid = sorted(part["amount"] for part in shown["payments"])
        otherwise, state = shown["settled_otherwise"], shown["sync"]["state"]
        return shown["status"], shown["balance"], paid, otherwise, state

    def told(self) -> list[str]:
        """Return what billing heard of these invoices since they were booked: A paid, …"""
        heard: list[str] = []
        for name in self.ids:
            subject = f"invoice:{self._invoice(name).id}"
            types = db.session.scalars(
                select(OutboundEvent.type)
                .where(OutboundEvent.subject == subject, OutboundEvent.type != "invoice.pushed")
                .order_by(OutboundEvent.id)
            )
            heard += [f"{name} {one.removeprefix('invoice.')}" for one in types]
        return heard

    def _invoice(self, name: str) -> Invoice:
        number = f"INV-{self.name}-{name}"
        return db.session.scalars(select(Invoice).where(Invoice.number == number)).one()


def line(net: str) -> Json:
    """Return a line of a sale as the bookkeeper types it."""
    detail = {"ItemRef": {"value": INCOME}, "TaxCodeRef": {"value": VAT20}}
    amount = Decimal(net)
    return {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
