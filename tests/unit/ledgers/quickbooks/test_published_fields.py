"""Every field we send is one of Intuit's schema: an unknown one is refused (2010)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.ledgers.quickbooks.customers import customer_body
from app.ledgers.quickbooks.payloads import credit_memo_body, invoice_body
from tests.outside import published
from tests.plans import customer_plan, invoice_plan, planned

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
    types = json.loads(published("qbo_fields_from_xsd.json").read_text())["types"]
    assert list(unknown(json.loads(body), entity, types)) == []


def unknown(value: dict[str, Any], kind: str, types: dict[str, Any]) -> Iterator[str]:
    """Yield the path of every field that its type does not have."""
    fields = {field["name"].lstrip("@"): field["type"] for field in types[kind]}
    if kind in ("ReferenceType", "MemoRef"):
        fields["value"] = "string"  # an XML element's text is its value in JSON
    for name, inside in value.items():
        if name not in fields:
            yield f"{kind}.{name}"
            continue
        for one in inside if isinstance(inside, list) else [inside]:
            if isinstance(one, dict) and fields[name] in types:
                yield from unknown(one, fields[name], types)


@pytest.mark.parametrize(("entity", "body"), BODIES)
def test_no_number_is_in_quotes_and_none_lost_a_digit(entity: str, body: bytes) -> None:
    text = body.decode()
    assert '"Amount":"' not in text
    assert "e+" not in text.lower()
    assert "00000000" not in text
