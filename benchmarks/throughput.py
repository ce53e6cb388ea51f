"""How near one company's month end comes to what latency and the vendor's limits allow."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.companies import Company, make_companies
from benchmarks.installation import Installation, installation, wait_until
from benchmarks.queue_up import Backlog
from benchmarks.table import heading, row

INVOICES, LATENCY = 1000, 300  # milliseconds
_A_MINUTE = 500  # QuickBooks: limits and throttles
_GOAL = 1.15


@dataclass(frozen=True, slots=True)
class Throughput:
    """Seconds for all invoices, and the least that anybody could need."""

    in_flight: int
    seconds: float
    most_in_flight: int  # writes, as the ledger counted

    @property
    def least_seconds(self) -> float:
        """Latency and the vendor's limit a minute, whichever takes longer."""
        return max(LATENCY / 1000 * INVOICES / self.in_flight, INVOICES / _A_MINUTE * 60)

    @property
    def ratio(self) -> float:
        """How many times as long it took."""
        return self.seconds / self.least_seconds


def run() -> bool:
    """Measure with one write in flight and with eight."""
    heading(f"throughput, {INVOICES} invoices of one company, {LATENCY} ms ledger latency")
    with installation() as place:
        companies = make_companies(place, 1, 2, in_flight=(8, 1))
        place.start_workers(2)
        measured = [_measured(place, company) for company in companies]
    for one in measured:
        limit = f"{one.ratio:.2f} × the {one.least_seconds:.0f} s nobody can beat, goal {_GOAL}"
        row(f"{one.in_flight} in flight", f"{one.seconds:.1f} s", limit)
        row("  most writes in flight", f"{one.most_in_flight}", "as the ledger counted")
    return all(one.most_in_flight <= one.in_flight for one in measured)


def _measured(place: Installation, company: Company) -> Throughput:
    backlog = Backlog(place, company)
    backlog.settle_customers()
    backlog.queue(INVOICES)
    place.simulator.reset_counters()
    place.simulator.switch(latency_ms=LATENCY)
    began = backlog.let_go()
    wait_until(lambda: backlog.waiting() == 0, longest=1200)
    place.simulator.switch(latency_ms=0)
    counted = place.simulator.counters(company.realm)
    seconds = (backlog.last_booked() - began).total_seconds()
    return Throughput(company.in_flight, seconds, counted["max_writes_in_flight"])
