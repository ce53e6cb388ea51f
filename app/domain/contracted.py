"""What a customer is contracted for each month, read from the recurring invoices they got.

Billing says of an invoice that a schedule issued it, not which schedule and not how often. So each
service counts with what it cost in the newest month in which it was on a recurring invoice; one
that was on none since the month before this has ended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Billed:
    """What one service came to on a month's recurring invoices, net of tax.

    service: None for lines without one. month: any day of it.
    """

    service: str | None
    currency: str
    month: date
    net: Decimal


@dataclass(frozen=True, slots=True)
class Contracted:
    """Net sums of a month, each currency for itself, and of how many services."""

    sums: dict[str, Decimal] = field(default_factory=dict)
    services: int = 0


def counts_from(today: date) -> date:
    """Return the first day of the month before this."""
    last_month = today.year * 12 + today.month - 2
    return date(last_month // 12, last_month % 12 + 1, 1)


def contracted(billed: Iterable[Billed], today: date) -> Contracted:
    """Return what is contracted each month, by what was billed since the month before this."""
    first = counts_from(today)
    months: dict[tuple[str, str | None], dict[tuple[int, int], Decimal]] = defaultdict(dict)
    for one in billed:
        if one.month >= first:
            month, found = (one.month.year, one.month.month), months[one.currency, one.service]
            found[month] = found.get(month, Decimal(0)) + one.net
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for (currency, _), found in months.items():
        sums[currency] += found[max(found)]
    return Contracted(
        {currency: net for currency, net in sums.items() if net},
        len({service for _, service in months if service is not None}),
    )
