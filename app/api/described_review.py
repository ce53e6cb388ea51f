"""What the REST interface says of reviews and dry runs, as shapes for the OpenAPI document."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from app.domain.states import NUMBERED, DocumentKind, Operation
from app.usecases.push.dry_run import Buyer, Fate

_KIND = {"enum": [kind.value for kind in NUMBERED]}
_TOTALS = {"description": "By currency; plain decimals.", "example": {"GBP": "540.00"}}


class HeldListing(Schema):
    """Whose invoices a caller wants."""

    connection = fields.Integer(load_default=None)


class HeldBatch(Schema):
    """What waits for review of one day: a recurring run, single invoices, or credit notes."""

    connection = fields.String()
    day = fields.String(metadata={"format": "date"})
    kind = fields.String(metadata=_KIND)
    recurring = fields.Boolean()
    count = fields.Integer()
    totals = fields.Dict(keys=fields.String(), values=fields.String(), metadata=_TOTALS)


class HeldAnswer(Schema):
    """Everything that waits for review."""

    data = fields.List(fields.Nested(HeldBatch))


class ReleaseBody(Schema):
    """Which batch is to be pushed, and how many it was seen to be."""

    connection = fields.Integer(required=True)
    day = fields.Date(format="iso", required=True)
    kind = fields.String(
        load_default=DocumentKind.INVOICE, validate=validate.OneOf(_KIND["enum"]), metadata=_KIND
    )
    recurring = fields.Boolean(required=True)
    expected = fields.Integer(
        required=True, metadata={"description": "count as it was seen; another is refused."}
    )


class ReleaseAnswer(Schema):
    """How many go now."""

    pushed = fields.Integer()


class SomeDocuments(Schema):
    """How many, and the totals by currency: of the invoices, and of the credit notes."""

    count = fields.Integer()
    totals = fields.Dict(keys=fields.String(), values=fields.String(), metadata=_TOTALS)
    credit_totals = fields.Dict(keys=fields.String(), values=fields.String(), metadata=_TOTALS)


class WouldAnswer(Schema):
    """One document as it would be sent."""

    invoice_id = fields.String(metadata={"example": "lb-12", "description": "Of either kind."})
    kind = fields.String(metadata=_KIND)
    number = fields.String()
    operation = fields.String(metadata={"enum": [each.value for each in Operation]})
    fate = fields.String(metadata={"enum": [each.value for each in Fate]})
    currency = fields.String()
    total = fields.String()
    customer = fields.String()
    customer_is = fields.String(
        allow_none=True,
        metadata={
            "enum": [each.value for each in Buyer],
            "description": "linked; found: one of this name was there when we last read, and is"
            " looked for again; new: looked for, and created when nobody has the name.",
        },
    )
    customer_ledger_id = fields.String(allow_none=True)
    body = fields.Dict(allow_none=True, metadata={"description": "The ledger's own JSON."})
    problem = fields.Dict(allow_none=True)
    note = fields.String(allow_none=True)
    looks_first = fields.Boolean()


class DryRunAnswer(Schema):
    """Everything that waits for a company as it would be sent; nothing was written."""

    connection = fields.String()
    summary = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(SomeDocuments),
        metadata={"description": "By fate."},
    )
    documents = fields.List(fields.Nested(WouldAnswer))
    left_out = fields.Integer(metadata={"description": "How many more wait than are shown."})
