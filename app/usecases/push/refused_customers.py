"""Let invoices wait for a person where the ledger would not have their customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from app.domain.states import DocumentKind, Operation, PushState
from app.extensions import db
from app.models import Customer, CustomerLink, Push, SalesDocument
from app.usecases.company.exclusive import in_turn
from app.usecases.push.claim import lock
from app.usecases.push.customer_words import block_for
from app.usecases.push.unknown import NEEDS_CUSTOMER, family_of, linked

_ON_ITS_WAY = (PushState.WAITING, PushState.PUSHING)


def block_invoices(
    push_ids: Sequence[int], customer_id: int, reason: str, said: Mapping[str, Any] | None = None
) -> None:
    """Let pushes of invoices wait until it is settled who a customer is; the caller commits.

    said: parts of the ledger's own problem with the customer, by their names in Problem.
    """
    customer = db.session.get_one(Customer, customer_id)
    for push, invoice in lock(push_ids):
        if invoice is None or push.state not in _ON_ITS_WAY:
            continue  # somebody held it or opted it out before we had the lock
        block_for(push, invoice, customer, reason, said)


def without_customer(push_ids: Sequence[int], connection_id: int) -> list[int]:
    """Block claimed invoices whose customer was refused; returns those that may wait; commits.

    An invoice may wait while its customer's creation is under way, or just done.
    """
    in_turn("judge_readiness", connection_id)
    may_wait = []
    for push, invoice in lock(push_ids):
        if invoice is None or push.state != PushState.PUSHING or push.body is not None:
            continue
        making = _last_making(push.connection_id, invoice.customer_id)
        refused = making is not None and making.state == PushState.CANCELLED
        if making is not None and refused and not _is_linked(invoice, connection_id):
            block_invoices([push.id], invoice.customer_id, *_why(making))
        else:
            may_wait.append(push.id)
    db.session.commit()
    return may_wait


def _is_linked(invoice: SalesDocument, connection_id: int) -> bool:
    usable = select(CustomerLink.id).where(
        CustomerLink.connection_id == connection_id,
        CustomerLink.customer_id == invoice.customer_id,
        CustomerLink.gone.is_(None),
    )
    return db.session.scalar(usable) is not None


def block_invoices_of(creation: Push) -> None:
    """Block every invoice that waited for a customer whose creation ended without one; no commit.

    Else the next claim would create the customer anew, and nobody would ever hear of it.
    """
    waiting = db.session.scalars(
        select(Push.id)
        .join(SalesDocument, SalesDocument.id == Push.document_id)
        .join(Customer, Customer.id == SalesDocument.customer_id)
        .where(
            Push.connection_id == creation.connection_id,
            SalesDocument.customer_id.in_(family_of(creation.document_id)),
            ~linked(creation.connection_id),
            *NEEDS_CUSTOMER,
            Push.state.in_(_ON_ITS_WAY),
            Push.body.is_(None),
        )
        .order_by(Push.id)
    ).all()
    block_invoices(waiting, creation.document_id, *_why(creation))


def _why(creation: Push) -> tuple[str, dict[str, Any]]:
    """Return what the ledger's no to a customer says, for the invoices that wait for it."""
    problem = creation.problem or {}
    parts = ("what_to_do", "ledger_message", "ledger_request_id")
    said = {name: problem[name] for name in parts if problem.get(name)}
    return problem.get("title") or "The customer was refused.", said


def _last_making(connection_id: int, customer_id: int) -> Push | None:
    """Return the newest push that was to bring a customer about."""
    activates = Push.aim["activate"].as_boolean()
    return db.session.scalar(
        select(Push)
        .where(
            Push.connection_id == connection_id,
            Push.document_kind == DocumentKind.CUSTOMER,
            Push.document_id == customer_id,
            (Push.operation == Operation.CREATE) | activates,
        )
        .order_by(Push.id.desc())
        .limit(1)
    )
