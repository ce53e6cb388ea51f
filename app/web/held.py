"""What waits for review, a day's run at a time: how many, how much, and one button for all."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.wording import plural
from app.queries import held as queries
from app.queries import mappings
from app.queries.held import Batch
from app.usecases.push.release_held import HeldChanged, release_held
from app.web.guard import actor, needs_role
from app.web.presentation import now

AUTHENTICATION = "session"

blueprint = Blueprint("held", __name__, url_prefix="/invoices/held")


@blueprint.get("")
def index() -> ResponseReturnValue:
    """List what waits for review by day and run, oldest first."""
    connection_id = request.args.get("connection", type=int)
    return render_template(
        "held/index.html",
        batches=queries.batches(connection_id),
        several=len(mappings.live_connections()) > 1,
    )


@blueprint.post("")
@needs_role("owner", "finance")
def release() -> ResponseReturnValue:
    """Push all of one day's run, as it was shown."""
    form = request.form
    connection_id, expected = form.get("connection", type=int), form.get("expected", type=int)
    day = _day(form.get("day", ""))
    if connection_id is None or expected is None or day is None:
        abort(400)
    user_id, name = actor()
    batch = Batch(connection_id, day, form.get("recurring") == "1")
    try:
        count = release_held(batch, expected, name, user_id, now())
    except HeldChanged as error:
        flash(str(error), "wait")
    else:
        flash(f"{plural(count, 'invoice')} {'goes' if count == 1 else 'go'} now.", "ok")
    return redirect(url_for("held.index"), 303)


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None
