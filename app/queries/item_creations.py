"""Items that people asked to be made in a ledger, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from app.domain.item_wish import ItemWish
from app.domain.states import FINISHED, DocumentKind, PushState
from app.extensions import db
from app.models import Connection, Push, Service


@dataclass(frozen=True, slots=True)
class Creation:
    """The newest creation of a service's item; problem: as stored, where it was refused."""

    code: str
    service: str
    wish: ItemWish
    state: str
    problem: dict[str, Any] | None
    asked_at: datetime
    finished_at: datetime | None

    @property
    def under_way(self) -> bool:
        """Tell whether it is still to come."""
        return self.state not in FINISHED

    @property
    def refused(self) -> bool:
        """Tell whether nothing came of it."""
        return self.state == PushState.CANCELLED and self.problem is not None


def creations(connection: Connection, codes: Sequence[str] | None = None) -> dict[str, Creation]:
    """Return the newest creation of each service, by its code; of these codes where given."""
    newest = (
        select(Push, Service)
        .join(Service, Service.id == Push.document_id)
        .where(Push.connection_id == connection.id, Push.document_kind == DocumentKind.ITEM)
        .ext(distinct_on(Push.document_id))
        .order_by(Push.document_id, Push.id.desc())
    )
    if codes is not None:
        newest = newest.where(Service.code.in_(codes))
    return {
        service.code: Creation(
            code=service.code,
            service=service.name,
            wish=ItemWish.from_json(push.asked or {}),
            state=push.state,
            problem=push.problem,
            asked_at=push.created_at,
            finished_at=push.finished_at,
        )
        for push, service in db.session.execute(newest)
    }


def shown(one: Creation) -> dict[str, Any]:
    """Return a creation as commands and the API show it."""
    state = "waiting" if one.under_way else "refused" if one.refused else "created"
    return {
        "service": one.code,
        "name": one.wish.name,
        "income_account": one.wish.account_name,
        "state": state,
        "asked_by": one.wish.asked_by,
        "asked_at": one.asked_at.astimezone(UTC).isoformat(timespec="seconds"),
        "problem": one.problem if state != "created" else None,
    }
