"""The ledger's own book of invoices by REST, as last read: no call to the ledger."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import Schema, fields

from app import clock
from app.api.billing_answers import turn_down
from app.api.described import ErrorAnswer, Listing
from app.api.guard import KeyBlueprint
from app.domain.book_status import BookStatus
from app.models import Connection
from app.queries import connections
from app.queries.ledger_invoices import list_ledger_invoices

AUTHENTICATION = "api_key"

blueprint = KeyBlueprint("api_ledger_invoices", __name__, description="The ledger's own invoices")

Json = dict[str, Any]


class LedgerInvoiceListing(Listing):
    """Which of the ledger's invoices a caller wants."""

    only_there = fields.Boolean(
        load_default=False, metadata={"description": "Only those that are not from billing."}
    )


class LedgerInvoiceAnswer(Schema):
    """An invoice as the ledger has it; invoice_id: of ours, where it is linked."""

    ledger_id = fields.String()
    ledger_url = fields.String()
    number = fields.String(allow_none=True)
    customer_ledger_id = fields.String(allow_none=True)
    customer_name = fields.String(allow_none=True)
    issue_date = fields.String(allow_none=True, metadata={"format": "date"})
    due_date = fields.String(allow_none=True, metadata={"format": "date"})
    currency = fields.String()
    total = fields.String(metadata={"example": "540.00"})
    tax_total = fields.String(metadata={"example": "90.00"})
    balance = fields.String(metadata={"example": "540.00"})
    status = fields.String(metadata={"enum": [status.value for status in BookStatus]})
    deleted = fields.Boolean()
    invoice_id = fields.String(allow_none=True, metadata={"example": "lb-12"})
    read_at = fields.String(metadata={"format": "date-time"})


class LedgerInvoicesAnswer(Schema):
    """A page of the ledger's invoices."""

    data = fields.List(fields.Nested(LedgerInvoiceAnswer))
    next_cursor = fields.String(allow_none=True)


@blueprint.route("/connections/<int:connection_id>/ledger-invoices", methods=["GET"])
@blueprint.arguments(LedgerInvoiceListing, location="query")
@blueprint.response(200, LedgerInvoicesAnswer)
@blueprint.alt_response(404, schema=ErrorAnswer, description="No such connection")
def index(listing: Json, connection_id: int) -> Json:
    """List the ledger's invoices as last read, also those not from billing; newest to us first."""
    connection = connections.connection_of(connection_id)
    if connection is None:
        turn_down(404, "There is no such connection.")
    rows, following = list_ledger_invoices(
        connection,
        _today(connection),
        only_there=listing["only_there"],
        cursor=listing["cursor"],
        limit=listing["limit"],
    )
    return {"data": rows, "next_cursor": following}


def _today(connection: Connection) -> Any:
    return clock.now().astimezone(ZoneInfo(connection.workspace.time_zone)).date()
