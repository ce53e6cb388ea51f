"""One company of a ledger, open, as the contract tests meet it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from app.domain.invoice import Customer
from app.domain.push_plan import CustomerPlan, InvoicePlan, VoidPlan
from app.domain.states import DocumentKind, Operation
from app.ledgers.interface import App, Call, Ledger, LedgerKind, Outcome, Write, Written
from tests.plans import customer_plan, invoice_plan, planned


@dataclass
class Books:
    """One company of a ledger, open, and the bookkeeper who works in it."""

    kind: LedgerKind
    app: App
    environment: str
    company_id: str
    bookkeeper: Any
    ledger: Ledger
    item_id: str
    tax_codes: dict[int, str]  # percent → id
    calls: list[Call] = field(default_factory=list)
    _numbers: Any = field(default_factory=count)

    def write(
        self,
        plan: InvoicePlan | CustomerPlan | VoidPlan,
        *,
        kind: DocumentKind = DocumentKind.INVOICE,
        operation: Operation = Operation.CREATE,
        key: str | None = None,
    ) -> Outcome:
        """Build and send one plan under a key of its own."""
        number = next(self._numbers)
        body = self.ledger.build(kind, operation, plan)
        write = Write(number, kind, operation, key or f"key-{number}", body)
        [package] = self.ledger.packages([write])
        [outcome] = self.ledger.send(package)
        assert outcome.push_id == number
        return outcome

    def customer(self, name: str = "Oak & Ash Ltd") -> str:
        """Create a customer; returns the ledger's id."""
        plan = customer_plan(Customer("cus_17", name))
        return booked(self.write(plan, kind=DocumentKind.CUSTOMER)).ledger_id

    def plan(self, customer_id: str, net: str = "450.00", **changes: Any) -> InvoicePlan:
        """Plan an invoice of one line with 20 % tax."""
        vat = (Decimal(net) / 5).quantize(Decimal("0.01"))
        line = planned(
            net,
            quantity="1",
            unit_price=net,
            tax=str(vat),
            item=self.item_id,
            tax_code=self.tax_codes[20],
        )
        lines = changes.pop("lines", (line,))
        return invoice_plan(*lines, customer_ledger_id=customer_id, **changes)

    def invoice(self, customer_id: str, net: str = "450.00", **changes: Any) -> Written:
        """Book an invoice."""
        return booked(self.write(self.plan(customer_id, net, **changes)))


def booked(outcome: Outcome) -> Written:
    """Return what was booked; fails with the ledger's words when it was not."""
    assert outcome.error is None, (outcome.error, vars(outcome.error))
    assert outcome.written is not None
    return outcome.written


def now() -> datetime:
    return datetime.now(UTC)
