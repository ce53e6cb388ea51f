"""Take in what billing says: event, invoice and intention to push in one commit, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import structlog
from sqlalchemy.exc import IntegrityError, OperationalError

from app import queue
from app.billing.event_id import own_event_id, same_event
from app.billing.json_body import NotJson, read_json
from app.billing.read_event import NotAcceptable, read_event, type_of
from app.domain.billing_event import (
    BillingEvent,
    CustomerEvent,
    InvoiceEvent,
    ListEvent,
    OtherEvent,
    ServiceEvent,
    TicketEvent,
    VoidEvent,
)
from app.domain.states import DocumentKind
from app.extensions import db
from app.usecases.billing_log import Delivery, conclude, earlier, note, note_refusal, note_stranger
from app.usecases.mapping.register_codes import (
    register_customer,
    register_services,
    register_tax_codes,
)
from app.usecases.push.customer_pushes import companies_of
from app.usecases.store_invoice import (
    Conflict,
    Overtaken,
    Unchanged,
    UnknownInvoice,
    store_invoice,
    void_invoice,
)
from app.usecases.tickets import keep_ticket

log = structlog.get_logger()

# How often a transaction that another one crossed is begun again.
_TRIES = 5
_CROSSED = ("40001", "40P01")  # PostgreSQL: serialization_failure, deadlock_detected
_LONGEST_ID = 255
_UNFIT_ID = f"An event id has 1 to {_LONGEST_ID} printable ASCII characters."
_UNKNOWN = "Nothing of this id came before; describe it whole, so that it can be kept as void."


class Answer(StrEnum):
    """Say what became of an event."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    CONFLICT = "conflict"  # older than what is here, or another word for the same revision
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What to tell billing; errors: path inside the body → one sentence."""

    status: Answer
    event_id: str | None
    invoice_id: int | None = None
    credit_note_id: int | None = None
    message: str = ""
    errors: dict[str, str] = field(default_factory=dict)


def receive_body(
    workspace_id: int, raw: bytes, event_id: str | None, address: str | None, now: datetime
) -> Receipt:
    """Read a body whose sender is known and act on it; without an event id, it gets one."""
    try:
        event = read_json(raw)
    except NotJson as error:
        delivery = Delivery(workspace_id, _fit(event_id), raw, address, now)
        return _refused(delivery, None, Answer.INVALID, {"body": str(error)})
    return receive(workspace_id, event, event_id or own_event_id(event), raw, address, now)


def receive_named(
    workspace_id: int,
    type_: str,
    named: Mapping[str, str],
    raw: bytes,
    address: str | None,
    now: datetime,
) -> Receipt:
    """Act on a description of something whose name came apart from the body."""
    try:
        described = read_json(raw)
    except NotJson as error:
        delivery = Delivery(workspace_id, "", raw, address, now)
        return _refused(delivery, {"type": type_}, Answer.INVALID, {"body": str(error)})
    data = {**described, **named} if isinstance(described, dict) else described
    event = {"type": type_, "data": data}
    return receive(workspace_id, event, own_event_id(event), raw, address, now)


def receive(
    workspace_id: int,
    event: object,
    event_id: str,
    raw: bytes,
    address: str | None,
    now: datetime,
) -> Receipt:
    """Act on one event of billing exactly once.

    event: the parsed body, not checked yet. event_id: what makes a repetition a repetition.
    """
    delivery = Delivery(workspace_id, _fit(event_id), raw, address, now)
    receipt = _take(delivery, event)
    log.info(
        "billing.event",
        workspace_id=workspace_id,
        event_id=delivery.event_id,
        type=type_of(event),
        status=receipt.status,
        invoice_id=receipt.invoice_id,
        credit_note_id=receipt.credit_note_id,
    )
    return receipt


def refuse(
    workspace_id: int, reason: str, *, raw: bytes | None, address: str | None, now: datetime
) -> None:
    """Note a hook of which nobody knows who sent it, and nothing else of it."""
    log.warning("billing.refused", workspace_id=workspace_id, reason=reason, address=address)
    note_stranger(Delivery(workspace_id, "", raw, address, now), reason)
    db.session.commit()


def _fit(event_id: str | None) -> str:
    """Return an event id that can be kept and shown; empty for any other."""
    known = event_id or ""
    return known if len(known) <= _LONGEST_ID and known.isascii() and known.isprintable() else ""


def _repetition(delivery: Delivery) -> Receipt | None:
    """Answer an event that came before; None when it is new. Raises Conflict."""
    row = earlier(delivery)
    if row is None:
        return None
    if not same_event(row.raw, delivery.raw):
        sentence = f"Event {delivery.event_id} came before and said something else."
        raise Conflict(sentence, "event_id")
    kind, _, number = (row.subject or "").partition(":")
    return _receipt(Answer.DUPLICATE, delivery, kind, number)


def _receipt(answer: Answer, delivery: Delivery, kind: str, number: int | str) -> Receipt:
    """Answer about a document, as the kind of document it is."""
    invoice, credit = kind == DocumentKind.INVOICE, kind == DocumentKind.CREDIT_NOTE
    return Receipt(
        answer,
        delivery.event_id,
        invoice_id=int(number) if invoice else None,
        credit_note_id=int(number) if credit else None,
    )


def _take(delivery: Delivery, event: object) -> Receipt:
    if not delivery.event_id:
        return _refused(delivery, event, Answer.INVALID, {"event_id": _UNFIT_ID})
    try:
        return _repetition(delivery) or _store_whatever_crosses(
            delivery, read_event(event, delivery.now)
        )
    except NotAcceptable as error:
        return _refused(delivery, event, Answer.INVALID, error.errors)
    except UnknownInvoice:
        return _refused(delivery, event, Answer.INVALID, {"data.id": _UNKNOWN})
    except Conflict as error:
        return _refused(delivery, event, Answer.CONFLICT, {error.field: str(error)})


def _refused(delivery: Delivery, event: object, answer: Answer, errors: dict[str, str]) -> Receipt:
    """Undo everything, then note the refusal with the body, whose sender is known."""
    db.session.rollback()
    reason = " ".join(f"{path}: {sentence}" for path, sentence in errors.items())
    note_refusal(delivery, type_of(event), reason)
    db.session.commit()
    message = (
        next(iter(errors.values())) if len(errors) == 1 else f"{len(errors)} fields are wrong."
    )
    return Receipt(answer, delivery.event_id or None, message=message, errors=errors)


def _store_whatever_crosses(delivery: Delivery, event: BillingEvent) -> Receipt:
    for left in reversed(range(_TRIES)):
        try:
            receipt, connection_ids = _store(delivery, event)
            db.session.commit()
        except (Overtaken, IntegrityError, OperationalError) as error:
            db.session.rollback()
            if left == 0 or not _crossed(error):
                raise
            continue
        for connection_id in connection_ids:
            queue.wake(connection_id)
        return receipt
    raise AssertionError("The last try either returned or raised.")


def _crossed(error: Exception) -> bool:
    """Tell whether another transaction was in the way, so that trying again can help."""
    if isinstance(error, OperationalError):
        return getattr(error.orig, "sqlstate", None) in _CROSSED
    return True


def _store(delivery: Delivery, event: BillingEvent) -> tuple[Receipt, Sequence[int]]:
    """Do everything one event asks for; returns the answer and the connections to wake."""
    noted = note(delivery, event.type)
    if noted is None:
        return _repetition(delivery) or Receipt(Answer.DUPLICATE, delivery.event_id), ()
    if isinstance(event, OtherEvent):
        conclude(noted, "ignored", f"Nothing is done about {event.type} yet.")
        return Receipt(Answer.IGNORED, delivery.event_id), ()
    if isinstance(event, InvoiceEvent | VoidEvent):
        return _store_invoice(delivery, event, noted)
    return Receipt(Answer.ACCEPTED, delivery.event_id), _register(delivery, event)


def _store_invoice(
    delivery: Delivery, event: InvoiceEvent | VoidEvent, noted: int
) -> tuple[Receipt, Sequence[int]]:
    try:
        if isinstance(event, InvoiceEvent):
            invoice = store_invoice(delivery.workspace_id, event, delivery.now)
        else:
            invoice = void_invoice(delivery.workspace_id, event, delivery.now)
    except Unchanged as same:
        known = same.invoice
        reason = f"Revision {known.revision} of {known.number} was here already."
        conclude(noted, "ignored", reason, known)
        return _receipt(Answer.DUPLICATE, delivery, known.kind, known.id), ()
    conclude(noted, "accepted", None, invoice)
    concerned = {invoice.connection_id, *companies_of(invoice.customer_id)}
    receipt = _receipt(Answer.ACCEPTED, delivery, invoice.kind, invoice.id)
    return receipt, sorted(each for each in concerned if each is not None)


def _register(delivery: Delivery, event: ListEvent) -> Sequence[int]:
    """Remember what billing describes; returns the connections that are to hear of it."""
    if isinstance(event, CustomerEvent):
        return companies_of(register_customer(delivery.workspace_id, event.customer, delivery.now))
    if isinstance(event, TicketEvent):
        keep_ticket(delivery.workspace_id, event, delivery.now)
    elif isinstance(event, ServiceEvent):
        register_services(delivery.workspace_id, [event.service])
    else:
        register_tax_codes(delivery.workspace_id, [event.tax_code])
    return ()
