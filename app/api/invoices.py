"""Invoices by REST: where they are, and what may be done about them."""

from __future__ import annotations

from typing import Any

from app import clock
from app.api.billing_answers import turn_down
from app.api.deeds import Documents, offer_deeds
from app.api.described import (
    ErrorAnswer,
    InvoiceAnswer,
    InvoiceListing,
    InvoicesAnswer,
    LinkToBody,
)
from app.api.guard import KeyBlueprint, actor, workspace_id
from app.queries.api_invoices import Wanted, find_invoice, list_invoices, show_invoice
from app.usecases.push.decide_there import NotThere, link_to, push_another

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


@blueprint.route("/invoices/<path:name>/link", methods=["POST"])
@blueprint.arguments(LinkToBody)
@blueprint.response(200, InvoiceAnswer)
@blueprint.alt_response(409, schema=ErrorAnswer, description="Not what it perhaps is, or taken")
def link(body: dict[str, Any], name: str) -> dict[str, Any]:
    """Link it to the ledger's invoice that it is (problem.candidates); nothing is written there."""
    invoice = _INVOICES.named(name)
    try:
        link_to(invoice.id, body["ledger_id"], actor(), None, clock.now())
    except NotThere as error:
        turn_down(409, f"{invoice.number} was not linked. {error}")
    return _INVOICES.show(invoice)


@blueprint.route("/invoices/<path:name>/push-another", methods=["POST"])
@blueprint.response(200, InvoiceAnswer)
@blueprint.alt_response(409, schema=ErrorAnswer, description="Nobody is asked about it")
def push_another_one(name: str) -> dict[str, Any]:
    """Push it: it is none of problem.candidates, and is not asked about them again."""
    invoice = _INVOICES.named(name)
    if not push_another([invoice.id], actor(), None, clock.now()):
        state = invoice.sync_state
        turn_down(409, f"{invoice.number} waits for no such decision: its sync state is {state}.")
    return _INVOICES.show(invoice)


offer_deeds(blueprint, _INVOICES)
