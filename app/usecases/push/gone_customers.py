"""Turn a customer that is gone from the ledger into a question, and follow where it went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from app.domain.states import SALES, PushState, SyncState
from app.extensions import db
from app.ledgers.errors import CustomerGone
from app.ledgers.interface import LedgerCustomer
from app.models import Customer, CustomerLink, Push, SalesDocument
from app.usecases.audit import audit
from app.usecases.company.exclusive import in_turn
from app.usecases.push.claim import lock
from app.usecases.push.customer_words import block_for
from app.usecases.push.links import customer_link_of
from app.usecases.push.look_customer import CUSTOMER_GONE, gone_words


def customer_gone(
    push: Push, invoice: SalesDocument, error: CustomerGone, named: str | None, now: datetime
) -> None:
    """Let an invoice wait whose customer is gone there, and all others with it; no commit.

    named: the customer its body was for. Where the link leads to another by now, it goes again.
    """
    link = customer_link_of(push.connection_id, invoice.customer_id)
    if link is not None and link.gone is None and link.ledger_id != named:
        push.state, push.due_at = PushState.WAITING, now
        push.claimed_by = push.claimed_until = push.problem = None
        invoice.sync_state, invoice.problem = SyncState.WAITING, None
        return
    reason = f"The customer “{invoice.customer.name}” cannot be used there any more."
    if error.code == CUSTOMER_GONE and error.message:
        reason = error.message  # our own look found out why
    if link is not None:
        link.gone = reason
    said = {"ledger_message": error.message, "ledger_request_id": error.request_id}
    block_for(push, invoice, invoice.customer, reason, said)


def release_customer(connection_id: int, customer: Customer, now: datetime) -> Sequence[int]:
    """Let everything that waited for a customer to be settled go on; returns the pushes.

    Runs inside the caller's transaction, which took its turn at judging readiness; the caller
    commits, then wakes the connection.
    """
    waiting = db.session.scalars(
        select(Push.id)
        .join(SalesDocument, SalesDocument.id == Push.document_id)
        .where(
            Push.connection_id == connection_id,
            Push.document_kind.in_(SALES),
            Push.state == PushState.BLOCKED,
            SalesDocument.workspace_id == customer.workspace_id,
            SalesDocument.problem["missing"].contains(
                [{"kind": "customer", "code": customer.external_id}]
            ),
        )
        .order_by(Push.id)
    ).all()
    released = [pair for pair in lock(waiting) if pair[0].state == PushState.BLOCKED]
    for push, invoice in released:
        push.state, push.due_at = PushState.WAITING, now
        if invoice is not None:
            invoice.sync_state = SyncState.WAITING
    return [push.id for push, _ in released]


def follow_customers(connection_id: int, customers: Sequence[LedgerCustomer], now: datetime) -> int:
    """Bring links into step with what happened to their customers in the ledger; no commit.

    Returns how many invoices go on: the caller commits, then wakes the connection. Renamed: the
    link says so. Inactive or gone: their invoices become a question before they are sent. Active
    again: what waited goes on.
    """
    there = {customer.ledger_id: customer for customer in customers}
    released = 0
    if there:
        in_turn("judge_readiness", connection_id)
        links = db.session.scalars(
            select(CustomerLink)
            .where(
                CustomerLink.connection_id == connection_id,
                CustomerLink.ledger_id.in_(there),
            )
            .order_by(CustomerLink.id)
        ).all()
        for link in links:
            released += _follow(link, there[link.ledger_id], now)
    return released


def _follow(link: CustomerLink, there: LedgerCustomer, now: datetime) -> int:
    gone, released = gone_words(there), 0
    if link.gone is not None and gone is None:  # invoices first, as everybody locks them
        released = len(release_customer(link.connection_id, link.customer, now))
    link.gone = gone
    if not there.deleted:
        link.ledger_name = there.plain_name or link.ledger_name
        link.currency = there.currency or link.currency
    return released


def follow_merge(connection_id: int, absorbed_id: str, survivor_id: str, now: datetime) -> int:
    """Let links to a customer that was merged lead to the one it was merged into; no commit.

    Returns how many invoices go on. A notice tells it, and nothing else does: the change feed only
    says that the one is gone.
    """
    in_turn("judge_readiness", connection_id)
    links = db.session.scalars(
        select(CustomerLink)
        .where(CustomerLink.connection_id == connection_id, CustomerLink.ledger_id == absorbed_id)
        .order_by(CustomerLink.id)
    ).all()
    released = 0
    for link in links:
        released += len(release_customer(connection_id, link.customer, now))
        link.ledger_id, link.version, link.gone = survivor_id, None, None
        audit(
            link.workspace_id,
            "Ledgerbridge",
            "customer.merged_there",
            f"customer:{link.customer_id}",
            connection_id=connection_id,
            ledger_id=survivor_id,
            before=absorbed_id,
        )
    return released
