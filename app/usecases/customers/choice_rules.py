"""What a person may settle about a customer, and what stands in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select

from app.domain.states import FINISHED, SALES, ConnectionState, DocumentKind, PushState, SyncState
from app.extensions import db
from app.ledgers import LEDGERS
from app.ledgers.interface import LedgerCustomer
from app.models import Connection, Customer, CustomerLink, DocumentLink, Push, SalesDocument
from app.usecases.company.exclusive import in_turn
from app.usecases.push.claim import lock
from app.usecases.push.customer_pushes import open_push_of
from app.usecases.push.unknown import family_of


class ChoiceRefused(Exception):
    """Raised with a sentence when a choice cannot be done; nothing was changed."""


class AlreadyTaken(ChoiceRefused):
    """Raised when another customer of billing leads there, and nobody said that this is meant."""


@dataclass(frozen=True, slots=True)
class By:
    """Who chooses, and when."""

    actor: str
    user_id: int | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Ground:
    """A customer and a connection nobody else settles for; cancelled: a choice not sent yet."""

    connection: Connection
    customer: Customer
    cancelled: bool

    @property
    def ledger(self) -> str:
        """Return the ledger's name."""
        return LEDGERS[self.connection.provider].provider.name


def begin(connection_id: int, customer_id: int, now: datetime) -> Ground:
    """Take the turn at a customer, and withdraw what was chosen before and did not leave yet.

    Raises ChoiceRefused. The drain judges and settles in the same turn, so that what is settled
    here is either seen by it, or blocked already and released.
    """
    in_turn("judge_readiness", connection_id)
    connection = db.session.get_one(Connection, connection_id, populate_existing=True)
    if connection.state == ConnectionState.DISCONNECTED:
        raise ChoiceRefused("This connection was disconnected: nobody can be linked for it.")
    customer = db.session.get_one(Customer, customer_id, populate_existing=True)
    push = open_push_of(connection_id, customer_id)
    if push is not None:
        if push.state == PushState.PUSHING or push.first_sent_at is not None or push.key_used:
            raise ChoiceRefused("It is on its way there just now. Look again in a minute.")
        push.state, push.finished_at = PushState.CANCELLED, now
        push.problem = None
        db.session.flush()  # the next push of this customer needs the place
    return Ground(connection, customer, push is not None)


def refuse_currency(ground: Ground, there: LedgerCustomer) -> None:
    """Raise ChoiceRefused where none of the invoices that wait has the customer's currency."""
    waiting = waiting_currencies(ground.connection.id, ground.customer)
    known = there.currency
    if ground.connection.multicurrency and known and waiting and known not in waiting:
        raise ChoiceRefused(
            f"{there.name} is kept in {known} and the invoices are in {' and '.join(waiting)}."
            f" A {ground.ledger} customer has one currency. Choose another, or create one."
        )


def refuse_taken(ground: Ground, there: LedgerCustomer, *, confirmed: bool) -> None:
    """Raise AlreadyTaken where another customer of billing leads there and nobody confirmed it."""
    other = db.session.scalar(
        select(Customer.name)
        .join(CustomerLink, CustomerLink.customer_id == Customer.id)
        .where(
            CustomerLink.connection_id == ground.connection.id,
            CustomerLink.ledger_id == there.ledger_id,
            CustomerLink.customer_id != ground.customer.id,
        )
        .limit(1)
    )
    if other is not None and not confirmed:
        raise AlreadyTaken(
            f"Billing’s customer {other} goes to {there.name} already. Tick the box if both are"
            " the same, and press again."
        )


def currency_for(ground: Ground, chosen: str | None) -> str:
    """Return the currency in which to create a customer. Raises ChoiceRefused."""
    waiting = waiting_currencies(ground.connection.id, ground.customer)
    if chosen is not None and chosen in waiting:
        return chosen
    if ground.connection.multicurrency and len(waiting) > 1:
        raise ChoiceRefused(
            f"The invoices are in {' and '.join(waiting)}, and a {ground.ledger} customer has one"
            " currency. Choose which."
        )
    return waiting[0] if waiting else ground.connection.home_currency


def waiting_currencies(connection_id: int, customer: Customer) -> Sequence[str]:
    """Return the currencies of the invoices that wait for a customer to be settled."""
    return db.session.scalars(
        select(SalesDocument.currency)
        .where(
            SalesDocument.connection_id == connection_id,
            SalesDocument.sync_state == SyncState.BLOCKED,
            SalesDocument.problem["missing"].contains(
                [{"kind": "customer", "code": customer.external_id}]
            ),
        )
        .distinct()
        .order_by(SalesDocument.currency)
    ).all()


def parent_ledger_id(ground: Ground) -> str | None:
    """Return whose part the customer is there; raises ChoiceRefused where that is not settled."""
    parent = ground.customer.parent
    if parent is None:
        return None
    ledger_id = db.session.scalar(
        select(CustomerLink.ledger_id).where(
            CustomerLink.connection_id == ground.connection.id,
            CustomerLink.customer_id == parent.id,
            CustomerLink.gone.is_(None),
        )
    )
    if ledger_id is None:
        raise ChoiceRefused(f"They are a part of {parent.name}. Settle who that is first.")
    return ledger_id


def may_take_back(connection: Connection, customer: Customer, link: CustomerLink | None) -> bool:
    """Tell whether a person's choice can still be taken back: nothing of it was sent."""
    if link is not None and link.set_by is not None:
        return not anything_sent(connection, customer, link.set_at)
    push = db.session.scalar(
        select(Push.id).where(
            Push.connection_id == connection.id,
            Push.document_kind == DocumentKind.CUSTOMER,
            Push.document_id == customer.id,
            Push.state == PushState.WAITING,
            ~Push.key_used,
            Push.aim["name"].astext.is_not(None),  # only a person's choice names somebody
        )
    )
    return push is not None and not anything_sent(connection, customer, None)


def anything_sent(connection: Connection, customer: Customer, since: datetime | None) -> bool:
    """Tell whether a document of the customer left, or may be leaving, since a choice was made."""
    family = family_of(customer.id)
    leaving = exists().where(
        Push.connection_id == connection.id,
        Push.document_kind.in_(SALES),
        Push.document_id == SalesDocument.id,
        SalesDocument.customer_id.in_(family),
        Push.state.not_in(FINISHED),
        (Push.state == PushState.PUSHING) | Push.key_used | Push.first_sent_at.is_not(None),
    )
    booked = exists().where(
        DocumentLink.connection_id == connection.id,
        DocumentLink.document_kind.in_(SALES),
        DocumentLink.document_id == SalesDocument.id,
        SalesDocument.customer_id.in_(family),
        DocumentLink.pushed_at >= since if since is not None else DocumentLink.id < 0,
    )
    return bool(db.session.scalar(select(leaving | booked)))


def wait_again(ground: Ground) -> None:
    """Let the invoices of a customer wait for the same question as before the choice."""
    open_pushes = db.session.scalars(
        select(Push.id)
        .join(SalesDocument, SalesDocument.id == Push.document_id)
        .where(
            Push.connection_id == ground.connection.id,
            Push.document_kind.in_(SALES),
            Push.state == PushState.WAITING,
            SalesDocument.customer_id.in_(family_of(ground.customer.id)),
        )
        .order_by(Push.id)
    ).all()
    for push, invoice in lock(open_pushes):
        if invoice is None or push.state != PushState.WAITING:
            continue
        push.body = push.key = None  # they name who was chosen
        if any(one["kind"] == "customer" for one in (invoice.problem or {}).get("missing") or ()):
            push.state, invoice.sync_state = PushState.BLOCKED, SyncState.BLOCKED
