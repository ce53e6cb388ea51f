"""A worker whose QuickBooks knows no limits, for measuring memory over a long drain quickly.

Everything else is the product's: python -m benchmarks.unlimited. Only benchmarks start it.
"""

from __future__ import annotations

from dataclasses import replace

import workers.run
from app import ledgers


def lift_limits(key: str = "quickbooks") -> None:
    """Let this process ask the governor for far more than the vendor allows."""
    kind = ledgers.LEDGERS[key]
    limits = replace(kind.provider.limits, per_minute=60_000, per_second=1_000)
    provider = replace(kind.provider, limits=limits)
    ledgers.LEDGERS[key] = replace(kind, provider=provider)  # type: ignore[index]


if __name__ == "__main__":
    lift_limits()
    workers.run.run()
