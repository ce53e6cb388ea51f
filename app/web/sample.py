"""The sample invoice: sent by one press, voided in a sandbox, removed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from app.domain.sample import SAMPLE_NUMBER, is_sample
from app.domain.states import IN_LEDGER, ConnectionState
from app.models import Invoice, SalesDocument
from app.queries import setting_up
from app.usecases.sample.remove import SampleRefused, may_be_removed, remove_sample
from app.usecases.sample.send import send_sample, void_sample, why_not
from app.web.guard import actor, needs_role, workspace_id
from app.web.presentation import now

AUTHENTICATION = "session"

blueprint = Blueprint("sample", __name__, url_prefix="/sample")


@dataclass(frozen=True, slots=True)
class Standing:
    """The sample of a workspace, and what may be done about it."""

    invoice: SalesDocument
    removable: bool
    to_void: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """That a sample may be sent; why_not: what speaks against it, a sentence."""

    why_not: str


@blueprint.app_template_global("sample_standing")
def standing_of(document: SalesDocument | None) -> Standing | None:
    """Return how the sample stands; None for every other document."""
    if not isinstance(document, Invoice) or not is_sample(document.external_id):
        return None
    connection = document.connection
    linked = connection is not None and connection.state != ConnectionState.DISCONNECTED
    return Standing(
        document,
        removable=may_be_removed(document),
        to_void=linked and document.sync_state in IN_LEDGER,
    )


def offer(heard: bool) -> Offer | None:
    """Return the offer to send one; None once billing has been heard."""
    return None if heard else Offer(why_not(workspace_id()))


@blueprint.post("")
@needs_role("owner", "finance")
def send() -> ResponseReturnValue:
    """Let a sample invoice come in."""

    def deed(who: int, name: str) -> None:
        send_sample(workspace_id(), name, who, now())

    return _done(deed, f"{SAMPLE_NUMBER} came in. Go on to the next step with it.")


@blueprint.post("/void")
@needs_role("owner", "finance")
def void() -> ResponseReturnValue:
    """Take the sample out of a sandbox company again."""

    def deed(who: int, name: str) -> None:
        void_sample(workspace_id(), name, who, now())

    sample = setting_up.sample()
    then = url_for("invoices.show", invoice_id=sample.id) if sample else ""
    return _done(deed, f"{SAMPLE_NUMBER} is being voided. Then it can be removed.", then)


@blueprint.post("/remove")
@needs_role("owner", "finance")
def remove() -> ResponseReturnValue:
    """Delete the sample and what came with it."""

    def deed(who: int, name: str) -> None:
        remove_sample(workspace_id(), name, who)

    return _done(deed, "The sample is removed, with its customer, service and mappings.")


def _done(deed: Callable[[int, str], None], said: str, then: str = "") -> ResponseReturnValue:
    try:
        deed(*actor())
    except SampleRefused as refused:
        flash(str(refused), "bad")
    else:
        flash(said, "ok")
    return redirect(then or url_for("setup.billing"), 303)
