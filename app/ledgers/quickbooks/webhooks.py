"""Verify and read QuickBooks' notices.

QuickBooks: Webhooks. A notice names what changed, never how: it only says when to read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.ledgers.interface import App, Notice
from app.ledgers.quickbooks.reader import moment

SIGNATURE = "intuit-signature"

# CloudEvents say created, the retired shape said Create; voids are written both ways.
_VERBS = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "void": "voided",
    "merge": "merged",
    "email": "emailed",
}


class QuickBooksWebhooks:
    """Implement the door Webhooks for Intuit."""

    def verify(self, app: App, raw: bytes, headers: Mapping[str, str]) -> bool:
        """Tell in constant time whether one of our tokens signed these very bytes."""
        given = _signature(headers)
        if given is None:
            return False
        genuine = False
        for token in app.webhook_tokens:
            expected = hmac.new(token.encode(), raw, hashlib.sha256).digest()
            genuine |= hmac.compare_digest(expected, given)  # every token, whatever came before
        return genuine

    def parse(self, raw: bytes) -> Sequence[Notice]:
        """Read both shapes; what is unknown inside is kept. Raises ValueError."""
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise ValueError("The notice is not JSON.") from error
        if isinstance(body, Mapping) and isinstance(body.get("eventNotifications"), list):
            return list(_retired(body["eventNotifications"]))
        if isinstance(body, Mapping) and "specversion" in body:
            body = [body]
        if not isinstance(body, list):
            raise ValueError("The notice has neither of QuickBooks' shapes.")
        return [_cloud_event(event) for event in body if isinstance(event, Mapping)]


def _signature(headers: Mapping[str, str]) -> bytes | None:
    given = next((v for name, v in headers.items() if name.lower() == SIGNATURE), "")
    try:
        return base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        return None


def _cloud_event(event: Mapping[str, Any]) -> Notice:
    entity, verb = _subject(str(event.get("type", "")))
    company, ledger_id = _text(event, "intuitaccountid"), _text(event, "intuitentityid")
    at = event.get("time")
    return Notice(
        event_id=_text(event, "id") or _made_id(company, entity, ledger_id, verb, at),
        company_id=company,
        entity=entity,
        ledger_id=ledger_id,
        verb=verb,
        at=moment(at),
        absorbed_id=_absorbed(entity, verb, event.get("data"), "deletedid"),
    )


def _absorbed(entity: str, verb: str, told: object, name: str) -> str | None:
    """Return the id of the customer that a merge did away with."""
    if (entity, verb) != ("customer", "merged") or not isinstance(told, Mapping):
        return None
    return _text(told, name) or None


def _subject(kind: str) -> tuple[str, str]:
    """Split qbo.invoice.updated.v1; an unknown type is its own entity, with no verb."""
    parts = kind.lower().split(".")
    if len(parts) != 4 or parts[0] != "qbo":
        return kind, ""
    return parts[1], _verb(parts[2])


def _verb(verb: str) -> str:
    return _VERBS.get(verb.lower(), verb.lower())


def _retired(notifications: list[Any]) -> Iterator[Notice]:
    """Read the shape of before August 2026; it has no event ids, so they are made of the rest."""
    for notification in filter(_is_object, notifications):
        change = notification.get("dataChangeEvent")
        entities = change.get("entities") if _is_object(change) else None
        for entity in filter(_is_object, entities or []):
            yield _retired_event(_text(notification, "realmId"), entity)


def _retired_event(company: str, event: Mapping[str, Any]) -> Notice:
    name, ledger_id = _text(event, "name").lower(), _text(event, "id")
    verb, at = _verb(_text(event, "operation")), event.get("lastUpdated")
    return Notice(
        event_id=_made_id(company, name, ledger_id, verb, at),
        company_id=company,
        entity=name,
        ledger_id=ledger_id,
        verb=verb,
        at=moment(at),
        absorbed_id=_absorbed(name, verb, event, "deletedId"),
    )


def _made_id(*parts: object) -> str:
    """Return the same id for the same event, so that a repeat is seen as one."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:40]


def _is_object(value: object) -> bool:
    return isinstance(value, Mapping)


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return "" if value is None else str(value)
