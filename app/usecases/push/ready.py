"""Bring claimed pushes to the point where exact body and key are stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cache, partial
from typing import TypeVar

from sqlalchemy import func, select

from app.domain.crediting import ApplicationPlan
from app.domain.customer import Aim
from app.domain.edited_there import Content, amount_said
from app.domain.item_wish import ItemWish
from app.domain.matching import Document
from app.domain.push_plan import (
    InvoicePlan,
    Mappings,
    VoidPlan,
    marker_for,
)
from app.domain.states import (
    OPTIONAL_MAPPINGS,
    SALES,
    TAKES_OUT,
    DocumentKind,
    InvoiceStatus,
    Operation,
    PushState,
)
from app.extensions import db
from app.ledgers import LEDGERS
from app.ledgers.interface import Ledger
from app.models import (
    Connection,
    CreditApplication,
    Customer,
    CustomerLink,
    DocumentLink,
    Push,
    SalesDocument,
)
from app.usecases.company.exclusive import in_turn
from app.usecases.push.agreed import agreed_content, agreed_version, moved_on
from app.usecases.push.application_plan import capped_words, plan_application
from app.usecases.push.applying import wait_again
from app.usecases.push.come_off import amount_on, that_may_go
from app.usecases.push.customer_words import block_for_currency, wrong_currency
from app.usecases.push.expect import expect, expected_tax
from app.usecases.push.judge import block, unsent_documents
from app.usecases.push.keep_there import may_still_go
from app.usecases.push.linked import links_of
from app.usecases.push.mappings import mappings_of, names_of, rates_of
from app.usecases.push.plan import plan_for, taken_out, unbuildable
from app.usecases.push.readied import Ready, new_key
from app.usecases.push.remarks import remarks_of
from app.usecases.push.same_number import refuse_same_number


def store_bodies(push_ids: Sequence[int], connection_id: int, ledger: Ledger) -> list[Ready]:
    """Store the exact body and a key for every claimed push that can be sent now; commits.

    A document whose customer is not settled yet is left out. A plan that cannot be put into the
    ledger's words is blocked with the sentence that says why.
    """
    # Else a rate or a setting changed meanwhile would find nothing blocked yet, as in judge.py.
    in_turn("judge_readiness", connection_id)
    connection = db.session.get_one(Connection, connection_id)
    mappings, rates = mappings_of(connection), rates_of(connection)
    ledger_name = LEDGERS[connection.provider].provider.name
    named = cache(partial(names_of, connection, OPTIONAL_MAPPINGS))
    unsent = refuse_same_number(unsent_documents(push_ids), connection)
    known = _known(connection_id, [invoice for _, invoice in unsent])
    for push, invoice in that_may_go(unsent):
        try:
            plan = _plan(push, invoice, connection, mappings, known)
        except KeyError:  # a mapping was undone meanwhile: handed back, blocked at the next look
            continue
        if plan is None:
            if isinstance(invoice, CreditApplication) and push.operation not in TAKES_OUT:
                wait_again(push, invoice, _now())
            continue
        kind = DocumentKind(push.document_kind)
        kept_in = known.currencies.get(invoice.customer_id)
        if isinstance(plan, InvoicePlan) and wrong_currency(connection, invoice, kept_in):
            block_for_currency(push, invoice, kept_in or "")
            continue
        try:
            body = ledger.build(kind, Operation(push.operation), plan)
        except ValueError as error:
            block(push, invoice, unbuildable(error))
            continue
        push.note, push.number, push.total = None, None, invoice.total
        if isinstance(plan, ApplicationPlan):
            push.note, push.total = capped_words(plan, invoice.total, ledger_name), plan.amount
        if isinstance(plan, InvoicePlan):
            expected = expect(invoice, plan, body, connection, ledger, rates)
            if expected.problem is not None:
                block(push, invoice, expected.problem)
                continue
            said = remarks_of(kind, plan, mappings, ledger, ledger_name, named)
            push.note = expected.note(connection, said)
            push.number, push.total = plan.number_there, expected.total
        push.body = body
        push.key = new_key()
        push.key_used = False
        push.revision = invoice.revision
    db.session.commit()
    ready = _stored(push_ids, connection_id)
    db.session.commit()
    return ready


def _now() -> datetime:
    return db.session.scalars(select(func.now())).one()  # a body is built without a clock


@dataclass(frozen=True, slots=True)
class _Known:
    """What we know of some invoices in the ledger: their documents, and their customers' ids."""

    documents: Mapping[int, DocumentLink]  # by invoice
    customers: Mapping[int, str]  # by customer
    currencies: Mapping[int, str]  # in which they are kept, by customer


def _known(connection_id: int, invoices: Sequence[SalesDocument]) -> _Known:
    customers = db.session.execute(
        select(CustomerLink.customer_id, CustomerLink.ledger_id, CustomerLink.currency).where(
            CustomerLink.connection_id == connection_id,
            CustomerLink.customer_id.in_([invoice.customer_id for invoice in invoices]),
            CustomerLink.gone.is_(None),
        )
    ).all()
    return _Known(
        links_of(connection_id, invoices),
        {row.customer_id: row.ledger_id for row in customers},
        {row.customer_id: row.currency for row in customers if row.currency},
    )


def _plan(
    push: Push, invoice: SalesDocument, connection: Connection, mappings: Mappings, known: _Known
) -> InvoicePlan | VoidPlan | ApplicationPlan | None:
    link = known.documents.get(invoice.id)
    if push.operation in TAKES_OUT:
        may_go = may_still_go(push, invoice, connection)
        return taken_out(push, link) if link and may_go else None
    if isinstance(invoice, CreditApplication):
        return plan_application(invoice, connection)
    customer_ledger_id = known.customers.get(invoice.customer_id)
    if customer_ledger_id is None:
        return None
    return plan_for(invoice, connection, mappings, customer_ledger_id, link)


def _stored(push_ids: Sequence[int], connection_id: int) -> list[Ready]:
    """Return what can be sent, customers first: an invoice needs its customer's id."""
    pushes = db.session.scalars(
        select(Push)
        .where(Push.id.in_(push_ids), Push.state == PushState.PUSHING, Push.body.is_not(None))
        .order_by(Push.lane, Push.due_at, Push.id)
    ).all()
    documents = _rows(SalesDocument, pushes, SALES)
    customers = _rows(Customer, pushes, (DocumentKind.CUSTOMER,))
    known = _known(connection_id, list(documents.values()))
    return [
        _READY[push.document_kind](push)
        if push.document_kind in _READY
        else _ready_document(push, documents[push.document_id], known)
        if push.document_kind in SALES
        else _ready_customer(push, customers[push.document_id])
        for push in pushes
    ]


T = TypeVar("T", SalesDocument, Customer)


def _rows(table: type[T], pushes: Sequence[Push], kinds: Sequence[DocumentKind]) -> dict[int, T]:
    ids = [push.document_id for push in pushes if push.document_kind in kinds]
    if not ids:
        return {}
    return {row.id: row for row in db.session.scalars(select(table).where(table.id.in_(ids)))}


def _ready_document(push: Push, invoice: SalesDocument, known: _Known) -> Ready:
    link = known.documents.get(invoice.id)
    ours = Document(
        number=push.number or invoice.number,
        marker=marker_for(invoice.external_id),
        customer_ledger_id=known.customers.get(invoice.customer_id),
        currency=invoice.currency,
        total=invoice.total if push.total is None else push.total,
        ledger_id=link.ledger_id if link else "",
    )
    known_total = link.sent_total if link else None
    if link is not None and push.undoes_id is not None:
        known_total = link.ledger_total  # what was decided about: also where it always differed
    void = invoice.status == InvoiceStatus.VOID
    ready = _ready(push, ours, known_total=known_total, void=void)
    if isinstance(invoice, CreditApplication):
        plan = plan_application(invoice, push.connection)
        if plan is not None and push.total is not None:  # as the body says, whatever is booked now
            plan = replace(plan, amount=push.total)
        return replace(ready, application=plan, known_version=link.version if link else None)
    ready = replace(ready, known_version=agreed_version(link) if link else None)
    if link is None or push.operation == Operation.CREATE or push.undoes_id is not None:
        return replace(ready, linked_before=invoice.linked_before if link is None else None)
    return replace(
        ready,
        agreed=agreed_content(link),
        totals=_totals(push, invoice),
        comes_off=amount_on(push, invoice),
        look_first=ready.look_first or (push.first_sent_at is None and moved_on(link)),
    )


def _totals(push: Push, invoice: SalesDocument) -> Content:
    """Return what a write makes of the totals, which the ledger works out: no body says them."""
    gone = push.operation in TAKES_OUT
    total = Decimal(0) if gone else invoice.total if push.total is None else push.total
    tax = Decimal(0) if gone else expected_tax(invoice)
    return {"total": amount_said(total), "tax_total": amount_said(tax)}


def _ready_item(push: Push) -> Ready:
    wish = ItemWish.from_json(push.asked or {})
    return replace(_ready(push, Document(wish.name, None, None, None, None)), wish=wish)


def _ready_attachment(push: Push) -> Ready:
    asked = push.asked or {}
    return _ready(push, Document(asked["name"], None, None, None, None, asked["ledger_id"]))


def _ready_customer(push: Push, customer: Customer) -> Ready:
    aim = Aim.from_json(push.aim)
    marker = marker_for(customer.external_id)
    ours = Document(aim.name or customer.name, marker, None, aim.currency, None)
    return replace(_ready(push, ours), aim=aim)


def _ready(
    push: Push, ours: Document, *, known_total: Decimal | None = None, void: bool = False
) -> Ready:
    """Return a stored push as a value."""
    if push.key is None or push.body is None:
        raise ValueError(f"Push {push.id} was not stored before it was to be sent.")
    return Ready(
        push_id=push.id,
        document_id=push.document_id,
        kind=DocumentKind(push.document_kind),
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
        claimed_by=push.claimed_by,
        left_before=push.key_used,
    )


# What needs no row of ours beside its push.
_READY: Mapping[str, Callable[[Push], Ready]] = {
    DocumentKind.ITEM: _ready_item,
    DocumentKind.ATTACHMENT: _ready_attachment,
}
