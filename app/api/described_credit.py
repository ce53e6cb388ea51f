"""What the REST interface answers about credit notes, as shapes for the OpenAPI document."""

from __future__ import annotations

from marshmallow import Schema, fields

from app.api.described import DocumentListing, SyncAnswer
from app.domain.states import CreditStatus

_AMOUNT = {"description": "A plain decimal.", "example": "120.00"}


class CreditNoteListing(DocumentListing):
    """Which credit notes a caller wants."""

    status = fields.Enum(CreditStatus, by_value=True, load_default=None)


class AppliedAnswer(Schema):
    """The part of a credit note that is put on one invoice, and where that is on its way."""

    invoice = fields.String(metadata={"description": "Billing's id.", "example": "inv_8812"})
    amount = fields.String(metadata=_AMOUNT)
    amount_there = fields.String(
        allow_none=True,
        metadata={
            "description": "What we put on the invoice there: less where the credit note is booked"
            " at less. Null while it is not on it, or where others put it there.",
            "example": "120.00",
        },
    )
    sync = fields.Nested(SyncAnswer)


class CreditNoteAnswer(Schema):
    """A credit note, where it is and what it is put on; its balance is not used yet."""

    id = fields.String(metadata={"example": "lb-13"})
    external_id = fields.String(metadata={"example": "cn_301"})
    number = fields.String(metadata={"example": "CN-0007"})
    currency = fields.String(metadata={"example": "GBP"})
    total = fields.String(metadata=_AMOUNT)
    balance = fields.String(metadata=_AMOUNT)
    status = fields.String(metadata={"enum": [status.value for status in CreditStatus]})
    sync = fields.Nested(SyncAnswer)
    applied_to = fields.List(fields.Nested(AppliedAnswer))
    still_applied_to = fields.List(
        fields.Nested(AppliedAnswer),
        metadata={
            "description": "What it is on in the ledger, though billing took it off: its change"
            " waits, is not sent, or is on its way."
        },
    )


class CreditNotesAnswer(Schema):
    """A page of credit notes."""

    data = fields.List(fields.Nested(CreditNoteAnswer))
    next_cursor = fields.String(allow_none=True)
