"""What billing has sent at all, for the first steps."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, select

from app.domain.sample import OWN_EVENT, SAMPLE_ID
from app.extensions import db
from app.models import DocumentLink, InboundEvent, Invoice, Service, TaxCode


@dataclass(frozen=True, slots=True)
class Arrived:
    """What billing has sent at all, for the first steps."""

    invoices: bool
    services: int
    tax_codes: int
    hooks: bool
    pushed: bool
    sample: bool


def not_ours() -> ColumnElement[bool]:
    """Match events that did not come from a press here: those tell nothing of billing's address."""
    return func.coalesce(InboundEvent.event_id, "").not_like(f"{OWN_EVENT}%")


def what_arrived(workspace_id: int) -> Arrived:
    """Return what billing has sent at all."""
    of_billing = InboundEvent.source == "billing", InboundEvent.status != "refused", not_ours()
    row = db.session.execute(
        select(
            exists(select(Invoice.id)),
            select(func.count()).select_from(Service).scalar_subquery(),
            select(func.count()).select_from(TaxCode).scalar_subquery(),
            exists().where(InboundEvent.workspace_id == workspace_id, *of_billing),
            exists(select(DocumentLink.id)),
            exists(select(Invoice.id).where(Invoice.external_id == SAMPLE_ID)),
        )
    ).one()
    return Arrived(*row)
