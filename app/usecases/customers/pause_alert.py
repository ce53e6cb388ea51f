"""Let an alert about a customer rest, and let it ring again."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.models import Customer, PausedAlert
from app.usecases.audit import audit

# So long it rests at the most; it rings before that when it has something else to say.
RESTS = timedelta(days=30)


def pause_alert(
    customer: Customer, kind: str, said: str, day: date, actor: str, user_id: int
) -> date:
    """Let an alert that says this rest from a day on; returns until when. Commits."""
    values = {"said": said, "until": day + RESTS, "paused_by": actor}
    row = insert(PausedAlert).values(
        workspace_id=customer.workspace_id, customer_id=customer.id, kind=kind, **values
    )
    db.session.execute(
        row.on_conflict_do_update(index_elements=["customer_id", "kind"], set_=values)
    )
    _note(customer, "customer.pause_alert", actor, user_id, alert=said)
    return day + RESTS


def resume_alert(customer: Customer, kind: str, actor: str, user_id: int) -> None:
    """Let an alert ring again; nothing happens where it does. Commits."""
    of_this = (PausedAlert.customer_id == customer.id, PausedAlert.kind == kind)
    said = db.session.scalar(delete(PausedAlert).where(*of_this).returning(PausedAlert.said))
    if said is not None:
        _note(customer, "customer.resume_alert", actor, user_id, alert=said)


def _note(customer: Customer, action: str, actor: str, user_id: int, **detail: str) -> None:
    about = f"customer:{customer.id}"
    audit(customer.workspace_id, actor, action, about, user_id=user_id, **detail)
    db.session.commit()
