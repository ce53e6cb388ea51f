"""Turn an event's JSON into what the domain knows, or into one sentence for each mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from marshmallow import ValidationError

from app.billing.schemas import (
    Body,
    CreditNoteBody,
    CustomerBody,
    Envelope,
    InvoiceBody,
    ServiceBody,
    TaxCodeBody,
    TicketBody,
    VoidBody,
)
from app.domain.billing_event import (
    Applied,
    BillingEvent,
    CustomerEvent,
    InvoiceEvent,
    Named,
    NamedDocument,
    NamedService,
    OtherEvent,
    RatedTaxCode,
    ServiceEvent,
    TaxCodeEvent,
    TicketEvent,
    VoidEvent,
)
from app.domain.crediting import wrong_applications
from app.domain.invoice import Customer, Invoice, Line, Parent
from app.domain.states import DocumentKind
from app.domain.totals import wrong_sums

Errors = dict[str, str]  # path inside the body → one sentence
Reader = Callable[[str, object, datetime], BillingEvent]


class NotAcceptable(Exception):
    """Raised with everything that is wrong with a body, one sentence for each field."""

    def __init__(self, errors: Errors) -> None:
        super().__init__("; ".join(f"{path}: {sentence}" for path, sentence in errors.items()))
        self.errors = errors


def read_event(event: object, now: datetime) -> BillingEvent:
    """Check an event and type it; now stands in for a missing timestamp. Raises NotAcceptable."""
    envelope = _load(Envelope(), event, "")
    reader = _READERS.get(envelope["type"])
    if reader is None:
        return OtherEvent(envelope["type"])
    return reader(envelope["type"], envelope["data"], envelope["timestamp"] or now)


def type_of(event: object) -> str | None:
    """Return what an event calls itself, as far as that can be shown; never raises."""
    try:
        return str(Envelope(only=["type"]).load(event)["type"])  # type: ignore[arg-type]  # marshmallow refuses what is no mapping
    except ValidationError:
        return None


def _load(schema: Body, data: object, prefix: str) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(data)  # type: ignore[arg-type]  # as above
    except ValidationError as error:
        raise NotAcceptable(dict(_flat(error.messages, prefix))) from None
    return loaded


def _flat(messages: object, path: str) -> Iterator[tuple[str, str]]:
    """Walk marshmallow's nested messages: one path, its first sentence."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            own = path if key == "_schema" else f"{path}.{key}".lstrip(".")
            yield from _flat(inner, own)
    elif isinstance(messages, list):
        yield path or "body", str(messages[0])


def _invoice_event(type_: str, data: object, at: datetime) -> InvoiceEvent:
    return _sale_event(type_, _load(InvoiceBody(), data, "data"), at, DocumentKind.INVOICE)


def _credit_note_event(type_: str, data: object, at: datetime) -> InvoiceEvent:
    body = {"due_date": None, "recurring": False} | _load(CreditNoteBody(), data, "data")
    if body["total"] < 0:
        raise NotAcceptable({"data.total": "A credit note's amounts are written without a minus."})
    event = _sale_event(type_, body, at, DocumentKind.CREDIT_NOTE)
    wrong = wrong_applications(event.applies_to, event.invoice)
    if wrong:
        raise NotAcceptable({f"data.{path}": sentence for path, sentence in wrong.items()})
    return event


def _sale_event(type_: str, body: dict[str, Any], at: datetime, kind: DocumentKind) -> InvoiceEvent:
    services, tax_codes = _named(body, "service", "name"), _named(body, "tax_code", "rate")
    classes = _named(body, "class_", "name")
    department, terms = body["department"], body["terms"]
    invoice = _invoice(body)
    wrong = wrong_sums(invoice)
    if wrong:
        raise NotAcceptable({f"data.{path}": sentence for path, sentence in wrong.items()})
    return InvoiceEvent(
        type=type_,
        at=at,
        invoice=invoice,
        push=body["push"],
        recurring=body["recurring"],
        entity=body["entity"],
        url=body["url"],
        document=NamedDocument(**body["document"]) if body["document"] else None,
        services=tuple(NamedService(**service) for service in services),
        tax_codes=tuple(RatedTaxCode(**tax_code) for tax_code in tax_codes),
        kind=kind,
        applies_to=tuple(Applied(**one) for one in body.get("applies_to") or ()),
        classes=tuple(Named(**one) for one in classes),
        department=Named(**department) if department else None,
        terms=Named(**terms) if terms else None,
    )


def _named(body: dict[str, Any], what: str, decisive: str) -> list[dict[str, Any]]:
    """Return each service, tax code or class the lines name, once; the same on every line."""
    found: dict[str, dict[str, Any]] = {}
    for index, line in enumerate(body["lines"]):
        named = line[what]
        if named is None:
            continue
        first = found.setdefault(named["code"], named)
        if first[decisive] != named[decisive]:
            sentence = (
                f"{named['code']} has the {decisive} {named[decisive]} here"
                f" and {first[decisive]} on an earlier line."
            )
            field = what.rstrip("_")
            raise NotAcceptable({f"data.lines.{index}.{field}.{decisive}": sentence})
    return [found[code] for code in sorted(found)]


def _invoice(body: dict[str, Any]) -> Invoice:
    same = ("number", "revision", "issue_date", "due_date", "currency", "prices", "subtotal")
    more = ("tax_total", "total", "memo", "reference", "exchange_rate")
    return Invoice(
        external_id=body["id"],
        department_code=_code(body["department"]),
        terms_code=_code(body["terms"]),
        customer=_customer(body["customer"]),
        lines=tuple(_line(at, line) for at, line in enumerate(body["lines"], start=1)),
        **{name: body[name] for name in (*same, *more)},
    )


def _line(position: int, body: dict[str, Any]) -> Line:
    service, tax_code = body["service"], body["tax_code"]
    same = ("quantity", "unit_price", "discount_percent", "amount", "tax_amount", "service_date")
    return Line(
        position=position,
        external_id=body["id"],
        description=body["description"] or (service["name"] if service else ""),
        service_code=_code(service),
        tax_code=_code(tax_code),
        tax_rate=tax_code["rate"] if tax_code else None,
        class_code=_code(body["class_"]),
        **{name: body[name] for name in same},
    )


def _code(named: dict[str, Any] | None) -> str | None:
    return named["code"] if named else None


def _customer(body: dict[str, Any]) -> Customer:
    same = ("name", "email", "phone", "tax_number", "address")
    parent = body["parent"]
    return Customer(
        external_id=body["id"],
        parent=Parent(parent["id"], parent["name"]) if parent is not None else None,
        **{name: body[name] for name in same},
    )


def _void_reader(kind: DocumentKind, read_whole: Callable[..., InvoiceEvent]) -> Reader:
    def read(type_: str, data: object, at: datetime) -> VoidEvent:
        body = _load(VoidBody(), data, "data")
        described = isinstance(data, Mapping) and "lines" in data
        return VoidEvent(
            type=type_,
            external_id=body["id"],
            revision=body["revision"],
            whole=read_whole(type_, data, at) if described else None,
            kind=kind,
        )

    return read


def _customer_event(type_: str, data: object, _at: datetime) -> CustomerEvent:
    return CustomerEvent(type_, _customer(_load(CustomerBody(), data, "data")))


def _service_event(type_: str, data: object, _at: datetime) -> ServiceEvent:
    return ServiceEvent(type_, NamedService(**_load(ServiceBody(), data, "data")))


def _tax_code_event(type_: str, data: object, _at: datetime) -> TaxCodeEvent:
    return TaxCodeEvent(type_, RatedTaxCode(**_load(TaxCodeBody(), data, "data")))


def _ticket_event(type_: str, data: object, at: datetime) -> TicketEvent:
    body = _load(TicketBody(), data, "data")
    return TicketEvent(
        type=type_,
        external_id=body["id"],
        number=body["number"],
        subject=body["subject"],
        customer_id=body["customer"]["id"],
        customer_name=body["customer"]["name"],
        resolved_at=body["resolved_at"] or at,
        url=body["url"],
    )


# What this bridge acts on; every other type is kept and answered "ignored".
_READERS: dict[str, Reader] = {
    "invoice.finalised": _invoice_event,
    "invoice.updated": _invoice_event,
    "invoice.voided": _void_reader(DocumentKind.INVOICE, _invoice_event),
    "credit_note.finalised": _credit_note_event,
    "credit_note.updated": _credit_note_event,
    "credit_note.voided": _void_reader(DocumentKind.CREDIT_NOTE, _credit_note_event),
    "customer.updated": _customer_event,
    "service.updated": _service_event,
    "tax_code.updated": _tax_code_event,
    "ticket.resolved": _ticket_event,
}
