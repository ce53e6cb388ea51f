"""What a code of billing may be mapped to."""

from __future__ import annotations

from decimal import Decimal

from app.domain.wording import number
from app.models import CatalogueRow, Service, TaxCode


class MappingRefused(Exception):
    """Carry one sentence that says why a code was not mapped."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class AnotherRate(MappingRefused):
    """The tax code's rate is not ours: a person may confirm that they want it."""


class ChangedMeanwhile(MappingRefused):
    """Somebody else mapped the code while this person looked at it."""


def check_target(
    ours: Service | TaxCode | None, entry: CatalogueRow | None, confirmed: bool = False
) -> CatalogueRow:
    """Return the entry when a code may be mapped to it; raises MappingRefused.

    A tax code of another rate would book another VAT than the customer was asked for, so it takes
    a second, explicit yes.
    """
    if ours is None:
        raise MappingRefused("Billing has no such code.")
    if entry is None:
        raise MappingRefused("It is not among the ledger's entries. Read them again, then choose.")
    if not entry.active:
        raise MappingRefused(f"“{entry.name}” is inactive in the ledger. Choose an active one.")
    if entry.details.get("is_a"):
        raise MappingRefused(
            f"“{entry.name}” is a {entry.details['is_a']} in the ledger and cannot stand on an"
            " invoice line. Choose an item."
        )
    if entry.details.get("for_sales") is False:
        raise MappingRefused(f"“{entry.name}” is for purchases only. Choose one for sales.")
    if isinstance(ours, TaxCode) and entry.rate != ours.rate and not confirmed:
        raise AnotherRate(_rates(ours, entry))
    return entry


def _rates(ours: TaxCode, entry: CatalogueRow) -> str:
    theirs = f"is {percent(entry.rate)}" if entry.rate is not None else "names no single rate"
    return f"“{ours.name}” is {percent(ours.rate)} in billing and “{entry.name}” {theirs}."


def percent(rate: Decimal) -> str:
    """Return a rate without superfluous noughts: 20%, 17.5%."""
    shown = rate.normalize()
    return f"{number(shown.quantize(Decimal(1)) if shown == shown.to_integral() else shown)}%"
