"""Look into the simulated books: is everything there, once, to the penny, and what did it cost?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from demo.surroundings import DemoFailed
from simulator.client import NORTHGATE, SimulatorClient


@dataclass(frozen=True, slots=True)
class Cost:
    """What the vendor's side counted while invoices were pushed."""

    invoice_writes: int
    customer_queries: int
    customer_writes: int
    change_reads: int  # what changed lately: the vendor announces our own writes to us too
    other_reads: int

    @property
    def words(self) -> str:
        """Say it in one line."""
        queries = "query" if self.customer_queries == 1 else "queries"
        return (
            f"{self.invoice_writes} invoice writes, {self.customer_queries} customer {queries},"
            f" {self.customer_writes} customer writes, {self.other_reads} other reads"
        )


def cost(simulator: SimulatorClient) -> Cost:
    """Count the calls since the counters were last emptied."""
    done: Counter[str] = Counter(simulator.counters(NORTHGATE)["by_operation"])
    writes = done["Invoice.create"], done["Customer.query"], done["Customer.create"]
    reads = ("query", "read", "batch")
    read = sum(n for name, n in done.items() if name.rpartition(".")[2] in reads)
    return Cost(*writes, done["cdc.cdc"], read - done["Customer.query"])


def check_totals(simulator: SimulatorClient, totals: Mapping[str, Decimal]) -> Decimal:
    """Return what all invoices come to; raises DemoFailed unless the books hold each once."""
    booked = simulator.books(NORTHGATE)["invoices"]
    numbers = Counter(invoice["DocNumber"] for invoice in booked)
    twice = [number for number, count in numbers.items() if count > 1]
    strange = set(numbers) ^ set(totals)
    if twice or strange:
        raise DemoFailed(
            f"The books hold {len(booked)} invoices, billing {len(totals)};"
            f" twice: {twice or 'none'}; on one side only: {sorted(strange) or 'none'}."
        )
    for invoice in booked:
        ours, theirs = totals[invoice["DocNumber"]], Decimal(invoice["TotalAmt"])
        if ours != theirs:
            raise DemoFailed(
                f"{invoice['DocNumber']} is {ours:.2f} in billing and {theirs:.2f} in the books."
            )
    return sum(totals.values(), Decimal(0))


def balances(simulator: SimulatorClient) -> dict[str, Decimal]:
    """Return what is still owed on each invoice, by number."""
    books = simulator.books(NORTHGATE)["invoices"]
    return {invoice["DocNumber"]: Decimal(invoice["Balance"]) for invoice in books}
