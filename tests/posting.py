"""Events on their way to billing, as clock and worker bring them, without clock and worker."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.models import Alert, EventEndpoint, OutboundDelivery, OutboundEvent
from app.usecases.events.deliver import deliver
from app.usecases.events.event_endpoints import add_endpoint
from app.usecases.events.hand_out import hand_out
from tests.builders import a_person, a_workspace
from tests.receiver import Receiver

NOW = datetime.now(UTC)


def a_told_workspace(slug: str = "northgate") -> int:
    """Make a workspace with somebody who gets e-mails; returns its id."""
    workspace = a_workspace(slug)
    a_person(workspace, "owner", f"priya@{slug}.example")
    db.session.commit()
    return workspace.id


def listen(workspace_id: int, receiver: Receiver, *types: str) -> int:
    made, _ = add_endpoint(workspace_id, receiver.url, types, actor="Priya Nair")
    return made.id


def happen(workspace_id: int, number: str, type_: str = "invoice.pushed") -> int:
    event = OutboundEvent(
        workspace_id=workspace_id,
        type=type_,
        subject=f"invoice:{number}",
        data={"number": number},
    )
    db.session.add(event)
    db.session.commit()
    return event.id


def post(endpoint: int, at: datetime = NOW, **more: Any) -> int:
    """Address what is new and send what is due, as clock and worker do."""
    hand_out(at)
    return deliver(endpoint, lambda: at, **more)


def stands(number: str) -> OutboundDelivery:
    return db.session.scalars(
        select(OutboundDelivery)
        .where(OutboundDelivery.subject == f"invoice:{number}")
        .order_by(OutboundDelivery.id.desc())
        .execution_options(populate_existing=True)
    ).first()  # type: ignore[return-value]


def of(number: int) -> EventEndpoint:
    return db.session.get_one(EventEndpoint, number, populate_existing=True)


def open_alarms() -> list[str]:
    return list(db.session.scalars(select(Alert.kind).where(Alert.closed_at.is_(None))))


def minutes(count: float) -> datetime:
    return NOW + timedelta(minutes=count)
