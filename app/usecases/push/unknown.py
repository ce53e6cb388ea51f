"""Find the customers of invoices in line that no link leads from yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, exists, func, select

from app.domain.states import CLAIMABLE, FINISHED, DocumentKind, Operation, PushState
from app.extensions import db
from app.models import Customer, CustomerLink, Push, SalesDocument

# What cannot go before its customer is known.
NEEDS_CUSTOMER = (
    Push.document_kind.in_((DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE)),
    Push.operation.in_((Operation.CREATE, Operation.UPDATE)),
)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A customer of ours that no link leads from, and the currency of their invoice."""

    customer_id: int
    name: str
    currency: str


def unknown_customers(connection_id: int, push_ids: Sequence[int]) -> list[Unknown]:
    """Return whom claimed invoices are for that no link and no open creation exists for."""
    claimed = select(Push.document_id).where(
        Push.id.in_(push_ids), Push.state == PushState.PUSHING, *NEEDS_CUSTOMER
    )
    return _unknown(connection_id, claimed)


def unknown_to_come(connection_id: int, now: datetime, most: int) -> list[Unknown]:
    """Return whom the next so many invoices in line are for, where no link leads there yet."""
    coming = (
        select(Push.document_id)
        .where(
            Push.connection_id == connection_id,
            Push.state.in_(CLAIMABLE),
            Push.due_at <= now,
            *NEEDS_CUSTOMER,
        )
        .order_by(Push.lane, Push.due_at, Push.id)
        .limit(most)
    )
    return _unknown(connection_id, coming)


def _unknown(connection_id: int, invoice_ids: Select[int]) -> list[Unknown]:
    linked = exists().where(
        CustomerLink.connection_id == connection_id, CustomerLink.customer_id == Customer.id
    )
    being_made = exists().where(
        Push.connection_id == connection_id,
        Push.document_kind == DocumentKind.CUSTOMER,
        Push.document_id == Customer.id,
        Push.state.not_in(FINISHED),
    )
    rows = db.session.execute(
        select(Customer.id, Customer.name, func.min(SalesDocument.currency))
        .join(SalesDocument, SalesDocument.customer_id == Customer.id)
        .where(SalesDocument.id.in_(invoice_ids), ~linked, ~being_made)
        .group_by(Customer.id)
        .order_by(Customer.id)
    ).all()
    db.session.commit()
    return [Unknown(*row) for row in rows]
