"""How far a workspace has come on its way to the first invoice in its ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select

from app.domain.going_live import BEFORE_START
from app.domain.money import round_money
from app.domain.sample import SAMPLE_ID
from app.domain.states import SyncState
from app.extensions import db
from app.models import Connection, HookSecret, InboundEvent, Invoice
from app.queries.arrived import not_ours, what_arrived
from app.queries.counts import in_ledger

# Refusals shown while somebody sets billing up: older ones are history.
_NEWEST = 3


@dataclass(frozen=True, slots=True)
class BillingHeard:
    """What came from billing: the first and the last event taken, and what was refused lately.

    codes: how many services and tax codes it has named.
    """

    first: datetime | None
    last: datetime | None
    count: int
    refused: Sequence[InboundEvent]
    secrets: int
    codes: int


@dataclass(frozen=True, slots=True)
class KeptOut:
    """Invoices that stay in billing because of their date."""

    count: int
    sums: dict[str, Decimal]


def billing_heard(workspace_id: int) -> BillingHeard:
    """Return what came from billing's door; the table is not scoped, so it is asked by name."""
    of_billing = InboundEvent.workspace_id == workspace_id, InboundEvent.source == "billing"
    first, last, count, secrets = db.session.execute(
        select(
            func.min(InboundEvent.received_at),
            func.max(InboundEvent.received_at),
            func.count(),
            select(func.count())
            .select_from(HookSecret)
            .where(HookSecret.revoked_at.is_(None))
            .scalar_subquery(),
        ).where(*of_billing, InboundEvent.status != "refused", not_ours())
    ).one()
    refused = db.session.scalars(
        select(InboundEvent)
        .where(*of_billing, InboundEvent.status == "refused")
        .order_by(InboundEvent.received_at.desc())
        .limit(_NEWEST)
    ).all()
    newer = [one for one in refused if last is None or one.received_at > last]
    arrived = what_arrived(workspace_id)
    codes = arrived.services + arrived.tax_codes
    return BillingHeard(first, last, count, newer, secrets, codes)


def sample() -> Invoice | None:
    """Return the workspace's sample invoice."""
    return db.session.scalar(select(Invoice).where(Invoice.external_id == SAMPLE_ID))


def kept_out(connection: Connection) -> KeptOut:
    """Return what of billing's stays out of a company because of its date."""
    rows = db.session.execute(
        select(Invoice.currency, func.count(), func.sum(Invoice.total))
        .where(
            Invoice.connection_id == connection.id,
            Invoice.sync_state == SyncState.NOT_SENT,
            Invoice.problem["code"].astext == BEFORE_START,
        )
        .group_by(Invoice.currency)
    ).all()
    return KeptOut(sum(row[1] for row in rows), {r[0]: round_money(r[2], r[0]) for r in rows})


def tried(connection: Connection) -> Invoice | None:
    """Return the invoice that somebody tried first."""
    if connection.trial_id is None:
        return None
    return db.session.scalar(select(Invoice).where(Invoice.id == connection.trial_id))


def is_there(invoice: Invoice) -> bool:
    """Tell whether the ledger holds an invoice."""
    found = select(Invoice.id).where(Invoice.id == invoice.id, in_ledger())
    return db.session.scalar(found) is not None


def not_live() -> Connection | None:
    """Return the connection of the workspace that waits for its go-live, the newest one."""
    return db.session.scalar(
        select(Connection)
        .where(~Connection.live, Connection.state != "disconnected")
        .order_by(Connection.id.desc())
        .limit(1)
    )
