"""The bookkeeper: records money received in the simulated QuickBooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from simulator.client import NORTHGATE, SimulatorClient


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money received of one customer: over which of their invoices, and how much of each."""

    reference: str
    invoices: tuple[tuple[str, Decimal], ...]  # number, amount

    @property
    def amount(self) -> Decimal:
        """All of it."""
        return sum((amount for _, amount in self.invoices), Decimal(0))


def receipts(invoices: Sequence[dict[str, Any]]) -> list[Receipt]:
    """Return what customers have paid by today: in full, in part, several invoices at once."""
    due = {invoice["number"]: Decimal(invoice["total"]) for invoice in invoices}
    of_customer: dict[str, list[str]] = {}
    for invoice in invoices:
        of_customer.setdefault(invoice["customer"]["id"], []).append(invoice["number"])
    theirs = list(of_customer.values())
    full = [[(numbers[0], due[numbers[0]])] for numbers in theirs[:3]]
    parts = [[(numbers[0], Decimal("120.00"))] for numbers in theirs[5:6]]
    several = [[(number, due[number]) for number in theirs[6][:3]]]
    several.append([(theirs[8][0], due[theirs[8][0]]), (theirs[8][1], Decimal("50.00"))])
    return [
        Receipt(f"BACS-{7781 + 13 * at}", tuple(paid))
        for at, paid in enumerate([*full, *parts, *several])
    ]


def record(simulator: SimulatorClient, wanted: Iterable[Receipt]) -> int:
    """Record what is not in the books yet; returns how many payments that were."""
    books = simulator.books(NORTHGATE)
    there = {payment.get("PaymentRefNum") for payment in books["payments"]}
    invoices = {invoice["DocNumber"]: invoice for invoice in books["invoices"]}
    recorded = 0
    for receipt in wanted:
        if receipt.reference in there:
            continue
        customer = invoices[receipt.invoices[0][0]]["CustomerRef"]["value"]
        lines = [(invoices[number]["Id"], amount) for number, amount in receipt.invoices]
        simulator.record_payment(NORTHGATE, customer, lines, ref=receipt.reference)
        recorded += 1
    return recorded
