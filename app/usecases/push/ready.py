"""Bring claimed pushes to the point where exact body and key are stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from sqlalchemy import select

from app.domain.matching import Document
from app.domain.problem import Missing, Problem
from app.domain.push_plan import (
    CustomerPlan,
    InvoicePlan,
    Mappings,
    VoidPlan,
    marker_for,
    on_open_day,
    plan_invoice,
)
from app.domain.readiness import missing_for, problem_of
from app.domain.states import (
    TAKES_OUT,
    DocumentKind,
    InvoiceStatus,
    Operation,
    PushState,
    SyncState,
)
from app.extensions import db
from app.ledgers import LEDGERS
from app.ledgers.interface import Ledger, Write
from app.models import Connection, Customer, CustomerLink, DocumentLink, Invoice, Push
from app.usecases.exclusive import in_turn
from app.usecases.push.claim import lock
from app.usecases.push.intent import link_of
from app.usecases.push.keep_there import may_still_go
from app.usecases.push.mappings import mappings_of, names_of
from app.usecases.push.translate import to_customer, to_domain


@dataclass(frozen=True, slots=True)
class Ready:
    """A push whose body and key are stored, with what is needed to judge the answer."""

    push_id: int
    document_id: int
    kind: DocumentKind
    operation: Operation
    revision: int  # that the body says; billing may have a newer one by the time of the answer
    key: str
    body: bytes
    attempts: int
    first_sent_at: datetime | None
    look_first: bool
    name: str  # the document's number, the customer's name
    ours: Document
    ledger_id: str | None = None
    known_total: Decimal | None = None  # what we last wrote: another total is somebody else's
    only_look: bool = False  # billing voided it: adopt it to void it, but never create it
    takes_back: bool = False  # a person undoes a run: paid or changed there means it stays

    @property
    def write(self) -> Write:
        """Return what goes to the ledger."""
        return Write(self.push_id, self.kind, self.operation, self.key, self.body)


def block_unready(push_ids: Sequence[int], connection_id: int) -> None:
    """Set aside what misses something, with every cause at once; commits."""
    # Else a mapping saved meanwhile would find nothing blocked yet, and release nothing.
    in_turn("judge_readiness", connection_id)
    connection = db.session.get_one(Connection, connection_id)
    mappings, names = mappings_of(connection), names_of(connection)
    for push, invoice in _unsent_invoices(push_ids):
        missing = missing_for(
            to_domain(invoice),
            mappings,
            tax_enabled=connection.tax_enabled,
            books_closed_to=connection.books_closed_to,
            closed_period_policy=connection.closed_period_policy,
            multicurrency=connection.multicurrency,
            home_currency=connection.home_currency,
            names=names,
        )
        if missing and push.operation not in TAKES_OUT:
            block(push, invoice, _described(missing, connection, invoice))
    db.session.commit()


def block(push: Push, invoice: Invoice, problem: Problem) -> None:
    """Let a push wait until what is missing is there; the caller commits."""
    push.state = PushState.BLOCKED
    push.claimed_by = push.claimed_until = None
    push.problem = invoice.problem = problem.as_json()
    invoice.sync_state = SyncState.BLOCKED


def _described(missing: tuple[Missing, ...], connection: Connection, invoice: Invoice) -> Problem:
    ledger = LEDGERS[connection.provider].provider.name
    return problem_of(missing, ledger=ledger, invoice=to_domain(invoice))


def _unsent_invoices(push_ids: Sequence[int]) -> list[tuple[Push, Invoice]]:
    """Lock the claimed pushes of invoices that have no body yet."""
    return [
        (push, invoice)
        for push, invoice in lock(push_ids)
        if invoice is not None and push.body is None and push.state == PushState.PUSHING
    ]


def store_bodies(push_ids: Sequence[int], connection_id: int, ledger: Ledger) -> list[Ready]:
    """Store the exact body and a key for every claimed push that can be sent now; commits.

    An invoice whose customer is not settled yet is left out. A plan that cannot be put into the
    ledger's words is blocked with the sentence that says why.
    """
    connection = db.session.get_one(Connection, connection_id)
    mappings = mappings_of(connection)
    for push, invoice in _unsent_invoices(push_ids):
        try:
            plan = _plan(push, invoice, connection, mappings)
        except KeyError:  # a mapping was undone meanwhile: handed back, blocked at the next look
            continue
        if plan is None:
            continue
        try:
            push.body = ledger.build(DocumentKind.INVOICE, Operation(push.operation), plan)
        except ValueError as error:
            block(push, invoice, _unbuildable(error))
            continue
        push.key = new_key()
        push.note = plan.note if isinstance(plan, InvoicePlan) else None
        push.revision = invoice.revision
    db.session.commit()
    ready = _stored(push_ids)
    db.session.commit()
    return ready


def new_key() -> str:
    """Return a key no other document, ever, in any database of ours, has used: 32 characters."""
    return uuid4().hex


def _unbuildable(error: ValueError) -> Problem:
    return Problem(
        code="cannot_be_written",
        title=str(error),
        means="It was not sent.",
        what_to_do="Correct it in billing; the changed invoice then goes by itself.",
        missing=(Missing("document", "", str(error)),),
    )


def _plan(
    push: Push, invoice: Invoice, connection: Connection, mappings: Mappings
) -> InvoicePlan | VoidPlan | None:
    link = link_of(connection.id, invoice.id)
    if push.operation in TAKES_OUT:
        may_go = may_still_go(push, invoice, connection)
        return VoidPlan(link.ledger_id, link.version) if link and may_go else None
    customer = _customer_link(connection.id, invoice.customer_id)
    if customer is None:
        return None
    return plan_for(invoice, connection, mappings, customer.ledger_id, link)


def plan_for(
    invoice: Invoice,
    connection: Connection,
    mappings: Mappings,
    customer_ledger_id: str,
    link: DocumentLink | None,
) -> InvoicePlan:
    """Return the plan of an invoice by what its connection's people decided; raises KeyError."""
    plan = plan_invoice(
        to_domain(invoice),
        mappings,
        customer_ledger_id=customer_ledger_id,
        country=connection.country,
        multicurrency=connection.multicurrency,
        tax_enabled=connection.tax_enabled,
        ledger_id=link.ledger_id if link else None,
        version=link.version if link else None,
    )
    return on_open_day(plan, connection.books_closed_to, connection.closed_period_policy)


def _customer_link(connection_id: int, customer_id: int) -> CustomerLink | None:
    return db.session.scalar(
        select(CustomerLink).where(
            CustomerLink.connection_id == connection_id, CustomerLink.customer_id == customer_id
        )
    )


def _stored(push_ids: Sequence[int]) -> list[Ready]:
    """Return what can be sent, customers first: an invoice needs its customer's id."""
    pushes = db.session.scalars(
        select(Push)
        .where(Push.id.in_(push_ids), Push.state == PushState.PUSHING, Push.body.is_not(None))
        .order_by((Push.document_kind != DocumentKind.CUSTOMER), Push.due_at, Push.id)
    ).all()
    return [ready_of(push) for push in pushes]


def ready_of(push: Push) -> Ready:
    """Return a stored push as a value."""
    kind = DocumentKind(push.document_kind)
    ours, known_total, void = _ours(kind, push)
    if push.key is None or push.body is None:
        raise ValueError(f"Push {push.id} was not stored before it was to be sent.")
    return Ready(
        push_id=push.id,
        document_id=push.document_id,
        kind=kind,
        operation=Operation(push.operation),
        revision=push.revision,
        key=push.key,
        body=push.body,
        attempts=push.attempts,
        first_sent_at=push.first_sent_at,
        look_first=push.look_first,
        name=ours.number or "",
        ours=ours,
        ledger_id=ours.ledger_id or None,
        known_total=known_total,
        only_look=void and push.operation == Operation.CREATE,
        takes_back=push.undoes_id is not None and not void,
    )


def _ours(kind: DocumentKind, push: Push) -> tuple[Document, Decimal | None, bool]:
    """Return our side, the total we last wrote, and whether billing voided it."""
    if kind == DocumentKind.CUSTOMER:
        customer = db.session.get_one(Customer, push.document_id)
        return Document(customer.name, None, None, None, None), None, False
    invoice = db.session.get_one(Invoice, push.document_id)
    link = link_of(push.connection_id, invoice.id)
    customer_link = _customer_link(push.connection_id, invoice.customer_id)
    document = Document(
        number=invoice.number,
        marker=marker_for(invoice.external_id),
        customer_ledger_id=customer_link.ledger_id if customer_link else None,
        currency=invoice.currency,
        total=invoice.total,
        ledger_id=link.ledger_id if link else "",
    )
    known_total = link.sent_total if link else None
    if link is not None and push.undoes_id is not None:
        known_total = link.ledger_total  # what was decided about: also where it always differed
    return document, known_total, invoice.status == InvoiceStatus.VOID


def customer_plan(customer: Customer, currency: str | None) -> CustomerPlan:
    """Return the plan that creates a customer."""
    return CustomerPlan(to_customer(customer), marker_for(customer.external_id), currency)
