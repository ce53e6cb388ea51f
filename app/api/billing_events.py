"""Billing's events by REST: the same bodies and answers as by hook, opened by an API key."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from app import clock
from app.api.billing_answers import answer
from app.api.described import ErrorAnswer, EventAnswer
from app.api.guard import KeyBlueprint, workspace_id
from app.api.raw_body import whole_body
from app.billing.schemas import (
    CreditNoteBody,
    CreditNoteEventBody,
    CustomerBody,
    EventBody,
    InvoiceBody,
    ServiceBody,
    TaxCodeBody,
    TicketEventBody,
)
from app.usecases.receive_billing_event import receive_body, receive_named

AUTHENTICATION = "api_key"

blueprint = KeyBlueprint("billing_events", __name__, description="What billing tells the bridge")

_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "maxLength": 255},
    "description": "Sent again, it does nothing again. Without it, a revision is known by its"
    " content.",
}


def _body(schema: Any) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


@blueprint.route("/events", methods=["POST"])
@blueprint.doc(
    summary="Take in one event",
    requestBody=_body({"oneOf": [EventBody, CreditNoteEventBody, TicketEventBody]}),
    parameters=[_KEY],
)
@blueprint.alt_response(202, schema=EventAnswer, description="Stored; or known already")
@blueprint.alt_response(409, schema=ErrorAnswer, description="Older than what is here")
@blueprint.alt_response(422, schema=ErrorAnswer, description="One sentence for each field")
def post_event() -> ResponseReturnValue:
    """Take in an event of billing, whole or not at all."""
    return answer(
        receive_body(
            workspace_id(),
            whole_body(),
            request.headers.get("Idempotency-Key"),
            request.remote_addr,
            clock.now(),
        )
    )


@blueprint.route("/services/<path:code>", methods=["PUT"])
@blueprint.doc(summary="Describe a service", requestBody=_body(ServiceBody))
@blueprint.alt_response(202, schema=EventAnswer, description="Stored")
@blueprint.alt_response(422, schema=ErrorAnswer, description="One sentence for each field")
def put_service(code: str) -> ResponseReturnValue:
    """Describe a service of billing; the code in the address counts."""
    return _put("service.updated", {"code": code})


@blueprint.route("/tax-codes/<path:code>", methods=["PUT"])
@blueprint.doc(summary="Describe a tax code", requestBody=_body(TaxCodeBody))
@blueprint.alt_response(202, schema=EventAnswer, description="Stored")
@blueprint.alt_response(422, schema=ErrorAnswer, description="One sentence for each field")
def put_tax_code(code: str) -> ResponseReturnValue:
    """Describe a tax code of billing; the code in the address counts."""
    return _put("tax_code.updated", {"code": code})


@blueprint.route("/customers/<path:customer_id>", methods=["PUT"])
@blueprint.doc(summary="Describe a customer", requestBody=_body(CustomerBody))
@blueprint.alt_response(202, schema=EventAnswer, description="Stored")
@blueprint.alt_response(422, schema=ErrorAnswer, description="One sentence for each field")
def put_customer(customer_id: str) -> ResponseReturnValue:
    """Describe a customer of billing; the id in the address counts."""
    return _put("customer.updated", {"id": customer_id})


@blueprint.route("/invoices/<path:external_id>/finalise", methods=["POST"])
@blueprint.doc(summary="Finalise an invoice", requestBody=_body(InvoiceBody))
@blueprint.alt_response(202, schema=EventAnswer, description="Taken as invoice.finalised")
@blueprint.alt_response(409, schema=ErrorAnswer, description="Older than what is here")
@blueprint.alt_response(422, schema=ErrorAnswer, description="One sentence for each field")
def finalise(external_id: str) -> ResponseReturnValue:
    """Take in an invoice as finalised; billing's id in the address counts."""
    return _put("invoice.finalised", {"id": external_id})


@blueprint.route("/credit-notes/<path:external_id>/finalise", methods=["POST"])
@blueprint.doc(summary="Finalise a credit note", requestBody=_body(CreditNoteBody))
@blueprint.alt_response(202, schema=EventAnswer, description="Taken as credit_note.finalised")
@blueprint.alt_response(409, schema=ErrorAnswer, description="Older than what is here")
@blueprint.alt_response(422, schema=ErrorAnswer, description="One sentence for each field")
def finalise_credit_note(external_id: str) -> ResponseReturnValue:
    """Take in a credit note as finalised; billing's id in the address counts."""
    return _put("credit_note.finalised", {"id": external_id})


def _put(type_: str, named: dict[str, str]) -> ResponseReturnValue:
    return answer(
        receive_named(
            workspace_id(),
            type_,
            named,
            whole_body(),
            request.remote_addr,
            clock.now(),
        )
    )
