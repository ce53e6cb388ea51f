"""Measure, and print a small table."""

from __future__ import annotations

import os
import platform
import sys
import time
from statistics import median

from benchmarks.calls import CUSTOMERS, INVOICES, measure_calls
from benchmarks.delay import MEASURED, measure_delays
from benchmarks.notices import EACH, SENDERS, measure_notices
from benchmarks.stand import stand

_AIM = 1000.0  # milliseconds from the hook to the booking, p95


def main() -> int:
    """Run every benchmark; about a minute."""
    began = time.monotonic()
    print("Starting a stand: PostgreSQL, Redis, simulator, web, 2 workers, clock ...")
    with stand() as ours:
        print(f"Measuring; the machine's load is {os.getloadavg()[0]:.1f} as it begins ...\n")
        delays = measure_delays(ours)
        calls = measure_calls(ours)
        notices = measure_notices(ours)
    bare = delays.bare_write
    print(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores")
    print(f"\nhook → booked, idle system, {MEASURED} single invoices, no latency at the ledger")
    _row("p50", f"{delays.p50:.0f} ms", f"{delays.p50 / bare:.1f} × one bare invoice write")
    _row("p95", f"{delays.p95:.0f} ms", f"{delays.p95 / _AIM:.2f} × the second aimed at")
    _row("hook answered, p50", f"{median(delays.answered):.0f} ms", "")
    _row("bare invoice write, p50", f"{bare:.1f} ms", "the simulator, asked directly")
    print(f"\nAPI calls, {INVOICES} invoices of {CUSTOMERS} new customers in one run")
    _row("calls", f"{calls.total}", f"{calls.total / INVOICES:.2f} an invoice")
    _row("of them metered", f"{calls.metered}", "reads; writes are free at QuickBooks")
    paced = calls.seconds / calls.least_seconds
    _row("took", f"{calls.seconds:.1f} s", f"{paced:.2f} × what QuickBooks' limits allow")
    print(f"\nnotices of the ledger, {SENDERS * EACH} from {SENDERS} senders at once")
    _row("taken", f"{notices.a_second:.0f} a second", "")
    _row("answered, p99", f"{notices.p99:.0f} ms", "the ledger allows 3000 ms")
    print(f"\nall in {time.monotonic() - began:.0f} s")
    return 0


def _row(what: str, figure: str, beside: str) -> None:
    print(f"  {what:<26}{figure:>14}   {beside}".rstrip())


if __name__ == "__main__":
    sys.exit(main())
