"""Send what billing changed of a customer because somebody asks for it."""

from __future__ import annotations

from app import queue
from app.extensions import db
from app.usecases.audit import audit
from app.usecases.customers.choice_rules import By, ChoiceRefused
from app.usecases.push.customer_pushes import want_change
from app.usecases.push.links import customer_link_of


def send_changes(connection_id: int, customer_id: int, by: By) -> bool:
    """Intend to send what billing changed since it was last sent; False where that is nothing.

    Commits. Raises ChoiceRefused where nobody there is linked, or the link cannot be used.
    """
    link = customer_link_of(connection_id, customer_id)
    if link is None or link.gone is not None:
        db.session.rollback()
        raise ChoiceRefused("Nobody there is linked. Choose who the customer is first.")
    wanted = want_change(link, by.now)
    if wanted:
        audit(
            link.workspace_id,
            by.actor,
            "customer.send_changes",
            f"customer:{customer_id}",
            user_id=by.user_id,
            connection_id=connection_id,
        )
    db.session.commit()
    if wanted:
        queue.wake(connection_id)
    return wanted
