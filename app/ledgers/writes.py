"""The values a write is made of: what is sent, what was booked, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.domain.edited_there import Content
from app.domain.states import DocumentKind, Operation
from app.ledgers.book import CatalogueEntry
from app.ledgers.errors import LedgerError


@dataclass(frozen=True, slots=True)
class Write:
    """One stored intention as it goes to the ledger: always these bytes under this key."""

    push_id: int
    kind: DocumentKind
    operation: Operation
    key: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Written:
    """What the ledger booked; content: the document field by field, where it is one."""

    ledger_id: str
    version: str
    request_id: str | None = None
    status: int | None = None
    number: str | None = None
    name: str | None = None
    customer_ledger_id: str | None = None
    currency: str | None = None
    total: Decimal | None = None
    tax_total: Decimal | None = None
    balance: Decimal | None = None
    marker: str | None = None
    voided: bool = False
    deleted: bool = False
    content: Content | None = None
    created_at: datetime | None = None
    entry: CatalogueEntry | None = None  # an item, as the ledger's list shows it


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one write; exactly one of written and error is set."""

    push_id: int
    written: Written | None = None
    error: LedgerError | None = None
    milliseconds: int = 0
