"""The PDF of an invoice by REST: hand it over, see what became of it, try again."""

from __future__ import annotations

from typing import Any

from flask import request
from marshmallow import Schema, fields

from app import clock
from app.api.billing_answers import turn_down
from app.api.described import ErrorAnswer
from app.api.guard import KeyBlueprint, actor, workspace_id
from app.api.raw_body import whole_body
from app.billing.fetch_document import MOST, NotFetched
from app.domain.states import FileState
from app.models import Invoice, InvoiceDocument
from app.queries.api_invoices import find_invoice, moment
from app.queries.one_invoice import documents_of
from app.usecases.documents import put_document, try_again

AUTHENTICATION = "api_key"

blueprint = KeyBlueprint("api_documents", __name__, description="Documents of invoices")

Json = dict[str, Any]


class Naming(Schema):
    """What the file is called."""

    name = fields.String(
        load_default=None,
        metadata={"description": "The invoice's number otherwise; .pdf is added where it lacks."},
    )


class DocumentAnswer(Schema):
    """A document and what became of it."""

    id = fields.String()
    name = fields.String(metadata={"example": "INV-2041.pdf"})
    state = fields.String(metadata={"enum": [state.value for state in FileState]})
    attached_at = fields.String(allow_none=True, metadata={"format": "date-time"})
    problem = fields.Dict(allow_none=True)


class DocumentsAnswer(Schema):
    """The documents of an invoice."""

    data = fields.List(fields.Nested(DocumentAnswer))


@blueprint.route("/invoices/<path:name>/document", methods=["GET"])
@blueprint.response(200, DocumentsAnswer)
@blueprint.alt_response(404, schema=ErrorAnswer, description="No such invoice")
def index(name: str) -> Json:
    """Show the documents of an invoice and what became of each."""
    return {"data": [_shown(one) for one in documents_of(_named(name))]}


@blueprint.route("/invoices/<path:name>/document", methods=["PUT"])
@blueprint.doc(
    requestBody={
        "required": True,
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    }
)
@blueprint.arguments(Naming, location="query")
@blueprint.response(202, DocumentAnswer)
@blueprint.alt_response(404, schema=ErrorAnswer, description="No such invoice")
@blueprint.alt_response(413, schema=ErrorAnswer, description="More than 10 MB")
@blueprint.alt_response(422, schema=ErrorAnswer, description="Not a PDF")
def put(naming: Json, name: str) -> Json:
    """Hand over the invoice as a PDF, to be attached once the invoice is in the ledger.

    The invoice's own state never depends on it.
    """
    invoice = _named(name)
    request.max_content_length = MOST
    content = whole_body()
    try:
        document = put_document(invoice.id, content, naming["name"], actor(), clock.now())
    except NotFetched as error:
        turn_down(422, error.sentence)
    return _shown(document)


@blueprint.route("/invoices/<path:name>/document/try-again", methods=["POST"])
@blueprint.response(202, DocumentsAnswer)
@blueprint.alt_response(404, schema=ErrorAnswer, description="No such invoice")
def again(name: str) -> Json:
    """Try once more whatever could not be attached."""
    invoice = _named(name)
    for one in documents_of(invoice):
        if one.state == FileState.FAILED:
            try_again(one.id, actor(), None, clock.now())
    return {"data": [_shown(one) for one in documents_of(invoice)]}


def _named(name: str) -> Invoice:
    return find_invoice(workspace_id(), name) or turn_down(404, "There is no such invoice.")


def _shown(document: InvoiceDocument) -> Json:
    return {
        "id": str(document.id),
        "name": document.name,
        "state": document.state,
        "attached_at": moment(document.attached_at) if document.attached_at else None,
        "problem": document.problem,
    }
