"""Keep resolved tickets beside what a customer was invoiced; inside the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.billing.read_event import NotAcceptable
from app.domain.billing_event import TicketEvent
from app.domain.invoice import Customer as Told
from app.extensions import db
from app.models import Customer, Ticket
from app.usecases.mapping.register_codes import register_customer

_NAMELESS = "This customer never came before; say the name too, so that they can be kept."


def keep_ticket(workspace_id: int, event: TicketEvent, now: datetime) -> None:
    """Keep a ticket as it was last resolved. Raises NotAcceptable for a customer without a name."""
    values = {
        "number": event.number,
        "subject": event.subject,
        "customer_id": _customer_id(workspace_id, event, now),
        "resolved_at": event.resolved_at,
        "url": event.url,
    }
    new = insert(Ticket).values(workspace_id=workspace_id, external_id=event.external_id, **values)
    # An event that comes late must not put an older state over a newer one.
    db.session.execute(
        new.on_conflict_do_update(
            index_elements=["workspace_id", "external_id"],
            set_=values,
            where=Ticket.resolved_at <= event.resolved_at,
        )
    )


def _customer_id(workspace_id: int, event: TicketEvent, now: datetime) -> int:
    """Return whose ticket it is; who is known stays as billing described them."""
    known = db.session.scalar(
        select(Customer.id).where(
            Customer.workspace_id == workspace_id, Customer.external_id == event.customer_id
        )
    )
    if known is not None:
        return known
    if event.customer_name is None:
        raise NotAcceptable({"data.customer.name": _NAMELESS})
    return register_customer(workspace_id, Told(event.customer_id, event.customer_name), now)
