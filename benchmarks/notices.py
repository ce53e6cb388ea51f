"""How many of the ledger's notices the web process takes: verified, stored, answered."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import quantiles

import requests

from benchmarks.stand import Stand
from benchmarks.table import heading, row
from simulator.client import NORTHGATE, VERIFIER_TOKEN

SENDERS, EACH = 4, 100


@dataclass(frozen=True, slots=True)
class Notices:
    """Notices a second, and milliseconds that 99 of 100 were answered within."""

    a_second: float
    p99: float


def run(stand: Stand) -> None:
    """Measure, and print the rows."""
    notices = measure_notices(stand)
    heading(f"notices of the ledger, {SENDERS * EACH} from {SENDERS} senders at once")
    row("taken", f"{notices.a_second:.0f} a second")
    row("answered, p99", f"{notices.p99:.0f} ms", "the ledger allows 3000 ms")


def measure_notices(stand: Stand) -> Notices:
    """Send signed notices from several senders at once."""
    url = f"{stand.place.url}/api/webhooks/quickbooks"
    began = time.perf_counter()
    with ThreadPoolExecutor(SENDERS) as pool:
        took = [ms for mine in pool.map(lambda n: _send(url, n), range(SENDERS)) for ms in mine]
    return Notices(SENDERS * EACH / (time.perf_counter() - began), quantiles(took, n=100)[98])


def _send(url: str, sender: int) -> list[float]:
    took = []
    with requests.Session() as session:
        session.trust_env = False
        for position in range(EACH):
            body = _notice(f"bench-{sender}-{position}")
            mac = hmac.new(VERIFIER_TOKEN.encode(), body, hashlib.sha256).digest()
            headers = {"intuit-signature": base64.b64encode(mac).decode()}
            began = time.perf_counter()
            session.post(url, data=body, headers=headers, timeout=10).raise_for_status()
            took.append((time.perf_counter() - began) * 1000)
    return took


def _notice(event_id: str) -> bytes:
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": "intuit.bench",
        "type": "qbo.invoice.updated.v1",
        "datacontenttype": "application/json",
        "time": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "intuitentityid": "301",
        "intuitaccountid": NORTHGATE,
        "data": {},
    }
    return json.dumps([event]).encode()
