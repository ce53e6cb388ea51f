"""What a bookkeeper does to customers in the simulator's company, for tests about customers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.models import Customer, CustomerLink
from app.usecases.customers.choose_customer import By
from simulator.client import NORTHGATE, SimulatorClient
from tests.connected import now

PRIYA = "Priya Nair"


def by() -> By:
    """Return Priya Nair, now."""
    return By(PRIYA, None, now())


def customers(simulator: SimulatorClient, realm: str = NORTHGATE) -> dict[str, dict[str, Any]]:
    """Return the ledger's customers by display name."""
    return {one["DisplayName"]: one for one in simulator.books(realm)["customers"]}


def id_of(name: str) -> int:
    """Return our number of billing's customer of a name."""
    return db.session.scalars(select(Customer.id).where(Customer.name == name)).one()


def link_of(name: str) -> CustomerLink | None:
    """Return who billing's customer of a name is in the ledger."""
    return db.session.scalars(
        select(CustomerLink)
        .join(Customer, Customer.id == CustomerLink.customer_id)
        .where(Customer.name == name)
        .execution_options(populate_existing=True)
    ).one_or_none()
