"""Lay the tax of an invoice out by rate, as the foot of its lines shows it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from app.models import InvoiceLine


def tax_rows(
    lines: Iterable[InvoiceLine], tax_total: Decimal, name: str
) -> list[tuple[str, Decimal]]:
    """Return a label and the tax of each rate; of one rate, the invoice's own total of it."""
    by_rate: dict[Decimal, Decimal] = {}
    for line in lines:
        if line.tax_rate is not None:
            by_rate[line.tax_rate] = by_rate.get(line.tax_rate, Decimal(0)) + line.tax_amount
    if len(by_rate) < 2:
        at = f" at {_shown(next(iter(by_rate)))}%" if by_rate else ""
        return [(f"{name}{at}", tax_total)]
    return [(f"{name} at {_shown(rate)}%", tax) for rate, tax in sorted(by_rate.items())]


def _shown(rate: Decimal) -> str:
    return f"{rate.normalize():f}"
