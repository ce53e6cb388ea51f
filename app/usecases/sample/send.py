"""Send the sample as billing would: a signed body, verified and stored like any other."""

from __future__ import annotations

import base64
import json
import secrets as random
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.billing.signature import signature_headers, verify
from app.domain.sample import OWN_EVENT, SAMPLE_ID, sample_event, sample_void, takes_samples
from app.domain.states import CatalogueKind, ConnectionState
from app.extensions import db
from app.models import CatalogueRow, Connection, Invoice, SalesDocument, Workspace
from app.usecases.accounts import hook_secrets
from app.usecases.audit import audit
from app.usecases.receive_billing_event import Answer, Receipt, receive_body
from app.usecases.sample.remove import SampleRefused


def send_sample(workspace_id: int, actor: str, user_id: int | None, now: datetime) -> None:
    """Let a sample invoice come in by the signed door; commits. Raises SampleRefused."""
    refusal = why_not(workspace_id)
    if refusal:
        raise SampleRefused(refusal)
    workspace = db.session.get_one(Workspace, workspace_id)
    company = _company(workspace_id)
    currency = workspace.currency
    if company is not None:
        currency = company.currency or company.home_currency
    country = company.country if company is not None else workspace.country
    event = sample_event(
        now.astimezone(ZoneInfo(workspace.time_zone)).date(),
        currency,
        taxed=country == "GB" and (company is None or company.tax_enabled),
        service=_item(company) if company is not None else "",
    )
    receipt = _deliver(workspace_id, event, now)
    audit(workspace_id, actor, "sample.send", f"invoice:{receipt.invoice_id}", user_id=user_id)
    db.session.commit()


def void_sample(workspace_id: int, actor: str, user_id: int | None, now: datetime) -> None:
    """Void the sample by the same door, so that it is voided where it was pushed to; commits."""
    found = select(Invoice).where(
        Invoice.workspace_id == workspace_id, Invoice.external_id == SAMPLE_ID
    )
    sample = db.session.scalar(found)
    if sample is None:
        raise SampleRefused("There is no sample any more.")
    receipt = _deliver(workspace_id, sample_void(sample.revision), now)
    audit(workspace_id, actor, "sample.void", f"invoice:{receipt.invoice_id}", user_id=user_id)
    db.session.commit()


def why_not(workspace_id: int) -> str:
    """Return why no sample is sent, as a sentence; "" where one may be."""
    ids = db.session.scalars(
        select(SalesDocument.external_id)
        .where(SalesDocument.workspace_id == workspace_id)
        .order_by(SalesDocument.external_id != SAMPLE_ID)
        .limit(1)
    ).all()
    if ids == [SAMPLE_ID]:
        return "The sample is here already."
    if ids:
        return "Billing has sent an invoice already: go on with that one."
    company = _company(workspace_id)
    if company is not None and not takes_samples(company.environment):
        return (
            f"{company.company_name} is a live company, and a sample never goes to one."
            " Let billing send a real invoice: nothing is pushed until you switch pushing on."
        )
    return ""


def _company(workspace_id: int) -> Connection | None:
    """Return the company it would go to; a live one, where there is one."""
    return db.session.scalar(
        select(Connection)
        .where(
            Connection.workspace_id == workspace_id,
            Connection.state != ConnectionState.DISCONNECTED,
        )
        .order_by(Connection.environment, Connection.id)
        .limit(1)
    )


def _item(company: Connection) -> str:
    """Return the name of an item there, so that the first mapping is one press."""
    found = db.session.scalar(
        select(CatalogueRow.name)
        .where(
            CatalogueRow.connection_id == company.id,
            CatalogueRow.kind == CatalogueKind.ITEM,
            CatalogueRow.is_usable(),
        )
        .order_by(CatalogueRow.name)
        .limit(1)
    )
    return found or ""


def _deliver(workspace_id: int, event: dict[str, Any], now: datetime) -> Receipt:
    """Sign and verify as at the door, then store; no request leaves this process.

    Where no secret was made yet, one signs that is forgotten at once.
    """
    raw, event_id = json.dumps(event).encode(), f"{OWN_EVENT}{random.token_hex(8)}"
    known = hook_secrets(workspace_id) or [_passing_secret()]
    headers = signature_headers(raw, event_id, known, now)
    receipt = receive_body(workspace_id, raw, verify(raw, headers, known, now), None, now)
    if receipt.status not in (Answer.ACCEPTED, Answer.DUPLICATE):
        raise SampleRefused(receipt.message or "The sample was not taken.")
    return receipt


def _passing_secret() -> str:
    return "whsec_" + base64.b64encode(random.token_bytes(32)).decode()
