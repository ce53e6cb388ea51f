"""Invoices by REST: where they are, and what may be done about them."""

from __future__ import annotations

from typing import Any

from app.api.deeds import Documents, offer_deeds
from app.api.described import ErrorAnswer, InvoiceAnswer, InvoiceListing, InvoicesAnswer
from app.api.guard import KeyBlueprint, workspace_id
from app.queries.api_invoices import Wanted, find_invoice, list_invoices, show_invoice

AUTHENTICATION = "api_key"

blueprint = KeyBlueprint("api_invoices", __name__, description="Invoices and their way")

_ID = "Billing's id or ours (lb-12); where both exist, billing's counts."
_INVOICES = Documents(
    "invoices", "an invoice", "invoice.voided", InvoiceAnswer, find_invoice, show_invoice
)


@blueprint.route("/invoices", methods=["GET"])
@blueprint.arguments(InvoiceListing, location="query")
@blueprint.response(200, InvoicesAnswer)
def index(listing: dict[str, Any]) -> dict[str, Any]:
    """List invoices, newest first."""
    wanted = Wanted(**{name: listing[name] for name in Wanted.__dataclass_fields__})
    page = list_invoices(workspace_id(), wanted, listing["cursor"], listing["limit"])
    return {"data": page.documents, "next_cursor": page.next_cursor}


@blueprint.route("/invoices/<path:name>", methods=["GET"])
@blueprint.doc(description=_ID)
@blueprint.response(200, InvoiceAnswer)
@blueprint.alt_response(404, schema=ErrorAnswer, description="No such invoice")
def show(name: str) -> dict[str, Any]:
    """Show one invoice, where it is and what was paid."""
    return _INVOICES.show(_INVOICES.named(name))


offer_deeds(blueprint, _INVOICES)
