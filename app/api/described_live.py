"""What live reads of a ledger answer, as shapes for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

MOST = 1000
_SAID = "This must be between 1 and 1000."
_AMOUNT = {"description": "A plain decimal.", "example": "540.00"}
_DAY = {"format": "date"}


def _text(**more: Any) -> fields.String:
    return fields.String(allow_none=True, **more)


class LiveListing(Schema):
    """How many rows a caller wants at most."""

    max_results = fields.Integer(load_default=100, validate=validate.Range(1, MOST, error=_SAID))


class LiveCompanyAnswer(Schema):
    """A ledger company as it is now."""

    connection = fields.String()
    ledger = fields.String()
    read_at = fields.String(metadata={"format": "date-time"})
    id = fields.String()
    name = fields.String()
    legal_name = _text()
    country = fields.String(metadata={"example": "GB"})
    home_currency = fields.String(metadata={"example": "GBP"})
    tax_enabled = fields.Boolean()
    multicurrency = fields.Boolean()
    books_closed_to = _text(metadata=_DAY)
    own_numbers = fields.Boolean(
        metadata={"description": "Whether it keeps billing's document numbers."}
    )
    problems = fields.List(
        fields.String(), metadata={"description": "Sentences: why nothing can be pushed."}
    )


class LiveAnswer(Schema):
    """Rows of a list as the ledger has them now."""

    connection = fields.String()
    ledger = fields.String()
    read_at = fields.String(metadata={"format": "date-time"})
    complete = fields.Boolean(
        metadata={"description": "false: as many as were asked for came, so there may be more."}
    )


class LiveCustomer(Schema):
    """A customer of the ledger."""

    ledger_id = fields.String()
    name = fields.String()
    active = fields.Boolean()
    email = _text()
    phone = _text()
    address = fields.Dict(keys=fields.String(), values=fields.String())
    currency = _text()
    balance = _text(metadata=_AMOUNT)
    part_of = _text(metadata={"description": "The ledger's id of whom they are a part of."})


class LiveInvoice(Schema):
    """An invoice of the ledger, ours or not."""

    ledger_id = fields.String()
    number = _text()
    customer_ledger_id = _text()
    customer_name = _text()
    issue_date = _text(metadata=_DAY)
    due_date = _text(metadata=_DAY)
    currency = _text()
    total = fields.String(metadata=_AMOUNT)
    tax_total = fields.String(metadata=_AMOUNT)
    balance = fields.String(metadata=_AMOUNT)
    status = fields.String(metadata={"enum": ["open", "part_paid", "overdue", "paid", "void"]})


class LiveItem(Schema):
    """An item of the ledger."""

    ledger_id = fields.String()
    name = fields.String()
    active = fields.Boolean()
    type = _text()
    sku = _text()
    income_account = _text()


class LiveAccount(Schema):
    """An account of the ledger."""

    ledger_id = fields.String()
    name = fields.String()
    active = fields.Boolean()
    type = _text()
    number = _text()


class LiveTaxCode(Schema):
    """A tax code of the ledger; rate in percent, on sales."""

    ledger_id = fields.String()
    name = fields.String()
    active = fields.Boolean()
    rate = _text(metadata={"example": "20"})
    description = _text()
    for_sales = fields.Boolean()


class LiveCustomersAnswer(LiveAnswer):
    """Customers, by name."""

    data = fields.List(fields.Nested(LiveCustomer))


class LiveInvoicesAnswer(LiveAnswer):
    """Invoices, newest first."""

    data = fields.List(fields.Nested(LiveInvoice))


class LiveItemsAnswer(LiveAnswer):
    """Items, by name."""

    data = fields.List(fields.Nested(LiveItem))


class LiveAccountsAnswer(LiveAnswer):
    """Accounts, by name."""

    data = fields.List(fields.Nested(LiveAccount))


class LiveTaxCodesAnswer(LiveAnswer):
    """Tax codes, by name."""

    data = fields.List(fields.Nested(LiveTaxCode))
