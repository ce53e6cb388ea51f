"""Sync state: what waits, what is under way, how fast it may go, when it is done; live."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.queries.sync_state import live_connections
from app.web import sync_words
from app.web.guard import workspace
from app.web.reading_words import reading_lines
from app.web.sync_figures import states_of

AUTHENTICATION = "session"

blueprint = Blueprint("sync_state", __name__, url_prefix="/sync-state")
blueprint.add_app_template_global(sync_words.verdict, "sync_verdict")
blueprint.add_app_template_global(sync_words.call_words, "call_words")
blueprint.add_app_template_global(reading_lines, "reading_lines")


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show every company's state; the live part alone when the page polls. No ledger is called."""
    states = states_of(live_connections())
    part = "HX-Request" in request.headers
    return render_template(
        "sync_state/live.html" if part else "sync_state/show.html",
        states=states,
        heading=sync_words.heading(states, workspace().currency),
        part=part,
    )
