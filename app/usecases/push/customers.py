"""Settle which ledger customer each invoice is for: known link, one name query for all, create."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from app.domain.customer import DEEPEST, name_key, said_of
from app.domain.matching import Ask, Candidate, Found, match_customer
from app.domain.states import PushState
from app.extensions import db
from app.ledgers.interface import Ledger
from app.models import Connection, Customer, CustomerLink, Push, SalesDocument
from app.usecases.company.exclusive import in_turn
from app.usecases.push.claim import LEASE
from app.usecases.push.customer_pushes import creation
from app.usecases.push.namesakes import Namesakes
from app.usecases.push.refused_customers import block_invoices
from app.usecases.push.run import run_under_way
from app.usecases.push.translate import to_customer
from app.usecases.push.unknown import (
    NEEDS_CUSTOMER,
    Unknown,
    being_made,
    family_of,
    levels_above,
    linked,
)


@dataclass(slots=True)
class Settled:
    """What came of the unknown customers.

    push_ids, names: the creations made. deferred: somebody waits for whom they are a part of.
    """

    push_ids: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    deferred: bool = False


def settle(
    unknown: Sequence[Unknown],
    namesakes: Namesakes,
    connection_id: int,
    push_ids: Sequence[int],
    ledger: Ledger,
    worker: str,
    now: datetime,
) -> Settled:
    """Link, create or ask for each unknown customer; commits.

    A creation is a push like any other: its body and key are stored here, before it is sent.
    """
    # Else a person who settles one of them meanwhile would find nothing to release yet.
    in_turn("judge_readiness", connection_id)
    connection = db.session.get_one(Connection, connection_id)
    left = _still_unknown(connection_id, unknown)
    parents = _linked_parents(connection_id, left)
    table = _Table(connection, parents, namesakes, push_ids, ledger, worker, now)
    for one in left:
        table.settle(one)
    db.session.flush()
    settled = Settled([push.id for push in table.made], table.names, table.deferred)
    db.session.commit()
    return settled


def _still_unknown(connection_id: int, unknown: Sequence[Unknown]) -> list[Unknown]:
    left = set(
        db.session.scalars(
            select(Customer.id).where(
                Customer.id.in_([one.customer_id for one in unknown]),
                ~linked(connection_id),
                ~being_made(connection_id),
            )
        )
    )
    return [one for one in unknown if one.customer_id in left]


def _linked_parents(connection_id: int, unknown: Sequence[Unknown]) -> dict[int, str]:
    rows = db.session.execute(
        select(CustomerLink.customer_id, CustomerLink.ledger_id).where(
            CustomerLink.connection_id == connection_id,
            CustomerLink.customer_id.in_([one.parent_id for one in unknown if one.parent_id]),
            CustomerLink.gone.is_(None),
        )
    )
    return {row[0]: row[1] for row in rows}


class _Table:
    """Everything that one round of settling needs to know, and what it did so far."""

    def __init__(
        self,
        connection: Connection,
        parents: dict[int, str],
        namesakes: Namesakes,
        push_ids: Sequence[int],
        ledger: Ledger,
        worker: str,
        now: datetime,
    ) -> None:
        self.connection = connection
        self.namesakes = namesakes
        self.push_ids = push_ids
        self.ledger = ledger
        self.worker = worker
        self.now = now
        self.parents = parents
        self.taken = set(
            db.session.scalars(
                select(CustomerLink.ledger_id).where(CustomerLink.connection_id == connection.id)
            )
        )
        self.candidates = [
            Candidate(c.ledger_id, c.answers or c.name, c.active, c.currency, c.parent_id)
            for c in namesakes.there
        ]
        self.run_id = run_under_way(connection.workspace_id, connection.id, now)
        self.made: list[Push] = []
        self.names: list[str] = []
        self.asked: set[int] = set()
        self.deferred = False

    def settle(self, one: Unknown) -> None:
        """Link, create, ask, or leave for the next round."""
        if one.parent_id is not None and one.gone is None:
            if one.parent_id in self.asked:
                self.asked.add(one.customer_id)  # their invoices wait with the parent's question
                return
            if levels_above(one.customer_id) >= DEEPEST:
                self._ask(one, f"{one.name} is nested more than {DEEPEST} customers deep.")
                return
            if self._parent_id(one) is None:
                self.deferred = True
                return
        reason = self._in_the_way(one)
        if reason is not None:
            self._ask(one, reason)
            return
        decision = match_customer(
            one.name, one.currencies[0], self.candidates, self.taken, self._parent_id(one)
        )
        if isinstance(decision, Found):
            self._link(one, decision)
        elif isinstance(decision, Ask):
            self._ask(one, decision.reason)
        elif name_key(one.name) in map(name_key, self.names):
            self._ask(one, f"Billing has two customers called {one.name}.")
        else:
            self._create(one)

    def _in_the_way(self, one: Unknown) -> str | None:
        if one.gone is not None:
            return one.gone
        refusal = self.namesakes.refusal_of(one.name)
        if refusal is not None:
            return f"Looking for the customer {one.name} was refused: {refusal}"
        if self.connection.multicurrency and len(one.currencies) > 1:
            several = " and ".join(one.currencies)
            return f"{one.name} is billed in {several}, and a customer there has one currency."
        return None

    def _parent_id(self, one: Unknown) -> str | None:
        return self.parents.get(one.parent_id or 0)

    def _link(self, one: Unknown, found: Found) -> None:
        self.taken.add(found.ledger_id)
        there = next(c for c in self.candidates if c.ledger_id == found.ledger_id)
        customer = db.session.get_one(Customer, one.customer_id)
        db.session.add(
            CustomerLink(
                workspace_id=self.connection.workspace_id,
                connection_id=self.connection.id,
                customer_id=one.customer_id,
                ledger_id=found.ledger_id,
                ledger_name=found.name,
                how="found",
                currency=there.currency,
                sent=said_of(to_customer(customer)),
            )
        )
        self.parents[one.customer_id] = found.ledger_id

    def _create(self, one: Unknown) -> None:
        customer = db.session.get_one(Customer, one.customer_id)
        try:
            push = creation(
                self.connection,
                customer,
                self.ledger,
                self.now,
                currency=one.currencies[0],
                parent_ledger_id=self._parent_id(one),
            )
        except ValueError as error:  # else one name would stop the whole company, unheard
            self._ask(one, str(error))
            return
        push.state = PushState.PUSHING
        push.claimed_by, push.claimed_until = self.worker, self.now + LEASE
        push.run_id = self.run_id
        db.session.add(push)
        self.made.append(push)
        self.names.append(one.name)

    def _ask(self, one: Unknown, reason: str) -> None:
        """Let this customer's invoices wait, and those of their parts, until a person decided."""
        self.asked.add(one.customer_id)
        theirs = db.session.scalars(
            select(Push.id)
            .join(SalesDocument, SalesDocument.id == Push.document_id)
            .join(Customer, Customer.id == SalesDocument.customer_id)
            .where(
                Push.id.in_(self.push_ids),
                *NEEDS_CUSTOMER,
                Push.state == PushState.PUSHING,
                Push.body.is_(None),
                SalesDocument.customer_id.in_(family_of(one.customer_id)),
                ~linked(self.connection.id),
            )
        ).all()
        block_invoices(theirs, one.customer_id, reason)
