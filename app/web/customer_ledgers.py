"""What a customer's page says of each ledger: who they are there, what waits, what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.customer import FIELD_WORDS, FIELDS, changed_since
from app.domain.matching import Found
from app.domain.states import FINISHED, Operation, PushState
from app.domain.wording import listed
from app.models import Connection, Customer, CustomerLink, Push
from app.queries import customer_choices as queries
from app.queries.customer_choices import Asked
from app.queries.mappings import live_connections
from app.queries.matched_customers import matched_by_name
from app.usecases.customers.choice_rules import may_take_back
from app.usecases.push.translate import to_customer
from app.web.presentation import ledger_name


@dataclass(frozen=True, slots=True)
class InLedger:
    """A customer of billing in one ledger."""

    connection: Connection
    customer: Customer
    asked: Asked
    link: CustomerLink | None
    push: Push | None  # the newest
    may_undo: bool

    @property
    def under_way(self) -> bool:
        """Tell whether something is on its way to the ledger."""
        return self.push is not None and self.push.state not in FINISHED

    @property
    def changed(self) -> str:
        """Return in words what billing changed since the ledger was last told."""
        if self.link is None or self.link.gone is not None or self.link.sent is None:
            return ""
        changed = changed_since(self.link.sent, to_customer(self.customer))
        return listed([FIELD_WORDS[name] for name in FIELDS if name in changed])

    @property
    def said(self) -> str:
        """Return what is to be known of the last change that was sent, or was not taken."""
        if self.push is None or self.push.operation != Operation.UPDATE:
            return ""
        problem = self.push.problem or {}
        if self.push.state == PushState.CANCELLED and problem.get("title"):
            return f"The last change was not taken: {problem['title']}"
        return self.push.note or ""


def ledgers_of(customer: Customer) -> Sequence[InLedger]:
    """Return the customer in each connection in use."""
    return [_in(connection, customer) for connection in live_connections()]


def by_name(customers: Mapping[int, str]) -> Mapping[int, list[str]]:
    """Say of customers, by id, who they probably are in each ledger that no link leads to yet."""
    said: dict[int, list[str]] = {}
    for connection in live_connections():
        ledger = ledger_name(connection.provider)
        for number, found in matched_by_name(connection, customers).items():
            if isinstance(found, Found):
                words = f"In {ledger}: {found.name} (matched by name, not linked yet)"
            else:
                words = f"In {ledger}: {found.reason} Left to you."
            said.setdefault(number, []).append(words)
    return said


def _in(connection: Connection, customer: Customer) -> InLedger:
    link = queries.link_in(connection, customer)
    return InLedger(
        connection,
        customer,
        queries.asked_of(connection, customer),
        link,
        queries.newest_push(connection, customer),
        may_take_back(connection, customer, link),
    )
