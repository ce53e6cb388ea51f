"""Remove the sample with all that came with it; what may be in a ledger stays until it is not."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.domain.sample import SAMPLE_ID, SAMPLE_NUMBER, SERVICE_CODE, TAX_CODE
from app.domain.states import (
    FINISHED,
    OUT_OF_LEDGER,
    ConnectionState,
    DocumentKind,
    MappingKind,
    PushState,
    SyncState,
)
from app.extensions import db
from app.models import (
    Attempt,
    Base,
    Connection,
    Customer,
    CustomerLink,
    DocumentLink,
    Drift,
    InboundEvent,
    Invoice,
    InvoiceLine,
    Mapping,
    PausedAlert,
    Push,
    Service,
    TaxCode,
)
from app.usecases.audit import audit

log = structlog.get_logger()

_CODES = ((MappingKind.SERVICE, Service, SERVICE_CODE), (MappingKind.TAX_CODE, TaxCode, TAX_CODE))


class SampleRefused(Exception):
    """Raised with a sentence for the person who pressed."""


def remove_sample(workspace_id: int, actor: str, user_id: int | None) -> None:
    """Delete the sample for good; commits. Raises SampleRefused while it may be in a ledger."""
    sample = _locked(workspace_id, wait=True)
    if sample is None:
        return
    pushes = _pushes(sample)
    if pushes is None:
        db.session.rollback()
        raise SampleRefused(f"{SAMPLE_NUMBER} is at work just now. Remove it in a moment.")
    if not _may_go(sample, pushes):
        db.session.rollback()
        raise SampleRefused(f"{SAMPLE_NUMBER} is in the sandbox company. Void it there first.")
    try:
        _delete(sample, pushes)
    except IntegrityError as error:
        db.session.rollback()
        raise SampleRefused(
            f"Another invoice of billing’s uses the customer of {SAMPLE_NUMBER}, so it stays."
        ) from error
    audit(workspace_id, actor, "sample.remove", f"workspace:{workspace_id}", user_id=user_id)
    db.session.commit()


def drop_unsent(workspace_id: int) -> None:
    """Delete a sample of which no ledger has heard; inside the caller's transaction.

    What comes in for real is never held up: where somebody has the sample, it stays.
    """
    sample = _locked(workspace_id, wait=False)
    if sample is None:
        return
    pushes = _pushes(sample)
    if pushes is None or _linked(sample) or any(_left(push) for push in pushes):
        return
    try:
        with db.session.begin_nested():
            _delete(sample, pushes)
    except IntegrityError:
        log.warning("sample.kept", workspace_id=workspace_id, exc_info=True)


def may_be_removed(sample: Invoice) -> bool:
    """Tell whether nothing of it is in a company that is connected, or on its way there."""
    return _may_go(sample, db.session.scalars(_pushes_of(sample)).all())


def _locked(workspace_id: int, *, wait: bool) -> Invoice | None:
    return db.session.scalar(
        select(Invoice)
        .where(Invoice.workspace_id == workspace_id, Invoice.external_id == SAMPLE_ID)
        .with_for_update(skip_locked=not wait)
        .execution_options(populate_existing=True)
    )


def _pushes(sample: Invoice) -> Sequence[Push] | None:
    """Return its pushes, locked, behind the sample itself; None while a worker has one.

    Nobody waits for it: whoever has a customer's push may come for the sample next.
    """
    locked = _pushes_of(sample).with_for_update(skip_locked=True)
    found = db.session.scalars(locked.execution_options(populate_existing=True)).all()
    every = select(func.count()).select_from(_pushes_of(sample).order_by(None).subquery())
    return found if len(found) == db.session.scalar(every) else None


def _pushes_of(sample: Invoice) -> Select[Push]:
    """Select the pushes of the sample, of its customer and of its service's item."""
    service = select(Service.id).where(
        Service.workspace_id == sample.workspace_id, Service.code == SERVICE_CODE
    )
    kind, document = Push.document_kind, Push.document_id
    return (
        select(Push)
        .where(
            Push.workspace_id == sample.workspace_id,
            or_(
                and_(kind == DocumentKind.INVOICE, document == sample.id),
                and_(kind == DocumentKind.CUSTOMER, document == sample.customer_id),
                and_(kind == DocumentKind.ITEM, document.in_(service)),
            ),
        )
        .order_by(Push.id)
    )


def _may_go(sample: Invoice, pushes: Sequence[Push]) -> bool:
    if any(_under_way(push) for push in pushes):
        return False
    connection = sample.connection
    gone = connection is not None and connection.state == ConnectionState.DISCONNECTED
    return gone or sample.sync_state in OUT_OF_LEDGER or not _linked(sample)


def _linked(sample: Invoice) -> bool:
    linked = exists().where(
        DocumentLink.document_kind == sample.kind, DocumentLink.document_id == sample.id
    )
    if sample.sync_state == SyncState.UNLINKED or sample.linked_before is not None:
        return True
    return bool(db.session.scalar(select(linked)))


def _left(push: Push) -> bool:
    return push.first_sent_at is not None or push.state == PushState.PUSHING


def _under_way(push: Push) -> bool:
    """Tell whether a ledger may have it without our knowing, or will in a moment."""
    return _left(push) and push.state not in (*FINISHED, PushState.FAILED)


def _delete(sample: Invoice, pushes: Sequence[Push]) -> None:
    """Delete the rows that only it has; the log of events and the audit, which tell, stay."""
    number, workspace_id, customer_id = sample.id, sample.workspace_id, sample.customer_id
    ids = [push.id for push in pushes]
    _rows(Attempt, Attempt.push_id.in_(ids))
    _rows(Push, Push.id.in_(ids))
    _rows(
        DocumentLink,
        and_(DocumentLink.document_kind == sample.kind, DocumentLink.document_id == number),
    )
    _rows(Drift, or_(Drift.invoice_id == number, Drift.twin_id == number))
    _rows(InvoiceLine, InvoiceLine.invoice_id == number)
    db.session.execute(
        update(InboundEvent)
        .where(
            InboundEvent.workspace_id == workspace_id, InboundEvent.subject == f"invoice:{number}"
        )
        .values(subject=None, reason="It was the sample, which was removed since.")
    )
    db.session.execute(
        update(Connection).where(Connection.trial_id == number).values(trial_id=None)
    )
    _rows(Invoice, Invoice.id == number)
    _rows(CustomerLink, CustomerLink.customer_id == customer_id)
    _rows(PausedAlert, PausedAlert.customer_id == customer_id)
    _rows(Customer, Customer.id == customer_id)
    for kind, table, code in _CODES:
        column = InvoiceLine.service_code if table is Service else InvoiceLine.tax_code
        used = exists().where(InvoiceLine.workspace_id == workspace_id, column == code)
        if not db.session.scalar(select(used)):
            _rows(
                Mapping,
                and_(
                    Mapping.workspace_id == workspace_id, Mapping.kind == kind, Mapping.code == code
                ),
            )
            _rows(table, and_(table.workspace_id == workspace_id, table.code == code))


def _rows(table: type[Base], which: ColumnElement[bool]) -> None:
    db.session.execute(
        delete(table).where(which), execution_options={"synchronize_session": "fetch"}
    )
