"""What a billing application says: bodies as in the contract, and hooks as it signs them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import time
from copy import deepcopy
from decimal import Decimal
from typing import Any

SECRET = "whsec_" + base64.b64encode(b"the secret of Meridian's billing").decode()
_ids = itertools.count(1)

OAK_AND_ASH = {
    "id": "cus_17",
    "name": "Oak & Ash Ltd",
    "email": "ap@oakash.example",
    "phone": None,
    "tax_number": "GB123456789",
    "address": {
        "line1": "1 Mill Lane",
        "line2": None,
        "city": "Leeds",
        "region": None,
        "postcode": "LS1 1AA",
        "country": "GB",
    },
}
WORKSTATIONS = {
    "id": "1",
    "service": {"code": "MW-STD", "name": "Managed Workstation"},
    "description": "November, 12 seats",
    "service_date": "2026-11-30",
    "quantity": "12",
    "unit_price": "37.50",
    "discount_percent": None,
    "tax_code": {"code": "VAT20", "name": "VAT Standard 20%", "rate": "20"},
    "amount": "450.00",
    "tax_amount": "90.00",
}
INV_2041 = {
    "id": "inv_8812",
    "number": "INV-2041",
    "revision": 1,
    "issue_date": "2026-11-20",
    "due_date": "2026-12-20",
    "currency": "GBP",
    "prices": "tax_exclusive",
    "entity": None,
    "recurring": True,
    "push": "auto",
    "reference": "PO 7731",
    "memo": "Thank you",
    "url": "https://billing.example/invoices/inv_8812",
    "customer": OAK_AND_ASH,
    "lines": [WORKSTATIONS],
    "subtotal": "450.00",
    "tax_total": "90.00",
    "total": "540.00",
}


def invoice(**changes: Any) -> dict[str, Any]:
    """Return INV-2041 of Oak & Ash Ltd, 540.00, with these fields changed."""
    return deepcopy(INV_2041 | changes)


def line(**changes: Any) -> dict[str, Any]:
    """Return a line of 12 workstations, 450.00 and 90.00 VAT, with these fields changed."""
    return deepcopy(WORKSTATIONS | changes)


def event(type_: str = "invoice.finalised", data: Any = None) -> dict[str, Any]:
    """Return an event around its data; INV-2041 finalised if nothing else is said."""
    return {
        "type": type_,
        "timestamp": "2026-11-20T09:30:00Z",
        "data": invoice() if data is None else data,
    }


def finalised(**changes: Any) -> dict[str, Any]:
    """Return the event that INV-2041, so changed, was finalised."""
    return event(data=invoice(**changes))


def one_line(amount: str, tax: str = "0.00", **changes: Any) -> dict[str, Any]:
    """Return the event of an invoice of one line of this amount and tax, with sums that agree."""
    only = line(quantity="1", unit_price=amount, amount=amount, tax_amount=tax)
    sums = {"subtotal": amount, "tax_total": tax, "total": str(Decimal(amount) + Decimal(tax))}
    return finalised(lines=[only], **(sums | changes))


def signed(
    body: Any,
    *,
    event_id: str | None = None,
    secret: str = SECRET,
    at: float | None = None,
) -> dict[str, Any]:
    """Return data and headers of a hook, as Standard Webhooks says; bytes are sent as they are."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    event_id = event_id or f"msg_{next(_ids)}"
    stamp = str(int(time.time() if at is None else at))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{event_id}.{stamp}.".encode() + raw, hashlib.sha256).digest()
    headers = {
        "content-type": "application/json",
        "webhook-id": event_id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }
    return {"data": raw, "headers": headers}
