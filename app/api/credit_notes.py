"""Credit notes by REST: where they are, what they are put on, and what may be done about them."""

from __future__ import annotations

from typing import Any

from app.api.deeds import Documents, offer_deeds
from app.api.described import ErrorAnswer
from app.api.described_credit import CreditNoteAnswer, CreditNoteListing, CreditNotesAnswer
from app.api.guard import KeyBlueprint, workspace_id
from app.domain.states import CREDIT_STATUS
from app.queries.api_credit_notes import find_credit_note, list_credit_notes, show_credit_note
from app.queries.api_invoices import Wanted

AUTHENTICATION = "api_key"

blueprint = KeyBlueprint("api_credit_notes", __name__, description="Credit notes and their way")

_ID = "Billing's id or ours (lb-13); where both exist, billing's counts."
_CREDIT_NOTES = Documents(
    "credit-notes",
    "a credit note",
    "credit_note.voided",
    CreditNoteAnswer,
    find_credit_note,
    show_credit_note,
)


@blueprint.route("/credit-notes", methods=["GET"])
@blueprint.arguments(CreditNoteListing, location="query")
@blueprint.response(200, CreditNotesAnswer)
def index(listing: dict[str, Any]) -> dict[str, Any]:
    """List credit notes, newest first."""
    kept_as = {said: status for status, said in CREDIT_STATUS.items()}
    given = {name: listing[name] for name in Wanted.__dataclass_fields__}
    wanted = Wanted(**given | {"status": kept_as.get(listing["status"])})
    page = list_credit_notes(workspace_id(), wanted, listing["cursor"], listing["limit"])
    return {"data": page.documents, "next_cursor": page.next_cursor}


@blueprint.route("/credit-notes/<path:name>", methods=["GET"])
@blueprint.doc(description=_ID)
@blueprint.response(200, CreditNoteAnswer)
@blueprint.alt_response(404, schema=ErrorAnswer, description="No such credit note")
def show(name: str) -> dict[str, Any]:
    """Show one credit note, where it is and what it is put on."""
    return _CREDIT_NOTES.show(_CREDIT_NOTES.named(name))


offer_deeds(blueprint, _CREDIT_NOTES)
