"""Who customers without a link probably are in a ledger, by name, as its list was last read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from app.domain.matching import Ask, Candidate, Create, Found, found_by_name
from app.extensions import db
from app.models import Connection, CustomerLink, LedgerCustomerRow

# As the index has it: what is alike in it is then compared in full.
_KEY = func.lower(func.replace(LedgerCustomerRow.name, " ", ""))


def matched_by_name(connection: Connection, customers: Mapping[int, str]) -> dict[int, Found | Ask]:
    """Return by customer whom their name means there, or why that is left to a person.

    customers: names by id; whoever is linked, and whoever nobody there is called, is left out.
    """
    linked = set(
        db.session.scalars(
            select(CustomerLink.customer_id).where(
                CustomerLink.connection_id == connection.id,
                CustomerLink.customer_id.in_(customers),
            )
        )
    )
    wanted = {number: name for number, name in customers.items() if number not in linked}
    there = called_there(connection, list(wanted.values()))
    taken = taken_among(connection, there)
    found = {number: found_by_name(name, there, taken) for number, name in wanted.items()}
    return {number: one for number, one in found.items() if not isinstance(one, Create)}


def taken_among(connection: Connection, there: Sequence[Candidate]) -> set[str]:
    """Return which customers of the ledger a customer of billing is linked to."""
    return set(
        db.session.scalars(
            select(CustomerLink.ledger_id).where(
                CustomerLink.connection_id == connection.id,
                CustomerLink.ledger_id.in_([one.ledger_id for one in there]),
            )
        )
    )


def called_there(connection: Connection, names: Sequence[str]) -> list[Candidate]:
    """Return who has one of some names there, as the ledger's list was last read."""
    if not names:
        return []
    rows = db.session.scalars(
        select(LedgerCustomerRow).where(
            LedgerCustomerRow.connection_id == connection.id,
            ~LedgerCustomerRow.deleted,
            _KEY.in_([func.lower(func.replace(name, " ", "")) for name in set(names)]),
        )
    )
    return [Candidate(row.ledger_id, row.name, row.active, row.currency) for row in rows]
