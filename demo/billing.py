"""The billing application: finalises invoices and tells the bridge by signed hook."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import requests

from demo.invoices import finalised
from demo.surroundings import DemoFailed

_TIMEOUT = 30  # seconds
_TRIES = 5
_BETWEEN_TRIES = 1.0  # seconds


class Billing:
    """Sends events as Standard Webhooks says: signed, by id, again until they are accepted."""

    def __init__(self, hook_url: str, secret: str) -> None:
        self._url, self._secret = hook_url, secret
        self._key = base64.b64decode(secret.removeprefix("whsec_"))
        self._session = requests.Session()
        self._session.trust_env = False

    def finalise(self, invoices: Sequence[dict[str, Any]]) -> Counter[str]:
        """Send an event for each invoice; returns how many were answered what."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        return Counter(
            self.send(f"evt_{invoice['id']}_{invoice['revision']}", finalised(invoice, at))
            for invoice in invoices
        )

    def send(self, event_id: str, event: dict[str, Any]) -> str:
        """Send one event and return how it was answered; raises DemoFailed when it was refused."""
        body = json.dumps(event).encode()
        for attempt in range(_TRIES):
            status, said = self.post(event_id, body)
            if status == 202:
                return str(json.loads(said)["status"])
            if status < 500 or attempt == _TRIES - 1:
                break
            time.sleep(_BETWEEN_TRIES)
        raise DemoFailed(f"The hook for {event_id} was answered {status}: {said[:300]}")

    def post(self, event_id: str, body: bytes) -> tuple[int, str]:
        """Post one body, signed, once; returns status and answer."""
        try:
            answer = self._session.post(
                self._url, data=body, headers=self.signature(event_id, body), timeout=_TIMEOUT
            )
        except requests.RequestException as error:
            return 599, f"no answer ({type(error).__name__})"
        return answer.status_code, answer.text

    def once_more(self) -> Billing:
        """Return the same application over a connection of its own, for another thread."""
        return Billing(self._url, self._secret)

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    def signature(self, event_id: str, body: bytes) -> dict[str, str]:
        """Return the headers that prove who sent a body."""
        stamp = str(int(time.time()))
        signed = f"{event_id}.{stamp}.".encode() + body
        mac = base64.b64encode(hmac.new(self._key, signed, hashlib.sha256).digest()).decode()
        return {
            "Content-Type": "application/json",
            "webhook-id": event_id,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{mac}",
        }
