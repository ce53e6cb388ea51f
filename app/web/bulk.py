"""Ask before many invoices are moved: how many, how much money, and which stay as they are."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.states import PushState, SyncState
from app.models import Invoice, Push
from app.queries.chosen import Can, chosen
from app.web.guard import needs_role, workspace
from app.web.interrupted import local_path
from app.web.offered_where import AGAIN, HOLDABLE, OPT_OUT

AUTHENTICATION = "session"

blueprint = Blueprint("bulk", __name__, url_prefix="/invoices/bulk")


def _unsent(push: Push | None) -> bool:
    return push is None or (push.first_sent_at is None and push.undoes_id is None)


def _goes(invoice: Invoice, push: Push | None) -> bool:
    undone = push is not None and (push.undoes_id is not None or push.state == PushState.PUSHING)
    return invoice.sync_state in AGAIN | {SyncState.HELD, SyncState.WAITING} and not undone


def _waits(invoice: Invoice, push: Push | None) -> bool:
    return push is not None and invoice.sync_state in HOLDABLE and _unsent(push)


def _opts_out(invoice: Invoice, push: Push | None) -> bool:
    known = push is not None or invoice.sync_state == SyncState.BLOCKED
    return known and invoice.sync_state in OPT_OUT and _unsent(push)


def _tried_again(invoice: Invoice, push: Push | None) -> bool:
    under_way = push is not None and push.state == PushState.PUSHING
    return invoice.sync_state in AGAIN | {SyncState.HELD, SyncState.WAITING} and not under_way


class Asked(NamedTuple):
    """A deed put as a question: its verb, what then happens, and what it is for."""

    verb: str
    one: str
    many: str
    icon: str
    can: Can
    stays: str  # why the others stay
    again: bool = False  # "Try 3 invoices again"

    @property
    def name(self) -> str:
        """Return what the deed is called, without what it is done to."""
        return f"{self.verb} again" if self.again else self.verb


ASKED = {
    "push": Asked(
        "Push",
        "It goes to the ledger now.",
        "They go to the ledger now, held and refused ones too. One that is refused again stops none"
        " of the others.",
        "arrow-right",
        _goes,
        "already in the ledger, on their way, or opted out",
    ),
    "retry": Asked(
        "Try",
        "It goes to the ledger now. What is there by now is not booked twice.",
        "They go to the ledger now, held ones too. One that is refused again stops none of the"
        " others, and what is in the ledger by now is not booked twice.",
        "refresh",
        _tried_again,
        "already in the ledger, on their way, or opted out",
        again=True,
    ),
    "hold": Asked(
        "Hold",
        "It waits here until somebody pushes it.",
        "They wait here until somebody pushes them.",
        "eye",
        _waits,
        "already in the ledger, on their way, held or opted out",
    ),
    "never": Asked(
        "Do not push",
        "It stays in billing only and counts as known in reconciliation. You can change your mind.",
        "They stay in billing only and count as known in reconciliation. You can change your mind.",
        "ban",
        _opts_out,
        "already in the ledger, on their way, or opted out",
    ),
}


@blueprint.post("/confirm")
@needs_role("owner", "finance")
def confirm() -> ResponseReturnValue:
    """Show what a deed would do to the invoices that were ticked."""
    deed = request.form.get("deed", "")
    asked = ASKED.get(deed) or abort(404)
    back = local_path(request.form.get("back") or request.referrer) or url_for("invoices.index")
    ids = request.form.getlist("invoice", type=int)
    if not ids:
        flash("No invoice was chosen.", "wait")
        return redirect(back, 303)
    return render_template(
        "invoices/confirm.html",
        deed=deed,
        asked=asked,
        chosen=chosen(ids, asked.can),
        home=workspace().currency,
        back=back,
    )


@blueprint.get("/confirm")
def again() -> ResponseReturnValue:
    """Send back to the list whoever comes here without a choice: a reload, a late sign-in."""
    return redirect(url_for("invoices.index"))
