"""Intend to create a customer, to make one active again, or to change one; callers commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.domain.customer import NO_AIM, Aim, changed_since, said_of
from app.domain.push_plan import CustomerPlan, marker_for
from app.domain.states import FINISHED, DocumentKind, Lane, Operation, PushState
from app.extensions import db
from app.ledgers.interface import Ledger, LedgerCustomer
from app.models import Connection, Customer, CustomerLink, Push
from app.usecases.push.readied import new_key
from app.usecases.push.translate import to_customer


def creation(
    connection: Connection,
    customer: Customer,
    paper: Ledger,
    now: datetime,
    *,
    currency: str | None,
    name: str | None = None,
    parent_ledger_id: str | None = None,
) -> Push:
    """Return the push that creates a customer, its body and key stored with it.

    name: the display name a person chose. Raises ValueError with a sentence where the ledger
    cannot keep the name.
    """
    told = to_customer(customer)
    plan = CustomerPlan(
        told,
        marker_for(customer.external_id),
        currency if connection.multicurrency else None,
        country=connection.country,
        name=name,
        parent_ledger_id=parent_ledger_id,
    )
    body = paper.build(DocumentKind.CUSTOMER, Operation.CREATE, plan)
    aim = Aim(name=name, currency=plan.currency, said=said_of(told))
    return _push(connection, customer, Operation.CREATE, aim, now, body)


def activation(
    connection: Connection, customer: Customer, there: LedgerCustomer, paper: Ledger, now: datetime
) -> Push:
    """Return the push that makes an inactive customer of the ledger active, under their name."""
    told = to_customer(customer)
    aim = Aim(
        name=there.plain_name,
        ledger_id=there.ledger_id,
        version=there.version,
        currency=there.currency,
        activate=True,
        said=said_of(told),
    )
    body = paper.build(
        DocumentKind.CUSTOMER, Operation.UPDATE, change_plan(connection, customer, aim)
    )
    return _push(connection, customer, Operation.UPDATE, aim, now, body)


def want_change(link: CustomerLink, now: datetime) -> bool:
    """Intend to send what billing changed of a linked customer; False where nothing is to be sent.

    The body is made when it is sent: many changes, one push. What left already is brought to its
    end first, then followed up.
    """
    if link.gone is not None or not changed_since(link.sent, to_customer(link.customer)):
        return False
    connection = db.session.get_one(Connection, link.connection_id)
    push = open_push_of(link.connection_id, link.customer_id)
    if push is None:
        db.session.add(_push(connection, link.customer, Operation.UPDATE, Aim(), now, None))
    elif push.first_sent_at is None and not push.key_used and push.operation == Operation.UPDATE:
        push.state, push.due_at = PushState.WAITING, now
        push.body = push.key = None
        push.aim = NO_AIM.as_json()  # what was read before was read for other fields
    db.session.flush()
    return True


def customer_changed(customer_id: int, said_before: dict[str, Any], now: datetime) -> None:
    """Note what billing said before, and intend to send the change where finance wants that.

    Runs inside the transaction in which the customer was written anew; the caller commits, then
    wakes whom companies_of names.
    """
    links = db.session.scalars(
        select(CustomerLink)
        .where(CustomerLink.customer_id == customer_id)
        .order_by(CustomerLink.id)
        .execution_options(populate_existing=True)
    ).all()
    for link in links:
        open_push_of(
            link.connection_id, customer_id
        )  # locked first, as whoever writes it down does
        if link.sent is None:
            link.sent = said_before
        connection = db.session.get_one(Connection, link.connection_id)
        if connection.customer_changes == "always":
            want_change(link, now)


def companies_of(customer_id: int) -> Sequence[int]:
    """Return the connections in which something is under way for a customer."""
    return db.session.scalars(
        select(Push.connection_id).where(
            Push.document_kind == DocumentKind.CUSTOMER,
            Push.document_id == customer_id,
            Push.state == PushState.WAITING,
        )
    ).all()


def open_push_of(connection_id: int, customer_id: int) -> Push | None:
    """Return what is under way for a customer, locked; None where nothing is."""
    return db.session.scalar(
        select(Push)
        .where(
            Push.connection_id == connection_id,
            Push.document_kind == DocumentKind.CUSTOMER,
            Push.document_id == customer_id,
            Push.state.not_in(FINISHED),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def change_plan(
    connection: Connection, customer: Customer, aim: Aim, fields: frozenset[str] = frozenset()
) -> CustomerPlan:
    """Return the plan that changes some fields of a customer, or makes them active again."""
    return CustomerPlan(
        to_customer(customer),
        marker_for(customer.external_id),
        country=connection.country,
        name=aim.name,
        ledger_id=aim.ledger_id,
        version=aim.version or "",
        fields=fields,
        activate=aim.activate,
    )


def _push(
    connection: Connection,
    customer: Customer,
    operation: Operation,
    aim: Aim,
    now: datetime,
    body: bytes | None,
) -> Push:
    return Push(
        workspace_id=connection.workspace_id,
        connection_id=connection.id,
        document_kind=DocumentKind.CUSTOMER,
        document_id=customer.id,
        operation=operation,
        revision=1,
        state=PushState.WAITING,
        lane=Lane.CUSTOMERS,
        due_at=now,
        attempts=0,
        key=new_key() if body is not None else None,
        body=body,
        look_first=False,
        aim=aim.as_json(),
    )
