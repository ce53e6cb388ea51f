"""What the billing application told us, checked and typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.domain.invoice import Customer, Invoice
from app.domain.states import DocumentKind


@dataclass(frozen=True, slots=True)
class Named:
    """A class, a department or payment terms, as billing calls them."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class NamedService:
    """Something billing sells."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class NamedDocument:
    """Where the invoice is as a PDF, and what the file is called: its number, where unnamed."""

    url: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class RatedTaxCode:
    """A rate billing charges; percent."""

    code: str
    name: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Applied:
    """The part of a credit note that billing puts on one invoice, named by billing's id."""

    invoice: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class InvoiceEvent:
    """An invoice or a credit note in one revision, with everything its lines name.

    push is auto, review or never. applies_to: of a credit note, the invoices it is put on.
    """

    type: str
    at: datetime
    invoice: Invoice
    push: str
    recurring: bool
    entity: str | None
    url: str | None
    services: tuple[NamedService, ...]
    tax_codes: tuple[RatedTaxCode, ...]
    kind: DocumentKind = DocumentKind.INVOICE
    applies_to: tuple[Applied, ...] = ()
    document: NamedDocument | None = None
    classes: tuple[Named, ...] = ()
    department: Named | None = None
    terms: Named | None = None


@dataclass(frozen=True, slots=True)
class VoidEvent:
    """An invoice or a credit note was voided; whole: when the body described it too."""

    type: str
    external_id: str
    revision: int
    whole: InvoiceEvent | None
    kind: DocumentKind = DocumentKind.INVOICE


@dataclass(frozen=True, slots=True)
class CustomerEvent:
    """Billing describes a customer anew."""

    type: str
    customer: Customer


@dataclass(frozen=True, slots=True)
class ServiceEvent:
    """Billing describes a service anew."""

    type: str
    service: NamedService


@dataclass(frozen=True, slots=True)
class TaxCodeEvent:
    """Billing describes a tax code anew."""

    type: str
    tax_code: RatedTaxCode


@dataclass(frozen=True, slots=True)
class TicketEvent:
    """A ticket of a customer was resolved; customer_name: where the body says it."""

    type: str
    external_id: str
    number: str
    subject: str
    customer_id: str  # billing's
    customer_name: str | None
    resolved_at: datetime
    url: str | None


@dataclass(frozen=True, slots=True)
class OtherEvent:
    """Something this bridge does not act on: kept, not more."""

    type: str


ListEvent = CustomerEvent | ServiceEvent | TaxCodeEvent | TicketEvent
BillingEvent = InvoiceEvent | VoidEvent | ListEvent | OtherEvent
