"""A push as a worker sends it: body and key stored, and what its answer is judged by."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from app.domain.crediting import ApplicationPlan
from app.domain.customer import NO_AIM, Aim
from app.domain.edited_there import Content
from app.domain.item_wish import ItemWish
from app.domain.matching import Document
from app.domain.states import DocumentKind, Operation
from app.ledgers.interface import Write


@dataclass(frozen=True, slots=True)
class Ready:
    """A push whose body and key are stored, with what is needed to judge the answer."""

    push_id: int
    document_id: int
    kind: DocumentKind
    operation: Operation
    revision: int  # that the body says; billing may have a newer one by the time of the answer
    key: str
    body: bytes
    attempts: int
    first_sent_at: datetime | None
    look_first: bool
    name: str  # the document's number, the customer's name
    ours: Document
    ledger_id: str | None = None
    known_total: Decimal | None = None  # what we last wrote: another total is somebody else's
    only_look: bool = False  # billing voided it: adopt it to void it, but never create it
    takes_back: bool = False  # a person undoes a run: paid or changed there means it stays
    aim: Aim = NO_AIM  # of a customer's push
    agreed: Content | None = None  # what the document said when nothing in it was unseen
    totals: Content = field(default_factory=dict)  # ours, beside what the body says
    claimed_by: str | None = None  # the worker that may send it
    known_version: str | None = None  # that the body says, where it changes what is there
    application: ApplicationPlan | None = None  # of a credit note to an invoice
    comes_off: Decimal | None = None  # of a credit note: on what it must come off first
    wish: ItemWish | None = None  # an item: what a person asked for
    left_before: bool = False  # the body is as old as its first try
    linked_before: str | None = None  # the ledger's id of what a disconnect unlinked it from

    @property
    def write(self) -> Write:
        """Return what goes to the ledger."""
        return Write(self.push_id, self.kind, self.operation, self.key, self.body)


def new_key() -> str:
    """Return a key no other document, ever, in any database of ours, has used: 32 characters."""
    return uuid4().hex
