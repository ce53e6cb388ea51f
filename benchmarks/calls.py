"""What a month's end costs at the ledger: calls for 100 invoices of 10 new customers."""

from __future__ import annotations

from dataclasses import dataclass

from app.governor.rates import buckets
from app.ledgers import LEDGERS
from benchmarks.stand import Stand, new_buyers
from benchmarks.table import heading, row
from simulator.client import NORTHGATE

INVOICES, CUSTOMERS = 100, 10


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls the vendor's side counted, and how long the run took in seconds."""

    total: int
    metered: int
    seconds: float

    @property
    def least_seconds(self) -> float:
        """How long so many calls take when nothing but the ledger's limits counts."""
        both = buckets(LEDGERS["quickbooks"].provider.limits)
        return max((self.total - bucket.size) / bucket.per_second for bucket in both)


def run(stand: Stand) -> None:
    """Measure, and print the rows."""
    calls = measure_calls(stand)
    heading(f"API calls, {INVOICES} invoices of {CUSTOMERS} new customers in one run")
    row("calls", f"{calls.total}", f"{calls.total / INVOICES:.2f} an invoice")
    row("of them metered", f"{calls.metered}", "reads; writes are free at QuickBooks")
    paced = calls.seconds / calls.least_seconds
    row("took", f"{calls.seconds:.1f} s", f"{paced:.2f} × what QuickBooks' limits allow")


def measure_calls(stand: Stand) -> Calls:
    """Let 100 invoices wait, then push them in one run."""
    stand.product.pause()
    stand.billing.finalise(stand.invoices(INVOICES, new_buyers(CUSTOMERS)))
    stand.simulator.reset_counters()
    began = stand.product.resume()
    stand.wait_for_all()
    counted = stand.simulator.counters(NORTHGATE)
    last = max(stand.product.pushed_at().values())
    # Resuming also asks what changed meanwhile; that call is not one of pushing.
    change_reads = counted["by_operation"].get("cdc.cdc", 0)
    return Calls(
        counted["requests"] - change_reads,
        counted["metered"] - change_reads,
        (last - began).total_seconds(),
    )
