"""What a ledger will book for a document by its own arithmetic, worked out before it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class TaxRate:
    """One rate of a ledger's tax code, in percent; several codes may share it."""

    rate_id: str
    percent: Decimal


# The rates of a ledger's tax codes on sales, by the code's id; absent where they are not known.
TaxRates = Mapping[str, tuple[TaxRate, ...]]


@dataclass(frozen=True, slots=True)
class RateTax:
    """The tax of one rate, and the net amount that it is of."""

    percent: Decimal
    net: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Prediction:
    """The figures a ledger will book, in the document's currency."""

    net: Decimal
    tax: Decimal
    per_rate: tuple[RateTax, ...] = ()

    @property
    def total(self) -> Decimal:
        """Return what the customer will owe there."""
        return self.net + self.tax


def percent_of(code_id: str | None, rates: TaxRates) -> Decimal | None:
    """Return what a tax code of the ledger charges in all; None where that is not known."""
    found = rates.get(code_id or "")
    return sum((rate.percent for rate in found), Decimal(0)) if found is not None else None
