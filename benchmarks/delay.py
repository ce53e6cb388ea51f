"""From the hook to the booking, on an idle system: how long an invoice takes."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median, quantiles
from typing import Any

import requests

from benchmarks.stand import Stand
from benchmarks.table import heading, row
from demo.invoices import finalised
from simulator.client import NORTHGATE

WARM_UP, MEASURED = 10, 60
_AIM = 1000.0  # milliseconds from the hook to the booking, p95
_BARE_WRITES = 40


@dataclass(frozen=True, slots=True)
class Delays:
    """Milliseconds: from sending the hook to its answer, to the booking; and one bare write."""

    answered: Sequence[float]
    booked: Sequence[float]
    bare_write: float

    @property
    def p50(self) -> float:
        """Half of the invoices were booked sooner."""
        return median(self.booked)

    @property
    def p95(self) -> float:
        """Nineteen of twenty invoices were booked sooner."""
        return quantiles(self.booked, n=20)[18]


def run(stand: Stand) -> None:
    """Measure, and print the rows."""
    delays = measure_delays(stand)
    bare = delays.bare_write
    heading(f"hook → booked, idle system, {MEASURED} single invoices, no latency at the ledger")
    row("p50", f"{delays.p50:.0f} ms", f"{delays.p50 / bare:.1f} × one bare invoice write")
    row("p95", f"{delays.p95:.0f} ms", f"{delays.p95 / _AIM:.2f} × the second aimed at")
    row("hook answered, p50", f"{median(delays.answered):.0f} ms")
    row("bare invoice write, p50", f"{bare:.1f} ms", "the simulator, asked directly")


def measure_delays(stand: Stand) -> Delays:
    """Send single invoices with pauses between them, and time the bare call beside."""
    answered, sent = [], {}
    chance = random.Random(41)
    for position, invoice in enumerate(stand.invoices(WARM_UP + MEASURED)):
        began = datetime.now(UTC)
        stand.billing.send(f"evt_{invoice['id']}", finalised(invoice, began.isoformat()))
        if position >= WARM_UP:
            answered.append((datetime.now(UTC) - began).total_seconds() * 1000)
            sent[invoice["number"]] = began
        stand.wait_for_all()
        time.sleep(chance.uniform(0.05, 0.25))  # not in step with anything that ticks
    return Delays(answered, _booked_after(stand, sent), _bare_write(stand))


def _booked_after(stand: Stand, sent: Mapping[str, datetime]) -> list[float]:
    pushed_at = stand.product.pushed_at()
    return [(pushed_at[number] - began).total_seconds() * 1000 for number, began in sent.items()]


def _bare_write(stand: Stand) -> float:
    """Return the milliseconds one invoice write takes a client that does nothing else."""
    token = stand.simulator.issue_tokens(NORTHGATE)["access_token"]
    booked: dict[str, Any] = stand.simulator.books(NORTHGATE)["invoices"][-1]
    line = {key: booked["Line"][0][key] for key in ("Amount", "DetailType", "SalesItemLineDetail")}
    body = {"CustomerRef": booked["CustomerRef"], "Line": [line]}
    url = f"{stand.simulator.url}/v3/company/{NORTHGATE}/invoice"
    took = []
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {token}"
        for position in range(_BARE_WRITES):
            text = json.dumps(body | {"DocNumber": f"BARE-{position}"}, default=float)
            began = time.perf_counter()
            session.post(url, data=text, timeout=10).raise_for_status()
            took.append((time.perf_counter() - began) * 1000)
    return median(took)
