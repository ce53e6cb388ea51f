"""The bodies billing sends, field by field; what is not named here is tolerated and ignored."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from app.billing.fields import (
    PRICE_DECIMALS,
    Choice,
    Currency,
    Day,
    Flag,
    Moment,
    PlainDecimal,
    Whole,
    Words,
)

# QuickBooks: "Invoice" takes 750 taxable lines; nobody reads an invoice of more.
MOST_LINES = 750
MOST_APPLIED = 100  # invoices that one credit note is put on
_OPTIONAL: dict[str, Any] = {"allow_none": True, "load_default": None}
_SENTENCES: dict[str, Any] = {
    "type": "This must be an object.",
    "required": "This is missing.",
    "null": "This may not be null.",
}


class Body(Schema):
    """An object of a body."""

    error_messages = _SENTENCES

    class Meta:
        unknown = EXCLUDE


class ServiceBody(Body):
    """Something billing sells."""

    code = Words(200, required=True)
    name = Words(500, required=True)


class TaxCodeBody(Body):
    """A rate billing charges; percent."""

    code = Words(200, required=True)
    name = Words(500, required=True)
    rate = PlainDecimal(least=0, most=1000, required=True)


class NamedBody(Body):
    """A class, a department or payment terms, as billing calls them."""

    code = Words(200, required=True)
    name = Words(500, required=True)


class AddressBody(Body):
    """Where a customer is."""

    line1 = Words(500, **_OPTIONAL)
    line2 = Words(500, **_OPTIONAL)
    city = Words(200, **_OPTIONAL)
    region = Words(200, **_OPTIONAL)
    postcode = Words(50, **_OPTIONAL)
    country = Words(100, **_OPTIONAL)


class ParentBody(Body):
    """The customer that another one is a part of."""

    id = Words(200, required=True)
    name = Words(500, required=True)


class CustomerBody(Body):
    """Whom an invoice is for."""

    id = Words(200, required=True)
    name = Words(500, required=True)
    email = Words(500, **_OPTIONAL)
    phone = Words(100, **_OPTIONAL)
    tax_number = Words(100, **_OPTIONAL)
    address = fields.Nested(AddressBody, error_messages=_SENTENCES, **_OPTIONAL)
    parent = fields.Nested(ParentBody, error_messages=_SENTENCES, **_OPTIONAL)

    @validates_schema
    def _is_not_its_own_part(self, data: dict[str, Any], **_more: Any) -> None:
        parent = data.get("parent")
        if parent is not None and parent["id"] == data.get("id"):
            raise ValidationError("A customer cannot be a part of itself.", "parent")


class LineBody(Body):
    """One line of an invoice."""

    id = Words(200, required=True)
    service = fields.Nested(ServiceBody, error_messages=_SENTENCES, **_OPTIONAL)
    description = Words(4000, lines=True, **_OPTIONAL)
    service_date = Day(**_OPTIONAL)
    quantity = PlainDecimal(decimals=PRICE_DECIMALS, required=True)
    unit_price = PlainDecimal(decimals=PRICE_DECIMALS, required=True)
    discount_percent = PlainDecimal(least=0, most=100, **_OPTIONAL)
    tax_code = fields.Nested(TaxCodeBody, error_messages=_SENTENCES, **_OPTIONAL)
    amount = PlainDecimal(required=True)
    tax_amount = PlainDecimal(required=True)
    class_ = fields.Nested(
        NamedBody,
        error_messages=_SENTENCES,
        data_key="class",
        metadata={"description": "What the line is counted under in reports."},
        **_OPTIONAL,
    )


def _above_zero(rate: Decimal) -> None:
    if rate <= 0:
        raise ValidationError("This must be above 0.")


class DocumentBody(Body):
    """The invoice as a PDF, to be attached in the ledger."""

    url = Words(
        2000,
        required=True,
        validate=validate.Regexp(r"https?://", error="This must begin with https://."),
    )
    name = Words(150, **_OPTIONAL)


def _some_lines(lines: list[Any]) -> None:
    if not lines:
        raise ValidationError("An invoice needs at least one line.")
    if len(lines) > MOST_LINES:
        raise ValidationError(f"There are {len(lines)} lines; {MOST_LINES} is the most.")


class InvoiceBody(Body):
    """An invoice in one revision."""

    id = Words(200, required=True)
    number = Words(100, required=True)
    revision = Whole(required=True)
    issue_date = Day(required=True)
    due_date = Day(**_OPTIONAL)
    currency = Currency(required=True)
    prices = Choice("tax_exclusive", "tax_inclusive", "no_tax", required=True)
    entity = Words(200, **_OPTIONAL)
    recurring = Flag(load_default=False)
    push = Choice("auto", "review", "never", load_default="auto")
    department = fields.Nested(
        NamedBody,
        error_messages=_SENTENCES,
        metadata={"description": "The place or part of the business that sold it."},
        **_OPTIONAL,
    )
    terms = fields.Nested(
        NamedBody,
        error_messages=_SENTENCES,
        metadata={"description": "Payment terms. They never move due_date."},
        **_OPTIONAL,
    )
    exchange_rate = PlainDecimal(
        decimals=PRICE_DECIMALS,
        validate=_above_zero,
        metadata={"description": "Units of the books' own currency for one of currency."},
        **_OPTIONAL,
    )
    reference = Words(200, **_OPTIONAL)
    memo = Words(4000, lines=True, **_OPTIONAL)
    url = Words(
        2000,
        validate=validate.Regexp(r"https?://", error="This must begin with https://."),
        **_OPTIONAL,
    )
    document = fields.Nested(DocumentBody, error_messages=_SENTENCES, **_OPTIONAL)
    customer = fields.Nested(CustomerBody, required=True, error_messages=_SENTENCES)
    lines = fields.List(
        fields.Nested(LineBody, error_messages=_SENTENCES),
        required=True,
        validate=_some_lines,
        error_messages=_SENTENCES | {"invalid": "This must be a list."},
    )
    subtotal = PlainDecimal(required=True)
    tax_total = PlainDecimal(required=True)
    total = PlainDecimal(required=True)


class AppliedBody(Body):
    """The part of a credit note that is put on one invoice."""

    invoice = Words(200, required=True)
    amount = PlainDecimal(required=True)


class CreditNoteBody(InvoiceBody):
    """A credit note in one revision: an invoice's fields, all amounts positive."""

    class Meta:
        unknown = EXCLUDE
        exclude = ("due_date", "recurring")

    applies_to = fields.List(
        fields.Nested(AppliedBody, error_messages=_SENTENCES),
        validate=validate.Length(max=MOST_APPLIED, error=f"{MOST_APPLIED} invoices are the most."),
        error_messages=_SENTENCES | {"invalid": "This must be a list."},
        **_OPTIONAL,
    )


class VoidBody(Body):
    """The least there must be to void an invoice or a credit note."""

    id = Words(200, required=True)
    revision = Whole(required=True)


class TicketCustomerBody(Body):
    """Whose ticket it is; the name is needed of one who never came before."""

    id = Words(200, required=True)
    name = Words(500, **_OPTIONAL)


class TicketBody(Body):
    """A ticket that was resolved."""

    id = Words(200, required=True)
    number = Words(100, required=True)
    subject = Words(500, required=True)
    customer = fields.Nested(TicketCustomerBody, required=True, error_messages=_SENTENCES)
    resolved_at = Moment(
        metadata={"description": "The event's timestamp otherwise."},
        **_OPTIONAL,
    )
    url = Words(
        2000,
        validate=validate.Regexp(r"https?://", error="This must begin with https://."),
        **_OPTIONAL,
    )


class Envelope(Body):
    """What is around every event."""

    type = Words(100, required=True)
    timestamp = Moment(**_OPTIONAL)
    data = fields.Raw(required=True, error_messages=_SENTENCES)


class EventBody(Body):
    """An event as the OpenAPI document shows it; data depends on its type."""

    type = Words(100, required=True)
    timestamp = Moment(**_OPTIONAL)
    data = fields.Nested(InvoiceBody, required=True)


class CreditNoteEventBody(EventBody):
    """The event that a credit note was finalised, as the OpenAPI document shows it."""

    data = fields.Nested(CreditNoteBody, required=True)


class TicketEventBody(EventBody):
    """The event that a ticket was resolved, as the OpenAPI document shows it."""

    data = fields.Nested(TicketBody, required=True)
