"""What waits for review, a day's run at a time: how many, how much, and one button for all."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.states import NUMBERED, DocumentKind
from app.domain.wording import plural
from app.queries import held as queries
from app.queries import mappings
from app.queries.held import Batch, Held
from app.usecases.push.release_held import HeldChanged, release_held
from app.web.guard import actor, needs_role
from app.web.presentation import now

AUTHENTICATION = "session"

blueprint = Blueprint("held", __name__, url_prefix="/invoices/held")


@blueprint.get("")
def index() -> ResponseReturnValue:
    """List what waits for review by day and run, oldest first."""
    connection_id = request.args.get("connection", type=int)
    batches = queries.batches(connection_id)
    return render_template(
        "held/index.html",
        batches=batches,
        waiting=_how_many(batches),
        several=len(mappings.live_connections()) > 1,
    )


@blueprint.post("")
@needs_role("owner", "finance")
def release() -> ResponseReturnValue:
    """Push all of one day's run, as it was shown."""
    form = request.form
    connection_id, expected = form.get("connection", type=int), form.get("expected", type=int)
    day = _day(form.get("day", ""))
    kind = form.get("kind", DocumentKind.INVOICE)
    if connection_id is None or expected is None or day is None or kind not in NUMBERED:
        abort(400)
    user_id, name = actor()
    batch = Batch(connection_id, day, form.get("recurring") == "1", kind)
    try:
        count = release_held(batch, expected, name, user_id, now())
    except HeldChanged as error:
        flash(str(error), "wait")
    else:
        goes = f"{plural(count, _word(kind))} {'goes' if count == 1 else 'go'} now."
        flash(goes, "ok")
    return redirect(url_for("held.index"), 303)


def _how_many(batches: list[Held]) -> list[str]:
    """Return how many of each kind wait: "3 invoices", "1 credit note"."""
    counts: dict[str, int] = {}
    for one in batches:
        counts[one.batch.kind] = counts.get(one.batch.kind, 0) + one.count
    return [plural(count, _word(kind)) for kind, count in counts.items()]


def _word(kind: str) -> str:
    return "credit note" if kind == DocumentKind.CREDIT_NOTE else "invoice"


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None
