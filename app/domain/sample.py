"""The sample: an invoice that Ledgerbridge makes up, so that people can try before billing sends.

Its id is what makes it one, wherever it came from; no column says it beside.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from app.domain.problem import Problem

SAMPLE_ID = "ledgerbridge-sample"
SAMPLE_NUMBER = "SAMPLE-1"
CUSTOMER_ID = "ledgerbridge-sample-customer"
# Codes that no billing application has by chance: what is removed with the sample is only its own.
SERVICE_CODE, TAX_CODE = "ledgerbridge-sample", "ledgerbridge-sample-vat"
# What the event ids of our own presses begin with: they tell nothing of billing's address.
OWN_EVENT = "ledgerbridge-sample-"
# Code of what a sample says that is not sent.
SAMPLE = "sample"
SANDBOX = "sandbox"
_UNNAMED = "Sample service"


def is_sample(external_id: str) -> bool:
    """Tell whether a document of billing's is the sample."""
    return external_id == SAMPLE_ID


def takes_samples(environment: str) -> bool:
    """Tell whether a company may have it: only where books are for testing."""
    return environment == SANDBOX


def sample_event(today: date, currency: str, *, taxed: bool, service: str = "") -> dict[str, Any]:
    """Return the event that finalises it, net 10.00.

    taxed: with 20 %. service: what the service is called; an item's name is matched to that item.
    """
    tax = {"code": TAX_CODE, "name": "VAT Standard 20%", "rate": "20"}
    line = {
        "id": "1",
        "service": {"code": SERVICE_CODE, "name": service or _UNNAMED},
        "description": "A sample, not a sale",
        "quantity": "1",
        "unit_price": "10.00",
        "amount": "10.00",
        "tax_amount": "2.00" if taxed else "0.00",
    }
    invoice = {
        "id": SAMPLE_ID,
        "number": SAMPLE_NUMBER,
        "revision": 1,
        "issue_date": today.isoformat(),
        "due_date": today.isoformat(),
        "currency": currency,
        "prices": "tax_exclusive" if taxed else "no_tax",
        "customer": {"id": CUSTOMER_ID, "name": "Sample Customer Ltd"},
        "lines": [line | {"tax_code": tax} if taxed else line],
        "subtotal": "10.00",
        "tax_total": "2.00" if taxed else "0.00",
        "total": "12.00" if taxed else "10.00",
    }
    return {"type": "invoice.finalised", "data": invoice}


def sample_void(revision: int) -> dict[str, Any]:
    """Return the event that voids it."""
    return {"type": "invoice.voided", "data": {"id": SAMPLE_ID, "revision": revision}}


def never_sent() -> Problem:
    """Say why a sample is not sent where only live companies are connected."""
    return Problem(
        code=SAMPLE,
        title="It is a sample, and a sample never goes to a live company.",
        means="Nothing was sent.",
        what_to_do="Remove the sample.",
    )


def is_left_out(problem: dict[str, object] | None) -> bool:
    """Tell whether a stored problem is that of a sample which is not sent."""
    return (problem or {}).get("code") == SAMPLE
