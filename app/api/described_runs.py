"""What the REST interface says of runs, as shapes for the OpenAPI document."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from app.api.described import Listing
from app.domain.states import PushState
from app.domain.undo import WAYS, Refusal


class RunListing(Listing):
    """Whose runs a caller wants."""

    connection = fields.Integer(required=True)


class UndoBody(Schema):
    """How a run is to be taken back."""

    how = fields.String(
        required=True,
        validate=validate.OneOf(tuple(WAYS), error="This must be delete or void."),
        metadata={
            "description": "delete: no trace, the number is free again. void: stays at zero, the"
            " number stays used."
        },
    )
    expected = fields.Integer(
        load_default=None,
        metadata={"description": "may_be_taken_back.count as it was seen; another is refused."},
    )


class SomeInvoices(Schema):
    """How many, and their totals by currency."""

    count = fields.Integer()
    totals = fields.Dict(keys=fields.String(), values=fields.String())


class RunInvoices(Schema):
    """What a run did to documents of a kind; found: in the ledger already, nothing was sent."""

    create = fields.Nested(SomeInvoices)
    update = fields.Nested(SomeInvoices)
    void = fields.Nested(SomeInvoices)
    delete = fields.Nested(SomeInvoices)
    found = fields.Nested(SomeInvoices)


class RunShort(Schema):
    """One stretch of pushing into one company."""

    id = fields.String()
    connection = fields.String()
    started_at = fields.String(metadata={"format": "date-time"})
    finished_at = fields.String(allow_none=True, metadata={"format": "date-time"})
    invoices = fields.Nested(RunInvoices)
    credit_notes = fields.Nested(RunInvoices)
    customers_created = fields.Integer()
    credit_notes_created = fields.Integer()
    undone_at = fields.String(allow_none=True, metadata={"format": "date-time"})
    undone_by = fields.String(allow_none=True)
    undone_how = fields.String(allow_none=True, metadata={"enum": [*WAYS, None]})


class RunDocument(Schema):
    """An invoice that a run created; stays_because: none when it may be taken back."""

    invoice_id = fields.String(metadata={"example": "lb-12"})
    number = fields.String()
    currency = fields.String()
    total = fields.String()
    stays_because = fields.String(
        allow_none=True, metadata={"enum": [*(reason.value for reason in Refusal), None]}
    )
    explanation = fields.String(allow_none=True)
    undo = fields.String(
        allow_none=True, metadata={"enum": [*(state.value for state in PushState), None]}
    )
    undo_problem = fields.Dict(allow_none=True)


class RunAnswer(RunShort):
    """A run with every invoice it created."""

    may_be_taken_back = fields.Nested(SomeInvoices)
    documents = fields.List(fields.Nested(RunDocument))


class RunsAnswer(Schema):
    """A page of runs."""

    data = fields.List(fields.Nested(RunShort))
    next_cursor = fields.String(allow_none=True)
