"""Plans as the drain makes them, for Oak & Ash Ltd."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from app.domain.invoice import Customer, Invoice, Line
from app.domain.push_plan import CustomerPlan, InvoicePlan, PlannedLine, marker_for

OAK_AND_ASH = Customer(
    external_id="cus_17",
    name="Oak & Ash Ltd",
    email="ap@oakash.example",
    phone="0113 496 0000",
    tax_number="GB123456789",
    address={
        "line1": "1 Mill Lane",
        "line2": None,
        "city": "Leeds",
        "region": None,
        "postcode": "LS1 1AA",
        "country": "GB",
    },
)


def planned(
    amount: str = "450.00",
    *,
    quantity: str = "12",
    unit_price: str = "37.50",
    tax: str = "90.00",
    item: str | None = "7",
    tax_code: str | None = "6",
    **changes: Any,
) -> PlannedLine:
    """Return a planned line; amounts as PostgreSQL gives them, with five decimals."""
    values: dict[str, Any] = {
        "position": 1,
        "external_id": "1",
        "description": "November, 12 seats",
        "service_code": None if item is None else "MW-STD",
        "tax_code": "VAT20",
        "tax_rate": Decimal(20),
        "quantity": Decimal(quantity),
        "unit_price": Decimal(unit_price),
        "discount_percent": None,
        "amount": Decimal(amount).quantize(Decimal("0.00001")),
        "tax_amount": Decimal(tax),
    }
    return PlannedLine(Line(**values | changes), item, tax_code)


def invoice_plan(*lines: PlannedLine, **changes: Any) -> InvoicePlan:
    """Return a plan of INV-2041 with these lines; sums follow the lines unless given."""
    lines = lines or (planned(),)
    of_plan = {
        name: changes.pop(name)
        for name in tuple(changes)
        if name
        in (
            "country",
            "multicurrency",
            "ledger_id",
            "version",
            "marker",
            "customer_ledger_id",
            "tax_rounding",
            "automated_tax",
        )
    }
    tax = sum((p.line.tax_amount for p in lines), Decimal())
    amounts = sum((p.line.amount for p in lines), Decimal())
    inclusive = changes.get("prices") == "tax_inclusive"
    values: dict[str, Any] = {
        "external_id": "inv_8812",
        "number": "INV-2041",
        "revision": 1,
        "issue_date": date(2026, 11, 20),
        "due_date": date(2026, 12, 20),
        "currency": "GBP",
        "prices": "tax_exclusive",
        "customer": OAK_AND_ASH,
        "lines": tuple(p.line for p in lines),
        "subtotal": amounts - tax if inclusive else amounts,
        "tax_total": tax,
        "total": amounts if inclusive else amounts + tax,
    }
    invoice = Invoice(**values | changes)
    plan: dict[str, Any] = {
        "invoice": invoice,
        "marker": marker_for(invoice.external_id),
        "customer_ledger_id": "58",
        "lines": lines,
    }
    return InvoicePlan(**plan | of_plan)


def customer_plan(customer: Customer = OAK_AND_ASH, currency: str | None = None) -> CustomerPlan:
    """Return a plan to create a customer."""
    return CustomerPlan(customer, marker_for(customer.external_id), currency)
