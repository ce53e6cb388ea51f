"""Keep an invoice or a credit note in its newest revision and intend its push.

Inside the caller's transaction.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert as plain_insert
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.domain import invoice as domain
from app.domain.billing_event import InvoiceEvent, VoidEvent
from app.domain.sample import is_sample
from app.domain.states import DocumentKind, InvoiceStatus, MappingKind, Operation, SyncState
from app.extensions import db
from app.models import CreditNote, Invoice, InvoiceLine, SalesDocument
from app.usecases.audit import audit
from app.usecases.credit_applications import (
    differs_from,
    keep_applications,
    lock_invoices,
    void_applications,
)
from app.usecases.documents import want_document
from app.usecases.mapping.register_codes import (
    register_customer,
    register_named,
    register_services,
    register_tax_codes,
)
from app.usecases.push.intent import want_push
from app.usecases.push.linked import link_of
from app.usecases.sample.remove import drop_unsent

_TABLES: dict[DocumentKind, type[SalesDocument]] = {
    DocumentKind.INVOICE: Invoice,
    DocumentKind.CREDIT_NOTE: CreditNote,
}


# What the audit trail calls a revision that replaced another one, or a void, and who sent it.
REVISED = "invoice.revise"
VOIDED = "invoice.void"
_BILLING = "billing"


class Conflict(Exception):
    """Raised with a sentence when what came cannot stand beside what is here."""

    def __init__(self, sentence: str, field: str = "data.revision") -> None:
        super().__init__(sentence)
        self.field = field


class Unchanged(Exception):
    """Raised with the invoice when everything that came is here already."""

    def __init__(self, invoice: SalesDocument) -> None:
        super().__init__(invoice.id)
        self.invoice = invoice


class Overtaken(Exception):
    """Raised when another event stored the same new invoice meanwhile: begin again."""


class UnknownInvoice(Exception):
    """Raised when an invoice is to be voided that never came and is not described either."""


def store_invoice(workspace_id: int, event: InvoiceEvent, now: datetime) -> SalesDocument:
    """Store a revision and intend its push.

    Raises Conflict, Unchanged or Overtaken; NotAcceptable where a credit note names an invoice that
    it cannot be put on.
    """
    lock_invoices(workspace_id, event.applies_to)
    present = _locked(workspace_id, event.kind, event.invoice.external_id)
    if present is not None:
        _refuse_outdated(present, event.invoice.revision)
        if event.invoice.revision == present.revision:
            _refuse_different(present, event)
        if present.status == InvoiceStatus.VOID:
            raise Conflict(f"{present.number} is void, and a void cannot be taken back.")
    invoice = _write(workspace_id, event, present, now)
    if present is not None:
        _note_revision(invoice)
    if isinstance(invoice, CreditNote):
        keep_applications(invoice, event.applies_to, now)
    if event.document is not None and isinstance(invoice, Invoice):
        want_document(invoice, event.document.url, event.document.name, now)
    want_push(invoice, Operation.UPDATE if present else Operation.CREATE, now)
    return invoice


def void_invoice(workspace_id: int, event: VoidEvent, now: datetime) -> SalesDocument:
    """Mark an invoice or a credit note void and intend its void in the ledger.

    A void may keep its revision. One that comes before its document is kept when it describes that:
    what arrives later is an older revision then, and is never booked. Raises Conflict, Unchanged,
    Overtaken or UnknownInvoice.
    """
    invoice = _locked(workspace_id, event.kind, event.external_id)
    if invoice is None:
        if event.whole is None:
            raise UnknownInvoice
        invoice = _write(workspace_id, event.whole, None, now)
        invoice.sync_state = SyncState.NOT_SENT
    else:
        _refuse_outdated(invoice, event.revision)
        if invoice.status == InvoiceStatus.VOID:
            raise Unchanged(invoice)
        _raise_revision(invoice, event.revision)
    invoice.status = InvoiceStatus.VOID
    invoice.balance = Decimal(0)
    if isinstance(invoice, CreditNote):
        void_applications(invoice, now)
    audit(invoice.workspace_id, _BILLING, VOIDED, f"{invoice.kind}:{invoice.id}")
    if invoice.kind == DocumentKind.INVOICE and invoice.sync_state == SyncState.VOIDED:
        invoice.problem = None  # somebody voided it there: both sides agree now
    else:
        want_push(invoice, Operation.VOID, now)
    return invoice


def _locked(workspace_id: int, kind: DocumentKind, external_id: str) -> SalesDocument | None:
    table = _TABLES[kind]
    return db.session.scalar(
        select(table)
        .where(table.workspace_id == workspace_id, table.external_id == external_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _refuse_outdated(present: SalesDocument, revision: int) -> None:
    if revision < present.revision:
        raise Conflict(
            f"Revision {revision} of {present.number} is older than"
            f" revision {present.revision}, which is here already."
        )


def _refuse_different(present: SalesDocument, event: InvoiceEvent) -> None:
    """Tell the same revision sent again from a revision that says something else."""
    here = [{name: getattr(line, name) for name in _LINE} for line in present.lines]
    came = [{name: getattr(line, name) for name in _LINE} for line in event.invoice.lines]
    same = all(getattr(present, name) == value for name, value in _content(event).items())
    if isinstance(present, CreditNote) and differs_from(present, event.applies_to):
        same = False
    if same and here == came and present.customer.external_id == event.invoice.customer.external_id:
        raise Unchanged(present)
    raise Conflict(
        f"Revision {present.revision} of {present.number} is here already and says something"
        " else. A change needs a higher revision."
    )


_INVOICE = (
    "external_id", "number", "revision", "issue_date", "due_date", "currency", "prices",
    "subtotal", "tax_total", "total", "memo", "reference", "department_code", "terms_code",
    "exchange_rate",
)  # fmt: skip
_LINE = (
    "position", "external_id", "service_code", "tax_code", "tax_rate", "description",
    "service_date", "class_code", "quantity", "unit_price", "discount_percent", "amount",
    "tax_amount",
)  # fmt: skip


def _content(event: InvoiceEvent) -> dict[str, Any]:
    """Return what of a revision is billing's word alone: nobody here changes these columns."""
    values = {name: getattr(event.invoice, name) for name in _INVOICE}
    return values | {"entity": event.entity, "recurring": event.recurring, "url": event.url}


def _write(
    workspace_id: int, event: InvoiceEvent, present: SalesDocument | None, now: datetime
) -> SalesDocument:
    register_tax_codes(workspace_id, event.tax_codes)
    register_services(workspace_id, event.services)
    register_named(workspace_id, MappingKind.CLASS, event.classes)
    register_named(workspace_id, MappingKind.DEPARTMENT, [*filter(None, (event.department,))])
    register_named(workspace_id, MappingKind.PAYMENT_TERMS, [*filter(None, (event.terms,))])
    customer_id = register_customer(workspace_id, event.invoice.customer, now)
    values = _content(event) | {"customer_id": customer_id}
    if present is None:
        invoice = _insert(workspace_id, values, event)
    else:
        invoice = present
        _update(invoice, values, event)
    _write_lines(invoice, event.invoice.lines)
    return invoice


def _insert(workspace_id: int, values: dict[str, Any], event: InvoiceEvent) -> SalesDocument:
    total = event.invoice.total
    statement = (
        insert(SalesDocument)
        .values(
            **values,
            kind=event.kind,
            workspace_id=workspace_id,
            push_policy=event.push,
            finalised_at=event.at,
            status=InvoiceStatus.OPEN if total else InvoiceStatus.PAID,
            balance=total,
            sync_state=SyncState.WAITING,
        )
        .on_conflict_do_nothing(index_elements=["workspace_id", "kind", "external_id"])
        .returning(SalesDocument.id)
    )
    if db.session.execute(statement).scalar() is None:
        raise Overtaken
    if not is_sample(event.invoice.external_id):
        drop_unsent(workspace_id)
    invoice = _locked(workspace_id, event.kind, event.invoice.external_id)
    if invoice is None:
        raise Overtaken
    return invoice


def _update(invoice: SalesDocument, values: dict[str, Any], event: InvoiceEvent) -> None:
    paid = _settled(invoice)
    for name, value in values.items():
        setattr(invoice, name, value)
    if invoice.push_policy != "never":  # perhaps a person's word, who alone takes it back
        invoice.push_policy = event.push
    invoice.balance = event.invoice.total - paid
    if invoice.balance <= 0:
        invoice.status = InvoiceStatus.PAID
    else:
        invoice.status = InvoiceStatus.PART_PAID if paid else InvoiceStatus.OPEN
    db.session.flush()
    db.session.expire(invoice, ["lines", "customer"])


def _note_revision(invoice: SalesDocument) -> None:
    """Keep with what happened what a revision came to; the next one takes its place."""
    audit(
        invoice.workspace_id,
        _BILLING,
        REVISED,
        f"{invoice.kind}:{invoice.id}",
        revision=invoice.revision,
        total=str(invoice.total),
        currency=invoice.currency,
    )


def _settled(invoice: SalesDocument) -> Decimal:
    """Return how much of it is paid, as the ledger said; an amount edited there is no payment."""
    link = link_of(invoice.connection_id, invoice) if invoice.connection_id else None
    return link.settled if link else max(invoice.total - invoice.balance, Decimal(0))


def _raise_revision(invoice: SalesDocument, revision: int) -> None:
    """Give a void that brought no lines the lines of the revision before it."""
    if revision == invoice.revision:
        return
    lines = list(invoice.lines)
    invoice.revision = revision
    db.session.flush()
    _write_lines(invoice, lines)
    db.session.expire(invoice, ["lines"])


def _write_lines(
    invoice: SalesDocument, lines: tuple[domain.Line, ...] | list[InvoiceLine]
) -> None:
    shared = {
        "workspace_id": invoice.workspace_id,
        "invoice_id": invoice.id,
        "revision": invoice.revision,
    }
    rows = [shared | {name: getattr(line, name) for name in _LINE} for line in lines]
    db.session.execute(plain_insert(InvoiceLine), rows)
