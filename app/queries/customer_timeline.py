"""What happened with one customer: invoices, credit notes, what ledgers refused, tickets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.domain.states import NUMBERED, Operation, PushState, SyncState
from app.extensions import db
from app.models import Attempt, Customer, DocumentLink, Push, SalesDocument, Ticket

_REFUSED = (SyncState.FAILED, SyncState.DEAD)


@dataclass(frozen=True, slots=True)
class Told:
    """Billing's newest documents, where ledgers hold them, and what was refused of them.

    booked: what we had booked before a disconnect, by document; a link then tells the finding only.
    """

    documents: Sequence[SalesDocument]
    links: Sequence[tuple[DocumentLink, SalesDocument]]
    booked: Mapping[int, Push]
    refusals: Sequence[tuple[Attempt, SalesDocument]]


def told(customer: Customer, most: int) -> Told:
    """Return the newest invoices and credit notes and what became of them."""
    documents = db.session.scalars(
        select(SalesDocument)
        .where(SalesDocument.customer_id == customer.id, SalesDocument.kind.in_(NUMBERED))
        .order_by(SalesDocument.issue_date.desc(), SalesDocument.id.desc())
        .limit(most)
    ).all()
    by_id = {document.id: document for document in documents}
    links = db.session.scalars(
        select(DocumentLink).where(
            DocumentLink.document_kind.in_(NUMBERED), DocumentLink.document_id.in_(by_id)
        )
    )
    refused = db.session.execute(
        select(Attempt, Push.document_id)
        .join(Push, Push.id == Attempt.push_id)
        .where(
            Push.document_kind.in_(NUMBERED),
            Push.document_id.in_(by_id),
            Attempt.outcome.in_(_REFUSED),
        )
        .order_by(Attempt.started_at.desc())
        .limit(most)
    )
    return Told(
        documents,
        [(link, by_id[link.document_id]) for link in links],
        _booked([*by_id]),
        [(attempt, by_id[document_id]) for attempt, document_id in refused],
    )


def _booked(document_ids: Sequence[int]) -> dict[int, Push]:
    """Return the newest push of each document that wrote it into a ledger as a new one."""
    pushes = db.session.scalars(
        select(Push)
        .where(
            Push.document_kind.in_(NUMBERED),
            Push.document_id.in_(document_ids),
            Push.operation == Operation.CREATE,
            Push.state == PushState.DONE,
            Push.first_sent_at.is_not(None),
            Push.body.is_not(None),
        )
        .order_by(Push.id)
    )
    return {push.document_id: push for push in pushes}


def tickets(customer: Customer, most: int) -> Sequence[Ticket]:
    """Return the newest resolved tickets."""
    return db.session.scalars(
        select(Ticket)
        .where(Ticket.customer_id == customer.id)
        .order_by(Ticket.resolved_at.desc(), Ticket.id.desc())
        .limit(most)
    ).all()
