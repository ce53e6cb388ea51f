"""What a month end in one company costs the others, and what it costs in memory."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

import psutil
from sqlalchemy import select

from app.extensions import db
from app.models import DocumentLink
from benchmarks.companies import Company, make_companies
from benchmarks.installation import Installation, installation, wait_until
from benchmarks.invoices import event, event_id
from benchmarks.queue_up import Backlog
from benchmarks.table import heading, row

QUEUED, OTHERS, LATENCY = 5000, 20, 50  # milliseconds
_SPARE = 1500  # queued above it: drained while the others are measured
_OVER = 40.0  # seconds in which the others' invoices arrive
_GOAL_SECONDS, _GOAL_MIB = 10.0, 200.0


def run() -> bool:
    """Measure the others' delay with two workers and with one, then the memory of a whole drain."""
    heading(f"fairness, {QUEUED}+ queued in one company, {LATENCY} ms latency, {OTHERS} others")
    with installation() as place:
        big, *others = [Backlog(place, company) for company in _companies(place)]
        place.start_workers(2)
        for backlog in (big, *others):
            backlog.settle_customers()
        big.queue(QUEUED + _SPARE)
        place.simulator.switch(latency_ms=LATENCY)
        big.let_go()
        for workers in (2, 1):
            _print_delays(workers, _delays(place, others, seed=workers))
            place.stop(f"worker-{workers}")
        _print_memory(_memory(place, big))
    return True


def _companies(place: Installation) -> Sequence[Company]:
    return make_companies(place, 1, OTHERS + 1, in_flight=(8, *[1] * OTHERS))


def _delays(place: Installation, others: Sequence[Backlog], seed: int) -> list[float]:
    """Let one invoice of each other company arrive; return seconds from its hook to its booking."""
    chance = random.Random(seed)
    sent: dict[tuple[int, str], datetime] = {}
    due = sorted((chance.uniform(0, _OVER), n) for n in range(len(others)))
    began = time.monotonic()
    for at, which in due:
        time.sleep(max(0.0, began + at - time.monotonic()))
        backlog = others[which]
        invoice = backlog.next_invoice()
        sent[backlog.company.connection_id, invoice["number"]] = datetime.now(UTC)
        told = event_id("finalised", invoice), event("finalised", invoice)
        backlog.company.billing.send(*told)
    wait_until(lambda: sent.keys() <= _booked(place).keys(), longest=300)
    booked = _booked(place)
    return [(booked[one] - at).total_seconds() for one, at in sent.items()]


def _booked(place: Installation) -> dict[tuple[int, str], datetime]:
    rows = select(DocumentLink.connection_id, DocumentLink.number, DocumentLink.pushed_at).where(
        DocumentLink.pushed_at > datetime.now(UTC).replace(hour=0, minute=0)
    )
    with place.app.app_context():
        return {(id_, str(number)): at for id_, number, at in db.session.execute(rows)}


def _print_delays(workers: int, delays: Sequence[float]) -> None:
    ordered = sorted(delays)
    p95 = ordered[int(len(ordered) * 0.95) - 1]
    beside = f"goal under {_GOAL_SECONDS:.0f} s, slowest {ordered[-1]:.2f} s"
    row(f"{workers} workers, hook → booked, p50" if workers > 1 else "1 worker, p50",
        f"{median(delays):.2f} s")  # fmt: skip
    row("  p95", f"{p95:.2f} s", beside)


@dataclass(frozen=True, slots=True)
class Memory:
    """Mebibytes resident of the one worker, when idle and at most while it drained."""

    idle: float
    peak: float
    drained: int
    seconds: float


def _memory(place: Installation, big: Backlog) -> Memory:
    """Drain everything that is left with one worker whose QuickBooks knows no limits."""
    backlog = big.waiting()
    big.queue(max(0, QUEUED - backlog))
    drained = big.waiting()
    child = place.start("worker-unlimited", "benchmarks.unlimited")
    process = psutil.Process(child.process.pid)  # type: ignore[union-attr]
    time.sleep(5)  # until it is up and waits for work
    idle = process.memory_info().rss
    watch = _Watch(process)
    watch.start()
    began = time.monotonic()
    big.let_go()
    wait_until(lambda: big.waiting() == 0, longest=1200)
    lasted = time.monotonic() - began
    watch.end()
    return Memory(idle / 2**20, watch.peak / 2**20, drained, lasted)


class _Watch(threading.Thread):
    """Reads a process's resident memory every tenth of a second, from outside."""

    def __init__(self, process: psutil.Process) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._process, self._ended = process, threading.Event()

    def run(self) -> None:
        while not self._ended.wait(0.1):
            self.peak = max(self.peak, self._process.memory_info().rss)

    def end(self) -> None:
        self._ended.set()
        self.join()


def _print_memory(memory: Memory) -> None:
    heading(f"memory of the one worker that drains {memory.drained}, vendor's limits lifted")
    row("resident, most", f"{memory.peak:.0f} MiB", f"goal under {_GOAL_MIB:.0f} MiB")
    row("resident, idle", f"{memory.idle:.0f} MiB")
    row("drained in", f"{memory.seconds:.0f} s", f"{memory.drained / memory.seconds:.0f} a second")
