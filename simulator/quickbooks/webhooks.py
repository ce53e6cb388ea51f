"""Send webhooks: signed, in order, tried again until acknowledged (facts: quickbooks 10)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sqlite3
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import requests

from simulator.store import Store
from simulator.switches import Switches

ANSWER_WITHIN_SECONDS = 3
LADDER_SECONDS = (0, 10, 20, 30, 300, 1200, 7200, 14400, 21600)
MOST_EVENTS = 100
SOURCE = "intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU="
_LEGACY_VERBS = {
    "created": "Create", "updated": "Update", "deleted": "Delete", "void": "Void",
    "merged": "Merge", "emailed": "Emailed",
}  # fmt: skip


def sign(body: bytes, verifier_token: str) -> str:
    """Return base64(HMAC-SHA256(token, raw body))."""
    return base64.b64encode(
        hmac.new(verifier_token.encode(), body, hashlib.sha256).digest()
    ).decode()


def render(events: list[sqlite3.Row], switches: Switches) -> bytes:
    """Return the body for these events in the shape switched on."""
    ordered = events[::-1] if switches["webhook_reordered"] else events
    shape = _legacy if switches["webhook_shape"] == "legacy" else _cloud_events
    return json.dumps(shape(ordered, switches), separators=(",", ":")).encode()


def _cloud_events(events: list[sqlite3.Row], switches: Switches) -> list[dict[str, Any]]:
    verbs = {"void": switches["webhook_void_verb"]}
    return [
        {
            "specversion": "1.0",
            "id": event["id"],
            "source": SOURCE,
            "type": f"qbo.{event['entity'].lower()}.{verbs.get(event['verb'], event['verb'])}.v1",
            "datacontenttype": "application/json",
            "time": event["time"],
            "intuitentityid": event["entity_id"],
            "intuitaccountid": event["realm"],
            "data": json.loads(event["data"]),
        }
        for event in events
    ]


def _legacy(events: list[sqlite3.Row], switches: Switches) -> dict[str, Any]:
    realms: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        entity = {
            "name": event["entity"],
            "id": event["entity_id"],
            "operation": _LEGACY_VERBS[event["verb"]],
            "lastUpdated": event["time"][:23] + "Z",
        }
        deleted = json.loads(event["data"]).get("deletedid")
        realms.setdefault(event["realm"], []).append(
            entity | ({"deletedId": deleted} if deleted else {})
        )
    return {
        "eventNotifications": [
            {"realmId": realm, "dataChangeEvent": {"entities": entities}}
            for realm, entities in realms.items()
        ]
    }


class Sender(threading.Thread):
    """Deliver waiting events; a failing POST holds back everything behind it."""

    def __init__(
        self, store: Store, switches: Switches, default_url: str, default_token: str
    ) -> None:
        super().__init__(name="webhooks", daemon=True)
        self._store, self._switches = store, switches
        self._default_url, self._default_token = default_url, default_token
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._generation = 0
        self._session = requests.Session()
        self._session.trust_env = False

    @property
    def url(self) -> str:
        return str(self._store.setting("webhook.url", self._default_url))

    @property
    def token(self) -> str:
        return str(self._store.setting("webhook.token", self._default_token))

    def configure(self, url: str | None, token: str | None) -> None:
        """Set where to and with which key; events that waited for an endpoint are not replayed."""
        if url is not None:
            self._store.set_setting("webhook.url", url)
        if token is not None:
            self._store.set_setting("webhook.token", token)
        self.retry_now()

    def retry_now(self) -> None:
        """End a pause between tries: something about the endpoint or the events has changed."""
        self._generation += 1
        self.wake()

    def wake(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                busy = self._send_next()
            except sqlite3.ProgrammingError:  # the store was closed under us
                return
            if not busy:
                self._wake.wait(0.5)
                self._wake.clear()

    def _send_next(self) -> bool:
        """Deliver one POST to the end; return whether there was anything to do."""
        if not self.url:
            self._store.execute("UPDATE event SET state='unsent' WHERE state='waiting'")
            return False
        if self._switches["webhook_delivery"] == "held" or not self._head():
            return False
        self._stopping.wait(self._switches["webhook_window_ms"] / 1000)
        batch = self._form_batch()
        self._stopping.wait(self._switches["webhook_delay_ms"] / 1000)
        self._deliver(batch)
        return True

    def _head(self) -> sqlite3.Row | None:
        return self._store.row(
            "SELECT * FROM event WHERE state IN ('sending', 'waiting') ORDER BY number LIMIT 1"
        )

    def _form_batch(self) -> int:
        """Bind the oldest events of one company together; a batch once formed never changes."""
        with self._store.transaction():
            head = self._head()
            if head is None:
                return 0
            if head["state"] == "sending":
                return int(head["batch"])
            batch = int(head["number"])
            self._store.execute(
                "UPDATE event SET state='sending', batch=? WHERE number IN"
                " (SELECT number FROM event WHERE state='waiting' AND realm=?"
                " ORDER BY number LIMIT ?)",
                batch, head["realm"], MOST_EVENTS,
            )  # fmt: skip
            return batch

    def _deliver(self, batch: int) -> None:
        attempt = 0
        while not self._stopping.is_set():
            events = self._store.rows(
                "SELECT * FROM event WHERE batch=? AND state='sending' ORDER BY number", batch
            )
            if not events or self._switches["webhook_delivery"] == "held":
                return
            attempt += 1
            delivered = self._post(batch, attempt, events)
            if self._switches["webhook_duplicates"]:
                self._post(batch, attempt, events)
            if delivered:
                self._store.execute("UPDATE event SET state='delivered' WHERE batch=?", batch)
                return
            self._pause(LADDER_SECONDS[min(attempt, len(LADDER_SECONDS) - 1)])

    def _pause(self, seconds: float) -> None:
        """Wait for the next try; a shorter scale or a new address takes effect at once."""
        started, generation = time.monotonic(), self._generation
        while not self._stopping.is_set() and self._generation == generation:
            left = started + seconds * self._switches["webhook_retry_scale"] - time.monotonic()
            if left <= 0:
                return
            self._stopping.wait(min(left, 0.25))

    def _post(self, batch: int, attempt: int, events: list[sqlite3.Row]) -> bool:
        body, url = render(events, self._switches), self.url
        wrong = "wrong-" if self._switches["webhook_bad_signature"] else ""
        signature = sign(body, wrong + self.token)
        headers = {
            "Content-Type": "application/json",
            "intuit-signature": signature,
            "intuit-t-id": str(uuid.uuid4()),
            "intuit-created-time": datetime.now(UTC).isoformat(),
            "intuit-notification-schema-version": "v1",
        }
        started, status, error = time.monotonic(), None, None
        try:
            answer = self._session.post(
                url,
                data=body,
                headers=headers,
                timeout=ANSWER_WITHIN_SECONDS,
                allow_redirects=False,
            )
            status = answer.status_code
        except requests.RequestException as problem:
            error = type(problem).__name__
        took = int((time.monotonic() - started) * 1000)
        self._store.execute(
            "INSERT INTO delivery (batch, attempt, time, url, body, signature, status, error,"
            " milliseconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            batch, attempt, headers["intuit-created-time"], url, body.decode(), signature,
            status, error, took,
        )  # fmt: skip
        return status is not None and 200 <= status < 300 and took <= ANSWER_WITHIN_SECONDS * 1000

    def deliveries(self, after: int = 0) -> list[dict[str, Any]]:
        rows = self._store.rows("SELECT * FROM delivery WHERE number>? ORDER BY number", after)
        return [dict(row) for row in rows]

    def waiting(self) -> int:
        row = self._store.row(
            "SELECT COUNT(*) AS n FROM event WHERE state IN ('waiting', 'sending')"
        )
        return row["n"] if row else 0
