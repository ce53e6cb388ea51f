"""What the REST interface answers, as shapes for the OpenAPI document."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from app.domain.payments import PaymentKind
from app.domain.states import InvoiceStatus, SyncState

_AMOUNT = {"description": "A plain decimal.", "example": "540.00"}


class Listing(Schema):
    """How much of a list a caller wants."""

    limit = fields.Integer(
        load_default=50,
        validate=validate.Range(1, 200, error="This must be between 1 and 200."),
    )
    cursor = fields.String(
        load_default=None, metadata={"description": "next_cursor of the page before."}
    )


class DocumentListing(Listing):
    """Which documents a caller wants."""

    sync_state = fields.Enum(SyncState, by_value=True, load_default=None)
    number = fields.String(load_default=None)
    customer = fields.String(load_default=None, metadata={"description": "Billing's id."})
    changed_since = fields.AwareDateTime(
        format="iso",
        load_default=None,
        metadata={"description": "In the order of change; overlap a minute with the time before."},
    )


class InvoiceListing(DocumentListing):
    """Which invoices a caller wants."""

    status = fields.Enum(InvoiceStatus, by_value=True, load_default=None)


class ReconciliationListing(Listing):
    """Which verdicts a caller wants."""

    connection = fields.Integer(load_default=None)


class DriftListing(Listing):
    """Which differences a caller wants."""

    open = fields.Boolean(load_default=False, metadata={"description": "Only open ones."})


class Polling(Schema):
    """From where on a caller wants to hear."""

    after = fields.String(
        load_default=None, metadata={"description": "next of the answer before; none at first."}
    )
    limit = fields.Integer(
        load_default=100,
        validate=validate.Range(1, 500, error="This must be between 1 and 500."),
    )


class SyncAnswer(Schema):
    """Where an invoice is on its way into the ledger."""

    state = fields.String(metadata={"enum": [state.value for state in SyncState]})
    connection = fields.String(allow_none=True)
    ledger = fields.String(allow_none=True)
    ledger_id = fields.String(allow_none=True)
    ledger_url = fields.String(allow_none=True)
    pushed_at = fields.String(allow_none=True, metadata={"format": "date-time"})
    attempts = fields.Integer()
    problem = fields.Dict(
        allow_none=True,
        metadata={
            "description": "code, title, means, what_to_do, ledger_message, ledger_request_id,"
            " missing (everything that stands in the way, at once), and where it is settled: where"
            " (mappings, connection, customer, invoice, billing, document, taxes or"
            " company_settings), link (the address) and link_words; null where nothing is to be"
            " done anywhere. differences, with the code edited_there: field by field what the"
            " ledger and billing say, and who changed it (changed_by); decide by use-billing or"
            " keep-ledger. other_changes: what else was changed, which neither undoes there."
            " candidates, with the codes perhaps_there and there_already, and where the ledger has"
            " the number or the document of before is gone (number_taken, not_as_linked): what"
            " of the ledger's is perhaps the same; decide by link, push-another or never-push."
        },
    )


class PaymentOfInvoice(Schema):
    """The part of a payment that settles the invoice."""

    ledger_id = fields.String()
    amount = fields.String(metadata=_AMOUNT)
    date = fields.String(allow_none=True, metadata={"format": "date"})
    reference = fields.String(allow_none=True)
    kind = fields.String(metadata={"enum": [kind.value for kind in PaymentKind]})


class InvoiceAnswer(Schema):
    """An invoice, where it is and what was paid."""

    id = fields.String(metadata={"example": "lb-12"})
    external_id = fields.String(metadata={"example": "inv_8812"})
    number = fields.String(metadata={"example": "INV-2041"})
    currency = fields.String(metadata={"example": "GBP"})
    total = fields.String(metadata=_AMOUNT)
    balance = fields.String(metadata=_AMOUNT)
    status = fields.String(metadata={"enum": [status.value for status in InvoiceStatus]})
    sync = fields.Nested(SyncAnswer)
    payments = fields.List(fields.Nested(PaymentOfInvoice))
    settled_otherwise = fields.String(
        allow_none=True,
        metadata=_AMOUNT
        | {
            "description": "What was settled in the ledger without a payment: a journal entry, a"
            " line of a deposit or a write-off. After a disconnect, as payments, as last read;"
            " null where nothing of what paid it is known until the company is connected again."
        },
    )


class InvoicesAnswer(Schema):
    """A page of invoices."""

    data = fields.List(fields.Nested(InvoiceAnswer))
    next_cursor = fields.String(allow_none=True)


class ListAnswer(Schema):
    """A page of a list."""

    data = fields.List(fields.Dict())
    next_cursor = fields.String(allow_none=True)


class SettledInvoice(Schema):
    """An invoice a payment is on; without invoice_id when it is not billing's."""

    invoice_id = fields.String(allow_none=True, metadata={"example": "lb-12"})
    external_id = fields.String(allow_none=True, metadata={"example": "inv_8812"})
    ledger_id = fields.String()
    amount = fields.String(metadata=_AMOUNT)


class LedgerPaymentAnswer(Schema):
    """A payment or a refund as the ledger has it, and the invoices it is on."""

    id = fields.String()
    connection = fields.String()
    ledger = fields.String()
    ledger_id = fields.String()
    kind = fields.String(
        metadata={
            "enum": [kind.value for kind in PaymentKind],
            "description": "credit: no money, credits put on invoices. refund: money given back.",
        }
    )
    customer_id = fields.String(
        allow_none=True, metadata={"description": "Billing's id of the customer, where linked."}
    )
    customer_ledger_id = fields.String(allow_none=True)
    amount = fields.String(metadata=_AMOUNT)
    unapplied = fields.String(
        metadata=_AMOUNT | {"description": "What of it is on no invoice in the ledger."}
    )
    currency = fields.String(allow_none=True)
    date = fields.String(allow_none=True, metadata={"format": "date"})
    reference = fields.String(allow_none=True)
    voided = fields.Boolean(metadata={"description": "Voided or deleted there."})
    invoices = fields.List(fields.Nested(SettledInvoice))


class PaymentsAnswer(Schema):
    """Some payments; ask again with after=next, at once when there is more."""

    data = fields.List(fields.Nested(LedgerPaymentAnswer))
    next = fields.String(allow_none=True)
    more = fields.Boolean()


class FeedAnswer(Schema):
    """Some rows of a feed; ask again with after=next, at once when there is more."""

    data = fields.List(fields.Dict())
    next = fields.String(allow_none=True)
    more = fields.Boolean()


class LinkToBody(Schema):
    """Which of the ledger's invoices it is."""

    ledger_id = fields.String(
        required=True, metadata={"description": "The ledger_id of one of problem.candidates."}
    )


class EventAnswer(Schema):
    """What became of an event."""

    event_id = fields.String()
    status = fields.String(metadata={"enum": ["accepted", "duplicate", "ignored"]})
    invoice_id = fields.String(allow_none=True, metadata={"example": "lb-12"})
    credit_note_id = fields.String(allow_none=True, metadata={"example": "lb-13"})


class ErrorAnswer(Schema):
    """Why something was refused: one sentence, and one for each field where there are fields."""

    code = fields.Integer()
    message = fields.String()
    errors = fields.Dict(keys=fields.String(), values=fields.String())
