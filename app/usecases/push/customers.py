"""Settle which ledger customer each invoice is for: known link, one name query for all, create."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from app.domain.matching import Ask, Candidate, Create, Found, match_customer
from app.domain.problem import Missing
from app.domain.readiness import problem_of
from app.domain.states import DocumentKind, Lane, Operation, PushState
from app.extensions import db
from app.ledgers.interface import Ledger
from app.models import Connection, Customer, CustomerLink, Push, SalesDocument
from app.usecases.push.claim import LEASE, lock
from app.usecases.push.judge import block
from app.usecases.push.namesakes import Namesakes
from app.usecases.push.ready import customer_plan, new_key
from app.usecases.push.run import run_under_way
from app.usecases.push.unknown import NEEDS_CUSTOMER, Unknown

_ON_ITS_WAY = (PushState.WAITING, PushState.PUSHING)


def settle(
    unknown: Sequence[Unknown],
    namesakes: Namesakes,
    connection_id: int,
    push_ids: Sequence[int],
    ledger: Ledger,
    worker: str,
    now: datetime,
) -> list[int]:
    """Link, create or ask for each unknown customer; returns the creations' push ids; commits.

    A creation is a push like any other: its body and key are stored here, before it is sent.
    """
    connection = db.session.get_one(Connection, connection_id)
    taken = set(
        db.session.scalars(
            select(CustomerLink.ledger_id).where(CustomerLink.connection_id == connection_id)
        )
    )
    run_id = run_under_way(connection.workspace_id, connection_id, now)
    candidates = [
        Candidate(c.ledger_id, c.answers or c.name, c.active, c.currency) for c in namesakes.there
    ]
    made, names = [], set()
    for one in unknown:
        refusal = namesakes.refusal_of(one.name)
        if refusal is not None:
            _ask(push_ids, one, f"Looking for the customer {one.name} was refused: {refusal}")
            continue
        decision = match_customer(one.name, one.currency, candidates, taken)
        if isinstance(decision, Create) and one.name.casefold() in names:
            decision = Ask(f"Billing has two customers called {one.name}.")
        if isinstance(decision, Found):
            taken.add(decision.ledger_id)
            _link(connection, one, decision)
        elif isinstance(decision, Create):
            try:
                creation = _creation(connection, one, ledger, worker, now)
            except ValueError as error:  # else one name would stop the whole company, unheard
                _ask(push_ids, one, str(error))
                continue
            names.add(one.name.casefold())
            creation.run_id = run_id
            made.append(creation)
        else:
            _ask(push_ids, one, decision.reason)
    db.session.flush()
    ids = [push.id for push in made]
    db.session.commit()
    return ids


def _link(connection: Connection, one: Unknown, found: Found) -> None:
    db.session.add(
        CustomerLink(
            workspace_id=connection.workspace_id,
            connection_id=connection.id,
            customer_id=one.customer_id,
            ledger_id=found.ledger_id,
            ledger_name=found.name,
            how="found",
        )
    )


def _creation(
    connection: Connection, one: Unknown, ledger: Ledger, worker: str, now: datetime
) -> Push:
    customer = db.session.get_one(Customer, one.customer_id)
    plan = customer_plan(customer, one.currency if connection.multicurrency else None)
    push = Push(
        workspace_id=connection.workspace_id,
        connection_id=connection.id,
        document_kind=DocumentKind.CUSTOMER,
        document_id=one.customer_id,
        operation=Operation.CREATE,
        revision=1,
        state=PushState.PUSHING,
        lane=Lane.CUSTOMERS,
        due_at=now,
        claimed_by=worker,
        claimed_until=now + LEASE,
        attempts=0,
        key=new_key(),
        body=ledger.build(DocumentKind.CUSTOMER, Operation.CREATE, plan),
        look_first=False,
    )
    db.session.add(push)
    return push


def _ask(push_ids: Sequence[int], one: Unknown, reason: str) -> None:
    """Let this customer's invoices wait until a person decided."""
    theirs = db.session.scalars(
        select(Push.id)
        .join(SalesDocument, SalesDocument.id == Push.document_id)
        .where(
            Push.id.in_(push_ids),
            *NEEDS_CUSTOMER,
            Push.state == PushState.PUSHING,
            Push.body.is_(None),
            SalesDocument.customer_id == one.customer_id,
        )
    ).all()
    _block_for_customer(theirs, reason)


def _block_for_customer(push_ids: Sequence[int], reason: str) -> None:
    for push, invoice in lock(push_ids):
        if invoice is None or push.state not in _ON_ITS_WAY:
            continue  # somebody held it or opted it out before we had the lock
        missing = Missing("customer", invoice.customer.external_id, invoice.customer.name)
        problem = problem_of((missing,))
        block(push, invoice, replace(problem, title=reason))


def without_customer(push_ids: Sequence[int]) -> list[int]:
    """Block claimed invoices whose customer was refused; returns those that may wait; commits.

    An invoice may wait while its customer's creation is under way, or just done.
    """
    may_wait = []
    for push, invoice in lock(push_ids):
        if invoice is None or push.state != PushState.PUSHING or push.body is not None:
            continue
        creation = _last_creation(push.connection_id, invoice.customer_id)
        if creation is not None and creation.state == PushState.CANCELLED:
            _block_for_customer([push.id], _why(creation))
        else:
            may_wait.append(push.id)
    db.session.commit()
    return may_wait


def block_invoices_of(creation: Push) -> None:
    """Block every invoice that waited for a customer whose creation ended without one; no commit.

    Else the next claim would create the customer anew, and nobody would ever hear of it.
    """
    waiting = db.session.scalars(
        select(Push.id)
        .join(SalesDocument, SalesDocument.id == Push.document_id)
        .where(
            Push.connection_id == creation.connection_id,
            SalesDocument.customer_id == creation.document_id,
            *NEEDS_CUSTOMER,
            Push.state.in_(_ON_ITS_WAY),
            Push.body.is_(None),
        )
        .order_by(Push.id)
    ).all()
    _block_for_customer(waiting, _why(creation))


def _why(creation: Push) -> str:
    problem = creation.problem or {}
    return problem.get("title") or "The customer was refused."


def _last_creation(connection_id: int, customer_id: int) -> Push | None:
    return db.session.scalar(
        select(Push)
        .where(
            Push.connection_id == connection_id,
            Push.document_kind == DocumentKind.CUSTOMER,
            Push.document_id == customer_id,
        )
        .order_by(Push.id.desc())
        .limit(1)
    )
