"""Find the customers of invoices in line that no link leads from yet, and whose part they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Exists, Select, exists, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from app.domain.customer import DEEPEST
from app.domain.states import CLAIMABLE, FINISHED, DocumentKind, Operation, PushState
from app.extensions import db
from app.models import Customer, CustomerLink, Invoice, Push

# What cannot go before its customer is known.
NEEDS_CUSTOMER = (
    Push.document_kind == DocumentKind.INVOICE,
    Push.operation.in_((Operation.CREATE, Operation.UPDATE)),
)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A customer of ours that no usable link leads from.

    currencies: of their invoices. gone: why the link there was cannot be used, a sentence.
    parent_id: of ours, whose part they are.
    """

    customer_id: int
    name: str
    currencies: tuple[str, ...]
    gone: str | None = None
    parent_id: int | None = None


def unknown_customers(connection_id: int, push_ids: Sequence[int]) -> list[Unknown]:
    """Return whom claimed invoices are for that no link and no open creation exists for.

    Whoever they are a part of comes first.
    """
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


def customers_among(push_ids: Sequence[int]) -> Sequence[int]:
    """Return which of claimed pushes write a customer; ends the transaction."""
    found = db.session.scalars(
        select(Push.id)
        .where(Push.id.in_(push_ids), Push.document_kind == DocumentKind.CUSTOMER)
        .order_by(Push.id)
    ).all()
    db.session.commit()
    return found


def linked(connection_id: int) -> Exists:
    """Match customers that a usable link leads from."""
    return exists().where(
        CustomerLink.connection_id == connection_id,
        CustomerLink.customer_id == Customer.id,
        CustomerLink.gone.is_(None),
    )


def being_made(connection_id: int) -> Exists:
    """Match customers that a push is under way for."""
    return exists().where(
        Push.connection_id == connection_id,
        Push.document_kind == DocumentKind.CUSTOMER,
        Push.document_id == Customer.id,
        Push.state.not_in(FINISHED),
    )


def _unknown(connection_id: int, invoice_ids: Select[int]) -> list[Unknown]:
    rows = db.session.execute(
        _selected(connection_id, func.array_agg(Invoice.currency.distinct(), type_=ARRAY(Text)))
        .join(Invoice, Invoice.customer_id == Customer.id)
        .where(Invoice.id.in_(invoice_ids))
        .group_by(Customer.id)
        .order_by(Customer.id)
    ).all()
    found = [Unknown(row[0], row[1], tuple(sorted(row[4])), row[2], row[3]) for row in rows]
    found = _with_parents(connection_id, found)
    db.session.commit()
    return found


def _selected(connection_id: int, *more: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    gone = (
        select(CustomerLink.gone)
        .where(CustomerLink.connection_id == connection_id, CustomerLink.customer_id == Customer.id)
        .scalar_subquery()
    )
    return select(Customer.id, Customer.name, gone, Customer.parent_id, *more).where(
        ~linked(connection_id), ~being_made(connection_id)
    )


def _with_parents(connection_id: int, found: list[Unknown]) -> list[Unknown]:
    """Put before customers whoever they are a part of and is not linked either."""
    known = {one.customer_id: one for one in found}
    for _ in range(DEEPEST):
        currencies = {one.parent_id: one.currencies for one in known.values() if one.parent_id}
        wanted = currencies.keys() - known.keys()
        if not wanted:
            break
        rows = db.session.execute(
            _selected(connection_id).where(Customer.id.in_(wanted)).order_by(Customer.id)
        ).all()
        if not rows:
            break
        parents = {
            row[0]: Unknown(row[0], row[1], currencies[row[0]], row[2], row[3]) for row in rows
        }
        known = parents | known
    return sorted(known.values(), key=lambda one: (_depth(one, known), one.customer_id))


def _depth(one: Unknown, known: dict[int, Unknown]) -> int:
    depth, parent = 0, known.get(one.parent_id or 0)
    while parent is not None and depth < DEEPEST:
        depth, parent = depth + 1, known.get(parent.parent_id or 0)
    return depth


def family_of(customer_id: int) -> Sequence[int]:
    """Return a customer and everybody who is a part of them, at any depth."""
    tree = select(Customer.id).where(Customer.id == customer_id).cte("family", recursive=True)
    tree = tree.union(select(Customer.id).where(Customer.parent_id == tree.c.id))
    return db.session.scalars(select(tree.c.id)).all()


def levels_above(customer_id: int) -> int:
    """Count whom a customer is a part of; one more than may be where there is no end."""
    levels, parent_id = (
        0,
        db.session.scalar(select(Customer.parent_id).where(Customer.id == customer_id)),
    )
    while parent_id is not None and levels < DEEPEST:
        levels += 1
        parent_id = db.session.scalar(select(Customer.parent_id).where(Customer.id == parent_id))
    return levels
