"""One thing that waits for a person, as the pages list it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from app.domain.drift import Kind
from app.domain.states import DocumentKind


@dataclass
class Cause:
    """One thing to do.

    kind: what is missing (tax_code, service, line, customer, setting, closed_period, connection,
    document, tax), refused, gave_up, review, taken_back, standing (its connection is not in use),
    payments, differences, changed_there (what no comparison has listed yet), alarm (see alarms.py),
    credit_notes (whatever keeps them from being booked and used).
    count: of all that it stops; changes: how many of them are in the ledger already, so that only a
    change waits. sums: of the others, by currency, never added up. invoice_id: of the only one, or
    of the first.
    """

    kind: str
    code: str = ""
    name: str = ""
    connection_id: int | None = None
    provider: str = ""
    company_name: str = ""
    connection_state: str = ""
    count: int = 0
    changes: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)
    net: dict[str, Decimal] = field(default_factory=dict)
    oldest: datetime | None = None
    invoice_id: int | None = None
    number: str = ""
    title: str = ""  # of the oldest, as are what_to_do and the ledger's own words
    what_to_do: str = ""
    where: str = ""  # a Place
    ledger_message: str = ""
    ledger_request_id: str = ""
    customers: int = 0
    named: list[str] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)

    @property
    def exact(self) -> tuple[str, str, str] | None:
        """Return the ledger's own words, its request id and its code, where it said any."""
        said = self.ledger_message, self.ledger_request_id, self.code
        return said if self.ledger_message else None


def cause_of_drift(kind: str, document_kind: str) -> str:
    """Return the kind of the cause that counts a difference."""
    paid = kind == Kind.BALANCE and document_kind == DocumentKind.INVOICE
    return "payments" if paid else "differences"
