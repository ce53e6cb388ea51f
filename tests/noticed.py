"""Notices of QuickBooks as tests make and sign them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

TOKEN = "test-webhook-token"
COMPANY = "9130357"
PATH = "/api/webhooks/quickbooks"


def change(
    event_id: str = "evt-1",
    *,
    entity: str = "payment",
    verb: str = "created",
    ledger_id: str = "312",
    company: str = COMPANY,
    **more: Any,
) -> dict[str, Any]:
    """Return one event."""
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU=",
        "type": f"qbo.{entity}.{verb}.v1",
        "time": "2026-11-20T10:15:04.123456789Z",
        "intuitentityid": ledger_id,
        "intuitaccountid": company,
        "data": {},
    } | more


def merge(event_id: str, survivor: str, absorbed: str, **more: Any) -> dict[str, Any]:
    """Return the event of a merged customer."""
    told = {"entity": "customer", "verb": "merged", "ledger_id": survivor}
    return change(event_id, **told, data={"deletedid": absorbed}, **more)


def signed(raw: bytes, token: str = TOKEN) -> dict[str, str]:
    """Return the header that goes with a body."""
    mac = hmac.new(token.encode(), raw, hashlib.sha256).digest()
    return {"intuit-signature": base64.b64encode(mac).decode()}


def body_of(*events: dict[str, Any]) -> bytes:
    """Return the bytes of one delivery."""
    return json.dumps(list(events)).encode()
