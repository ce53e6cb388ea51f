"""Note what came from billing, taken or refused; inside the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.models import InboundEvent, SalesDocument

SOURCE = "billing"
# Whoever has no secret may fill the log with this many refusals a minute, with bodies this long.
_REFUSALS_A_MINUTE = 60
_UNVERIFIED_BODY = 16 * 1024
_LONGEST_REASON = 2000  # characters; every line of an invoice may have something wrong with it


@dataclass(frozen=True, slots=True)
class Delivery:
    """One body as it arrived; event_id is empty when it had none that can be kept."""

    workspace_id: int
    event_id: str
    raw: bytes | None
    address: str | None
    now: datetime


def note(delivery: Delivery, type_: str) -> int | None:
    """Keep the event; None when its id is here already, also when it came this very moment.

    PostgreSQL waits here for another transaction with the same id to end.
    """
    noted: int | None = db.session.scalar(
        insert(InboundEvent)
        .values(**_columns(delivery), type=type_, status="accepted")
        .on_conflict_do_nothing()
        .returning(InboundEvent.id)
    )
    return noted


def conclude(
    noted: int, status: str, reason: str | None, invoice: SalesDocument | None = None
) -> None:
    """Say what became of a noted event."""
    db.session.execute(
        update(InboundEvent)
        .where(InboundEvent.id == noted)
        .values(
            status=status,
            reason=reason,
            subject=f"{invoice.kind}:{invoice.id}" if invoice else None,
            connection_id=invoice.connection_id if invoice else None,
        )
    )


def earlier(delivery: Delivery) -> InboundEvent | None:
    """Return the event of this id that was taken before; a refused one may come again."""
    return db.session.scalar(
        select(InboundEvent).where(
            InboundEvent.source == SOURCE,
            InboundEvent.workspace_id == delivery.workspace_id,
            InboundEvent.event_id == delivery.event_id,
            InboundEvent.status != "refused",
        )
    )


def note_refusal(delivery: Delivery, type_: str | None, reason: str) -> None:
    """Keep a body that was refused, and why."""
    refused = InboundEvent(
        **_columns(delivery), type=type_, status="refused", reason=reason[:_LONGEST_REASON]
    )
    db.session.add(refused)


def note_stranger(delivery: Delivery, reason: str) -> None:
    """Keep that somebody without a valid signature called.

    Anybody can: only so many a minute are kept, and no long body.
    """
    if _refused_lately(delivery) >= _REFUSALS_A_MINUTE:
        return
    short = delivery.raw is not None and len(delivery.raw) <= _UNVERIFIED_BODY
    raw = delivery.raw if short else None
    kept = Delivery(delivery.workspace_id, "", raw, delivery.address, delivery.now)
    note_refusal(kept, None, reason)


def _refused_lately(delivery: Delivery) -> int:
    found: int | None = db.session.scalar(
        select(func.count(InboundEvent.id)).where(
            InboundEvent.workspace_id == delivery.workspace_id,
            InboundEvent.received_at > delivery.now - timedelta(minutes=1),
            InboundEvent.status == "refused",
        )
    )
    return found or 0


def _columns(delivery: Delivery) -> dict[str, object]:
    return {
        "workspace_id": delivery.workspace_id,
        "source": SOURCE,
        "event_id": delivery.event_id or None,
        "received_at": delivery.now,
        "address": delivery.address,
        "raw": delivery.raw,
    }
