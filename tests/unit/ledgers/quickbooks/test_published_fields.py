"""Every field we send is one of Intuit's schema: an unknown one is refused (2010)."""

from __future__ import annotations

import json

import pytest

from app.ledgers.quickbooks.customers import customer_body
from app.ledgers.quickbooks.payloads import credit_memo_body, invoice_body
from tests.plans import customer_plan, invoice_plan, planned
from tests.published_fields import published_types, unknown

EVERYTHING = invoice_plan(
    planned(position=1),
    planned("0", item=None, position=2),
    planned("-10", item=None, tax="-2", position=3),
    memo="Thank you",
    reference="PO 7731",
    ledger_id="301",
    version="1",
)
AMERICAN = invoice_plan(planned(tax_code="2"), country="US", currency="USD")
BODIES = [
    ("Invoice", invoice_body(EVERYTHING)),
    ("Invoice", invoice_body(AMERICAN)),
    ("Invoice", invoice_body(invoice_plan(planned("540"), prices="tax_inclusive"))),
    ("CreditMemo", credit_memo_body(invoice_plan())),
    ("Customer", customer_body(customer_plan(currency="EUR"))),
]


@pytest.mark.parametrize(("entity", "body"), BODIES)
def test_every_field_is_published(entity: str, body: bytes) -> None:
    assert list(unknown(json.loads(body), entity, published_types())) == []


@pytest.mark.parametrize(("entity", "body"), BODIES)
def test_no_number_is_in_quotes_and_none_lost_a_digit(entity: str, body: bytes) -> None:
    text = body.decode()
    assert '"Amount":"' not in text
    assert "e+" not in text.lower()
    assert "00000000" not in text
