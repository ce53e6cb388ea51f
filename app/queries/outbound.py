"""What billing was told, and whether it heard; of the workspace entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    and_,
    func,
    literal,
    literal_column,
    select,
    union_all,
)

from app.domain.outbound import KEPT, DeliveryState
from app.extensions import db
from app.models import EventEndpoint, OutboundDelivery, OutboundEvent

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """What the page asks for; empty = all. before: the event the page begins behind."""

    state: str = ""
    type: str = ""
    endpoint: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One event on its way to one endpoint, or wanted by none."""

    event: OutboundEvent
    delivery: OutboundDelivery | None
    endpoint: EventEndpoint | None

    @property
    def state(self) -> str:
        """Return how far it has come."""
        return self.delivery.state if self.delivery else KEPT


def page(filters: Filters) -> tuple[Sequence[Told], int | None]:
    """Return the newest that match, and behind which event the next older page begins.

    An event and all its deliveries stand on one page.
    """
    ids = _ids(filters)
    rows = _told(ids[:SHOWN], _of_delivery(filters))
    return rows, ids[SHOWN - 1] if len(ids) > SHOWN else None


def told(event_id: int) -> Sequence[Told]:
    """Return one event of the workspace entered with each of its deliveries; or nothing."""
    return _told([event_id], [])


def _told(ids: Sequence[int], of_delivery: Sequence[ColumnElement[bool]]) -> list[Told]:
    rows = db.session.execute(
        select(OutboundEvent, OutboundDelivery, EventEndpoint)
        .outerjoin(
            OutboundDelivery,
            and_(OutboundDelivery.event_id == OutboundEvent.id, *of_delivery),
        )
        .outerjoin(EventEndpoint, EventEndpoint.id == OutboundDelivery.endpoint_id)
        .where(OutboundEvent.id.in_(ids))
        .order_by(OutboundEvent.id.desc(), OutboundDelivery.endpoint_id)
    ).all()
    return [Told(*row) for row in rows]


def _ids(filters: Filters) -> list[int]:
    """Return the numbers of the newest events that match; one more tells of an older page."""
    query = select(OutboundEvent.id).order_by(OutboundEvent.id.desc()).limit(SHOWN + 1)
    if filters.type:
        query = query.where(OutboundEvent.type == filters.type)
    if filters.before:
        query = query.where(OutboundEvent.id < filters.before)
    delivery = select(OutboundDelivery.id).where(OutboundDelivery.event_id == OutboundEvent.id)
    if filters.state == KEPT:
        query = query.where(~delivery.exists())
    elif filters.state or filters.endpoint:
        query = query.where(delivery.where(*_of_delivery(filters)).exists())
    return list(db.session.scalars(query))


def _of_delivery(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.state and filters.state != KEPT:
        conditions.append(OutboundDelivery.state == filters.state)
    if filters.endpoint:
        conditions.append(OutboundDelivery.endpoint_id == filters.endpoint)
    return conditions


def endpoints() -> Sequence[EventEndpoint]:
    """Return the endpoints in use or switched off, the oldest first."""
    return db.session.scalars(
        select(EventEndpoint).where(EventEndpoint.removed_at.is_(None)).order_by(EventEndpoint.id)
    ).all()


def endpoint(number: int) -> EventEndpoint | None:
    """Return an endpoint of the workspace entered."""
    return db.session.scalar(
        select(EventEndpoint).where(EventEndpoint.id == number, EventEndpoint.removed_at.is_(None))
    )


def delivery(number: int) -> OutboundDelivery | None:
    """Return a delivery of the workspace entered, to an endpoint that is still there."""
    return db.session.scalar(
        select(OutboundDelivery)
        .join(EventEndpoint, EventEndpoint.id == OutboundDelivery.endpoint_id)
        .where(OutboundDelivery.id == number, EventEndpoint.removed_at.is_(None))
    )


def _how_many(state: DeliveryState) -> ScalarSelect[int]:
    return (
        select(func.count(OutboundDelivery.id))
        .where(
            OutboundDelivery.endpoint_id == EventEndpoint.id,
            OutboundDelivery.state == literal_column(f"'{state.value}'"),
        )
        .correlate(EventEndpoint)
        .scalar_subquery()
    )


def open_counts() -> dict[tuple[int, str], int]:
    """Return how much waits and how much was given up, by endpoint and state."""
    # Each state for itself, at each endpoint: so both are read from the small indexes of theirs.
    of_state = [
        select(EventEndpoint.id, literal(state.value), _how_many(state)).where(
            EventEndpoint.removed_at.is_(None)
        )
        for state in (DeliveryState.WAITING, DeliveryState.GIVEN_UP)
    ]
    together = union_all(*(each.subquery().select() for each in of_state)).subquery()
    rows = db.session.execute(select(together))
    return {(row[0], row[1]): row[2] for row in rows}
