"""Invoices by REST: where they are, and what may be done about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from flask import request
from flask.typing import ResponseReturnValue

from app import clock
from app.api.billing_answers import answer, turn_down
from app.api.described import (
    ErrorAnswer,
    EventAnswer,
    InvoiceAnswer,
    InvoiceListing,
    InvoicesAnswer,
)
from app.api.guard import KeyBlueprint, actor, workspace_id
from app.api.raw_body import whole_body
from app.billing.event_id import own_event_id
from app.domain.undo import is_taken_back
from app.models import Invoice
from app.queries.api_invoices import Wanted, find_invoice, list_invoices, show_invoice
from app.usecases.push import actions
from app.usecases.push.preview import preview as preview_of
from app.usecases.receive_billing_event import receive

AUTHENTICATION = "api_key"

blueprint = KeyBlueprint("api_invoices", __name__, description="Invoices and their way")

_ID = "Billing's id or ours (lb-12); where both exist, billing's counts."
_View = TypeVar("_View", bound=Callable[..., Any])
_Action = Callable[[Sequence[int], str, int | None, datetime], int]


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
    return show_invoice(_named(name))


def _named(name: str) -> Invoice:
    invoice = find_invoice(workspace_id(), name)
    return invoice or turn_down(404, "There is no such invoice.")


def _action(deed: str, refused: str) -> Callable[[_View], _View]:
    """Describe what may be done about an invoice: its address, its answer, and when it is 409."""

    def described(view: _View) -> _View:
        view = blueprint.alt_response(409, schema=ErrorAnswer, description=refused)(view)
        view = blueprint.response(200, InvoiceAnswer)(view)
        return blueprint.route(f"/invoices/<path:name>/{deed}", methods=["POST"])(view)

    return described


@_action("push", "Nothing to push")
def push(name: str) -> dict[str, Any]:
    """Push now what waits, is held or was refused."""
    return _act(name, actions.push_now, "cannot be pushed")


@_action("hold", "On its way or booked already")
def hold(name: str) -> dict[str, Any]:
    """Keep an invoice back until somebody pushes it."""
    return _act(name, actions.hold, "cannot be held")


@_action("never-push", "On its way or booked already")
def never_push(name: str) -> dict[str, Any]:
    """Opt an invoice out of pushing."""
    return _act(name, actions.never_push, "cannot be opted out")


@_action("book-ledger-tax", "Not kept here for its tax")
def book_ledger_tax(name: str) -> dict[str, Any]:
    """Book this revision with the ledger's tax, not billing's; it is shown as differing."""
    return _act(name, actions.book_ledger_tax, "does not wait for this decision")


@_action("allow-push", "Not opted out, or void")
def allow_push(name: str) -> dict[str, Any]:
    """Take an opt-out back: the invoice goes."""
    return _act(name, actions.allow_push, "is not opted out")


@_action("use-billing", "Nobody is asked about it")
def use_billing(name: str) -> dict[str, Any]:
    """Write billing's version over what was changed in the ledger (problem.differences)."""
    return _act(name, actions.use_billing, "waits for no such decision")


@_action("keep-ledger", "Nobody is asked about it")
def keep_ledger(name: str) -> dict[str, Any]:
    """Leave what was changed in the ledger, and give this revision of billing's up."""
    return _act(name, actions.keep_ledger, "waits for no such decision")


@blueprint.route("/invoices/<path:name>/void", methods=["POST"])
@blueprint.alt_response(202, schema=EventAnswer, description="Taken as invoice.voided")
@blueprint.alt_response(404, schema=ErrorAnswer, description="No such invoice")
def void(name: str) -> ResponseReturnValue:
    """Void an invoice in its present revision, here and in the ledger."""
    invoice = _named(name)
    data = {"id": invoice.external_id, "revision": invoice.revision}
    event = {"type": "invoice.voided", "data": data}
    raw = whole_body()
    event_id = own_event_id(event)
    now = clock.now()
    return answer(receive(workspace_id(), event, event_id, raw, request.remote_addr, now))


@blueprint.route("/invoices/<path:name>/preview", methods=["GET", "POST"])
@blueprint.alt_response(200, description="The ledger's own words for it")
@blueprint.alt_response(404, schema=ErrorAnswer, description="No such invoice")
def preview(name: str) -> ResponseReturnValue:
    """Show what would be sent to the ledger; nothing is written."""
    return preview_of(_named(name).id)


def _act(name: str, action: _Action, refused: str) -> dict[str, Any]:
    invoice = _named(name)
    changed = action([invoice.id], actor(), None, clock.now())
    if not changed:
        problem = invoice.problem or {}
        why = f" {problem['what_to_do']}" if is_taken_back(problem) else ""
        state = invoice.sync_state
        turn_down(409, f"{invoice.number} {refused}: its sync state is {state}.{why}")
    return show_invoice(invoice)
