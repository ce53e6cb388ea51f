"""What may be done about a document by REST: the same of an invoice and of a credit note."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app import clock
from app.api.billing_answers import answer, turn_down
from app.api.described import ErrorAnswer, EventAnswer
from app.api.guard import KeyBlueprint, actor, workspace_id
from app.api.raw_body import whole_body
from app.billing.event_id import own_event_id
from app.domain.undo import is_taken_back
from app.models import SalesDocument
from app.usecases.push import actions
from app.usecases.push.preview import preview as preview_of
from app.usecases.receive_billing_event import receive

Json = dict[str, Any]
_Action = Callable[[Sequence[int], str, int | None, datetime], int]


@dataclass(frozen=True, slots=True)
class Documents:
    """One kind of document: where it is in addresses, what it is called, how it is found and shown.

    find: None for a name that no document of the workspace has.
    """

    path: str
    a_document: str
    event: str
    answer: type[Schema]
    find: Callable[[int, str], SalesDocument | None]
    show: Callable[[Any], Json]

    @property
    def word(self) -> str:
        """Return what it is called, without an article."""
        return self.a_document.partition(" ")[2]

    def named(self, name: str) -> SalesDocument:
        """Return the document of a name, or answer 404."""
        return self.find(workspace_id(), name) or turn_down(404, f"There is no such {self.word}.")


@dataclass(frozen=True, slots=True)
class _Deed:
    """One thing to do: its sentence, and what a refusal says; {} is the document with its article.

    unless: when 409 is answered.
    """

    path: str
    action: _Action
    sentence: str
    refused: str
    unless: str


_DEEDS = (
    _Deed(
        "push",
        actions.push_now,
        "Push now what waits, is held or was refused.",
        "cannot be pushed",
        "Nothing to push",
    ),
    _Deed(
        "hold",
        actions.hold,
        "Keep {} back until somebody pushes it.",
        "cannot be held",
        "On its way or booked already",
    ),
    _Deed(
        "never-push",
        actions.never_push,
        "Opt {} out of pushing.",
        "cannot be opted out",
        "On its way or booked already",
    ),
    _Deed(
        "allow-push",
        actions.allow_push,
        "Take the opt-out of {} back: it goes.",
        "is not opted out",
        "Not opted out, or void",
    ),
    _Deed(
        "book-ledger-tax",
        actions.book_ledger_tax,
        "Book this revision with the ledger's tax, not billing's; it is shown as differing.",
        "does not wait for this decision",
        "Not kept here for its tax",
    ),
    _Deed(
        "use-billing",
        actions.use_billing,
        "Write billing's version over what was changed in the ledger (problem.differences).",
        "waits for no such decision",
        "Nobody is asked about it",
    ),
    _Deed(
        "keep-ledger",
        actions.keep_ledger,
        "Leave what was changed in the ledger, and give this revision of billing's up.",
        "waits for no such decision",
        "Nobody is asked about it",
    ),
)


def offer_deeds(blueprint: KeyBlueprint, documents: Documents) -> None:
    """Give a kind of document an address for everything that may be done about one."""
    for deed in _DEEDS:
        _offer(blueprint, documents, deed)
    _offer_void(blueprint, documents)
    _offer_preview(blueprint, documents)


def _offer(blueprint: KeyBlueprint, documents: Documents, deed: _Deed) -> None:
    def act(name: str) -> Json:
        document = documents.named(name)
        changed = deed.action([document.id], actor(), None, clock.now())
        if not changed:
            problem = document.problem or {}
            why = f" {problem['what_to_do']}" if is_taken_back(problem) else ""
            state = document.sync_state
            turn_down(409, f"{document.number} {deed.refused}: its sync state is {state}.{why}")
        return documents.show(document)

    act.__doc__ = deed.sentence.format(documents.a_document)
    endpoint = deed.path.replace("-", "_")
    described = blueprint.response(200, documents.answer)(act)
    described = blueprint.alt_response(409, schema=ErrorAnswer, description=deed.unless)(described)
    address = f"/{documents.path}/<path:name>/{deed.path}"
    blueprint.route(address, methods=["POST"], endpoint=endpoint)(described)


def _offer_void(blueprint: KeyBlueprint, documents: Documents) -> None:
    def void(name: str) -> ResponseReturnValue:
        document = documents.named(name)
        data = {"id": document.external_id, "revision": document.revision}
        event = {"type": documents.event, "data": data}
        raw = whole_body()
        event_id = own_event_id(event)
        now = clock.now()
        return answer(receive(workspace_id(), event, event_id, raw, request.remote_addr, now))

    void.__doc__ = f"Void {documents.a_document} in its present revision, here and in the ledger."
    taken = f"Taken as {documents.event}"
    described = blueprint.alt_response(202, schema=EventAnswer, description=taken)(void)
    described = _not_found(blueprint, documents)(described)
    blueprint.route(f"/{documents.path}/<path:name>/void", methods=["POST"])(described)


def _offer_preview(blueprint: KeyBlueprint, documents: Documents) -> None:
    def preview(name: str) -> ResponseReturnValue:
        return preview_of(documents.named(name).id)

    preview.__doc__ = "Show what would be sent to the ledger; nothing is written."
    words = "The ledger's own words for it"
    described = blueprint.alt_response(200, description=words)(preview)
    described = _not_found(blueprint, documents)(described)
    blueprint.route(f"/{documents.path}/<path:name>/preview", methods=["GET", "POST"])(described)


def _not_found(blueprint: KeyBlueprint, documents: Documents) -> Any:
    said = f"No such {documents.word}"
    return blueprint.alt_response(404, schema=ErrorAnswer, description=said)
