"""Keep billing's lists as billing last described them; inside the caller's transaction.

Only what is new or changed is written, in the order of its code: two events that name the same
service never wait for each other without need, and never in opposite orders.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.domain import invoice as domain
from app.domain.billing_event import Named, NamedService, RatedTaxCode
from app.domain.customer import said_of
from app.domain.states import MappingKind
from app.extensions import db
from app.models import CODES_OF, Code, Customer, Service, TaxCode
from app.usecases.push.customer_pushes import customer_changed
from app.usecases.push.translate import to_customer


def register_services(workspace_id: int, services: Sequence[NamedService]) -> None:
    """Remember services by code, under the name they go by now."""
    wanted = {service.code: {"name": service.name} for service in services}
    _register(Service, "code", workspace_id, wanted)


def register_tax_codes(workspace_id: int, tax_codes: Sequence[RatedTaxCode]) -> None:
    """Remember tax codes by code, with the name and rate they have now."""
    wanted = {code.code: {"name": code.name, "rate": code.rate} for code in tax_codes}
    _register(TaxCode, "code", workspace_id, wanted)


def register_named(workspace_id: int, kind: MappingKind, named: Sequence[Named]) -> None:
    """Remember classes, departments or payment terms by code, under the name they go by now."""
    if named:
        wanted = {one.code: {"name": one.name} for one in named}
        _register(CODES_OF[kind], "code", workspace_id, wanted)


def register_customer(workspace_id: int, customer: domain.Customer, now: datetime) -> int:
    """Remember a customer as billing describes them now, and have changes sent where asked for.

    Returns our id.
    """
    described = {
        "name": customer.name,
        "email": customer.email,
        "phone": customer.phone,
        "tax_number": customer.tax_number,
        "address": dict(customer.address) if customer.address is not None else None,
        "parent_id": _register_parent(workspace_id, customer.parent),
    }
    before = db.session.scalar(
        select(Customer).where(
            Customer.workspace_id == workspace_id, Customer.external_id == customer.external_id
        )
    )
    said_before = said_of(to_customer(before)) if before is not None else None
    wanted = {customer.external_id: described}
    customer_id = _register(Customer, "external_id", workspace_id, wanted)[customer.external_id]
    if before is not None and said_before is not None and said_before != said_of(customer):
        db.session.expire(before)  # it was written past the object
        customer_changed(customer_id, said_before, now)
    return customer_id


def _register_parent(workspace_id: int, parent: domain.Parent | None) -> int | None:
    """Remember by name whose part a customer is; what else is known of them stays."""
    if parent is None:
        return None
    wanted = {parent.external_id: {"name": parent.name}}
    return _register(Customer, "external_id", workspace_id, wanted)[parent.external_id]


def _register(
    table: type[Code] | type[Customer],
    key: str,
    workspace_id: int,
    wanted: dict[str, dict[str, Any]],
) -> dict[str, int]:
    """Insert what is missing, update what changed; return the ids by code."""
    column = getattr(table, key)
    present = db.session.scalars(
        select(table).where(table.workspace_id == workspace_id, column.in_(wanted))
    )
    known = {getattr(row, key): row for row in present}
    ids = {}
    for code in sorted(wanted):
        row = known.get(code)
        if row is None or any(getattr(row, name) != value for name, value in wanted[code].items()):
            values = {"workspace_id": workspace_id, key: code, **wanted[code]}
            ids[code] = _upsert(table, key, values, wanted[code])
        else:
            ids[code] = row.id
    return ids


def _upsert(
    table: type[Code] | type[Customer],
    key: str,
    values: dict[str, Any],
    changes: dict[str, Any],
) -> int:
    statement = (
        insert(table)
        .values(values)
        .on_conflict_do_update(index_elements=["workspace_id", key], set_=changes)
        .returning(table.id)
        .execution_options(populate_existing=True)
    )
    found: int = db.session.execute(statement).scalar_one()
    return found
