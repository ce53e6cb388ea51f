"""Tell which documents wait for their customer: by links, open questions and the mirror."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import select

from app.domain.customer import name_key
from app.domain.matching import Ask, Found, match_customer
from app.domain.problem import Missing
from app.domain.states import FINISHED, DocumentKind
from app.domain.still_waiting import CUSTOMER, LOOKED_FOR, NEW
from app.extensions import db
from app.models import Connection, Customer, CustomerLink, Push, SalesDocument
from app.queries.matched_customers import called_there, taken_among
from app.usecases.push.customer_words import wrong_currency
from app.usecases.push.unknown import being_made, linked


class CustomersWaitedFor:
    """What is known of the customers of some documents, read once."""

    def __init__(self, connection: Connection, documents: Sequence[SalesDocument]) -> None:
        self._connection = connection
        customers = {document.customer_id: document.customer for document in documents}
        self._links = _links(connection, customers)
        self._being_made = _being_made(connection, customers)
        asked = {code for one in documents for code in _asked_about(one)}
        self._asked = asked - _settled(connection, asked)
        unknown = [one for one in customers.values() if one.id not in self._links]
        self._there = called_there(connection, [one.name for one in unknown])
        self._taken = taken_among(connection, self._there)
        self._alike = Counter(name_key(one.name) for one in unknown)
        pairs = {(document.customer_id, document.currency) for document in documents}
        self._currencies = Counter(customer_id for customer_id, _ in pairs)

    def wait(self, document: SalesDocument) -> tuple[Missing, ...]:
        """Return why a document waits for its customer; nothing where it does not."""
        customer = document.customer
        kind = self._kind(document, customer)
        return (Missing(kind, customer.external_id, customer.name),) if kind else ()

    def _kind(self, document: SalesDocument, customer: Customer) -> str | None:
        link = self._links.get(customer.id)
        if link is not None and link.gone is None:
            return CUSTOMER if wrong_currency(self._connection, document, link.currency) else None
        if customer.id in self._being_made:
            return None  # a person settled it: it goes with them
        asked = {customer.external_id, *_asked_about(document)} & self._asked
        if link is not None or asked:
            return CUSTOMER
        if self._depends_on_others(customer):
            return LOOKED_FOR
        decision = match_customer(customer.name, document.currency, self._there, self._taken)
        if isinstance(decision, Found):
            return None
        return CUSTOMER if isinstance(decision, Ask) else NEW

    def _depends_on_others(self, customer: Customer) -> bool:
        """Tell whether only the push finds out: parts of others, namesakes, two currencies."""
        several = self._connection.multicurrency and self._currencies[customer.id] > 1
        return customer.parent_id is not None or several or self._alike[name_key(customer.name)] > 1


def _asked_about(document: SalesDocument) -> set[str]:
    missing = (document.problem or {}).get("missing") or ()
    return {one["code"] for one in missing if one["kind"] == CUSTOMER}


def _settled(connection: Connection, codes: Collection[str]) -> set[str]:
    """Return who was asked about and is settled by now, or is being made there."""
    rows = db.session.scalars(
        select(Customer.external_id).where(
            Customer.workspace_id == connection.workspace_id,
            Customer.external_id.in_(codes),
            linked(connection.id) | being_made(connection.id),
        )
    )
    return set(rows)


def _links(connection: Connection, customer_ids: Iterable[int]) -> dict[int, CustomerLink]:
    rows = db.session.scalars(
        select(CustomerLink).where(
            CustomerLink.connection_id == connection.id,
            CustomerLink.customer_id.in_(customer_ids),
        )
    )
    return {row.customer_id: row for row in rows}


def _being_made(connection: Connection, customer_ids: Iterable[int]) -> set[int]:
    return set(
        db.session.scalars(
            select(Push.document_id).where(
                Push.connection_id == connection.id,
                Push.document_kind == DocumentKind.CUSTOMER,
                Push.document_id.in_(customer_ids),
                Push.state.not_in(FINISHED),
            )
        )
    )
