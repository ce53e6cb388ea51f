"""What an invoice perhaps is in the ledger already, as its page lays it out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.models import SalesDocument
from app.usecases.places import candidates_of


@dataclass(frozen=True, slots=True)
class Shown:
    """One of the ledger's invoices that may be ours; reason: what agrees, and what does not."""

    ledger_id: str
    number: str
    customer: str
    issued_on: date | None
    total: Decimal
    currency: str
    reason: str
    strong: bool
    url: str


def shown_of(invoice: SalesDocument) -> list[Shown]:
    """Return what a person decides about, the likeliest first."""
    return [
        Shown(
            ledger_id=one["ledger_id"],
            number=one["number"] or "No number",
            customer=one["customer"] or "",
            issued_on=date.fromisoformat(one["issue_date"]) if one["issue_date"] else None,
            total=Decimal(one["total"]),
            currency=one["currency"],
            reason=one["reason"],
            strong=one["strong"],
            url=one["url"],
        )
        for one in candidates_of(invoice)
    ]
