"""Show what was sent, or exactly what would be sent, without writing anything anywhere."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import or_, select

from app.domain.edited_there import GONE_THERE
from app.domain.push_plan import InvoicePlan, VoidPlan
from app.domain.states import (
    FINISHED,
    OUT_OF_LEDGER,
    SALES,
    TAKES_OUT,
    DocumentKind,
    Operation,
    PushState,
    SyncState,
)
from app.domain.tax_prediction import Prediction
from app.extensions import db
from app.ledgers.interface import Ledger
from app.models import Connection, CustomerLink, Push, SalesDocument
from app.usecases.company.open_ledger import on_paper
from app.usecases.push.linked import link_of
from app.usecases.push.mappings import mappings_of, rates_of
from app.usecases.push.plan import plan_for, taken_out

# Stands where the ledger's id of a customer will be once the customer is found or created.
NEW_CUSTOMER = "(found by name or created first)"


def preview(invoice_id: int) -> dict[str, Any]:
    """Return what was sent last for an invoice, or what would be sent now.

    Keys: body (the ledger's own JSON; None when something is still missing), key, operation, state
    (None when nothing is intended), predicted (True when the body is only worked out here).
    """
    push = _newest_push(invoice_id)
    body, predicted = exact_body(invoice_id)
    return _shown(push, body, predicted=predicted)


def exact_body(invoice_id: int) -> tuple[bytes | None, bool]:
    """Return the bytes that preview reads, and whether they are only worked out here."""
    invoice = db.session.get_one(SalesDocument, invoice_id)
    if is_gone(invoice):
        return _sent_last(invoice_id), False
    push = _newest_push(invoice_id)
    if push is not None and push.body is not None:
        return push.body, False
    if push is not None and push.state in FINISHED:  # found again, say: that sent nothing itself
        return _sent_last(invoice_id, booked=True), False
    return _predicted(invoice, push), True


def is_gone(invoice: SalesDocument) -> bool:
    """Tell whether the ledger has it voided or not at all, as far as we have looked.

    Nothing more is sent then, so nothing is worked out.
    """
    found = (invoice.problem or {}).get("code")
    return invoice.sync_state in OUT_OF_LEDGER or (
        invoice.sync_state == SyncState.FAILED and found in GONE_THERE
    )


def _sent_last(invoice_id: int, *, booked: bool = False) -> bytes | None:
    """Return what was sent last; booked: only what the ledger took."""
    return db.session.scalar(
        select(Push.body)
        .where(
            Push.document_kind.in_(SALES),
            Push.document_id == invoice_id,
            Push.first_sent_at.is_not(None),
            Push.body.is_not(None),
            *([Push.state == PushState.DONE] if booked else ()),
        )
        .order_by(Push.id.desc())
        .limit(1)
    )


def _newest_push(invoice_id: int) -> Push | None:
    return db.session.scalar(
        select(Push)
        .where(
            Push.document_kind.in_(SALES),
            Push.document_id == invoice_id,
            # An undo that the ledger refused left what was sent before it.
            or_(Push.undoes_id.is_(None), Push.state != PushState.CANCELLED),
        )
        .order_by(Push.state.in_(FINISHED), Push.id.desc())
        .limit(1)
    )


def _shown(push: Push | None, body: bytes | None, *, predicted: bool) -> dict[str, Any]:
    return {
        "body": json.loads(body, parse_float=str) if body else None,
        "key": push.key if push else None,
        "operation": push.operation if push else None,
        "state": push.state if push else None,
        "predicted": predicted,
    }


def predicted_for(invoice: SalesDocument) -> Prediction | None:
    """Return the figures the ledger would book now; None where they cannot be told."""
    if invoice.connection_id is None:
        return None
    connection = db.session.get_one(Connection, invoice.connection_id)
    link = link_of(connection.id, invoice)
    customer = _customer(connection, invoice)
    try:
        plan = plan_for(invoice, connection, mappings_of(connection), customer, link)
        operation = Operation.UPDATE if link else Operation.CREATE
        body = _built(connection, invoice, operation, plan)
        return _paper(connection).predict(plan, body, rates_of(connection))
    except (KeyError, ValueError):
        return None


def _predicted(invoice: SalesDocument, push: Push | None) -> bytes | None:
    """Build the body as a drain would; None where a mapping or a connection is missing."""
    if invoice.connection_id is None:
        return None
    connection = db.session.get_one(Connection, invoice.connection_id)
    link = link_of(connection.id, invoice)
    if push is not None and push.operation in TAKES_OUT:
        if link is None:
            return None
        return _built(connection, invoice, push.operation, taken_out(push, link))
    try:
        customer = _customer(connection, invoice)
        plan = plan_for(invoice, connection, mappings_of(connection), customer, link)
        operation = Operation.UPDATE if link else Operation.CREATE
        return _built(connection, invoice, operation, plan)
    except (KeyError, ValueError):
        return None


def _built(
    connection: Connection, document: SalesDocument, operation: str, plan: InvoicePlan | VoidPlan
) -> bytes:
    return _paper(connection).build(DocumentKind(document.kind), Operation(operation), plan)


def _paper(connection: Connection) -> Ledger:
    return on_paper(connection.provider, connection.environment, connection.company_id)


def _customer(connection: Connection, invoice: SalesDocument) -> str:
    known = db.session.scalar(
        select(CustomerLink.ledger_id).where(
            CustomerLink.connection_id == connection.id,
            CustomerLink.customer_id == invoice.customer_id,
            CustomerLink.gone.is_(None),
        )
    )
    return known or NEW_CUSTOMER
