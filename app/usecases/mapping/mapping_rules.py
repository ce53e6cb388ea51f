"""What a code of billing may be mapped to."""

from __future__ import annotations

from app.domain.tax_kinds import KIND_WORDS, clashing_kinds, tax_kind
from app.domain.wording import percent
from app.models import CatalogueRow, Code, TaxCode


class MappingRefused(Exception):
    """Carry one sentence that says why a code was not mapped."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class AnotherTax(MappingRefused):
    """The tax code's rate or kind is not ours: a person may confirm that they want it."""


class ChangedMeanwhile(MappingRefused):
    """Somebody else mapped the code while this person looked at it."""


def check_target(
    ours: Code | None, entry: CatalogueRow | None, confirmed: bool = False
) -> CatalogueRow:
    """Return the entry when a code may be mapped to it; raises MappingRefused.

    A tax code of another rate would book another VAT than the customer was asked for, one of
    another kind into another box of the return, so both take a second, explicit yes.
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
    if isinstance(ours, TaxCode) and not confirmed:
        sentence = other_tax(ours, entry)
        if sentence:
            raise AnotherTax(sentence)
    return entry


def other_tax(ours: TaxCode, entry: CatalogueRow) -> str:
    """Return a sentence that names both rates or kinds where they differ, else ""."""
    if entry.rate != ours.rate:
        theirs = f"is {percent(entry.rate)}" if entry.rate is not None else "names no single rate"
        return f"“{ours.name}” is {percent(ours.rate)} in billing and “{entry.name}” {theirs}."
    kinds = tax_kind(ours.name, ours.rate), tax_kind(entry.name, entry.rate)
    if not clashing_kinds(*kinds, any_untaxed=bool(entry.details.get("any_untaxed"))):
        return ""
    here, there = (KIND_WORDS[kind] for kind in kinds)
    return (
        f"Both are {percent(ours.rate)}, but “{ours.name}” is {here} and “{entry.name}” is {there}:"
        " another box of the return."
    )
