"""Bring a document number into what a ledger keeps, where finance allowed that."""

from __future__ import annotations

from dataclasses import replace

from app.domain.push_plan import InvoicePlan

REFUSE = "refuse"
SHORTEN = "shorten"
POLICIES = (REFUSE, SHORTEN)


def number_there(number: str, longest: int, policy: str) -> str:
    """Return the number a ledger keeps: the end of one that is too long, where that is allowed.

    The end counts up, the beginning stays the same from year to year. Otherwise the number as it
    is: whoever builds the document refuses it.
    """
    return number[-longest:].lstrip() if policy == SHORTEN and len(number) > longest else number


def with_kept_number(plan: InvoicePlan, longest: int, policy: str) -> InvoicePlan:
    """Give a plan the number its ledger keeps; a note has the whole one where that is shorter."""
    number = plan.invoice.number
    kept = number_there(number, longest, policy)
    if kept == number:
        return plan
    words = f"Its number in billing is {number}."
    return replace(plan, number=kept, note=f"{plan.note} {words}" if plan.note else words)
