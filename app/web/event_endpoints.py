"""Where billing hears of events: an owner's page."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.outbound import EVENT_TYPES
from app.models import EventEndpoint
from app.queries import outbound as queries
from app.usecases.accounts import AccountRefused
from app.usecases.events import event_endpoints
from app.usecases.events.endpoint_health import shown
from app.web.guard import actor, needs_role, workspace_id
from app.web.presentation import now

AUTHENTICATION = "session"

blueprint = Blueprint("event_endpoints", __name__, url_prefix="/settings/event-endpoints")


@blueprint.get("")
@needs_role("owner")
def index() -> ResponseReturnValue:
    """Show where events go."""
    return _show()


@blueprint.post("")
@needs_role("owner")
def add() -> ResponseReturnValue:
    """Add an endpoint and show its secret, this once."""
    user_id, name = actor()
    try:
        endpoint, secret = event_endpoints.add_endpoint(
            workspace_id(), request.form.get("url", ""), _types(), actor=name, user_id=user_id
        )
    except AccountRefused as error:
        return _show(refused=error)
    return _show(secret=secret, secret_of=endpoint)


@blueprint.post("/<int:number>")
@needs_role("owner")
def change(number: int) -> ResponseReturnValue:
    """Change an endpoint's address and types."""
    endpoint = _endpoint(number)
    user_id, name = actor()
    try:
        event_endpoints.change_endpoint(
            endpoint, request.form.get("url", ""), _types(), now(), actor=name, user_id=user_id
        )
    except AccountRefused as error:
        return _show(refused=error, refused_of=number)
    return _saved("Saved.")


@blueprint.post("/<int:number>/secret")
@needs_role("owner")
def new_secret(number: int) -> ResponseReturnValue:
    """Make another secret and show it, this once."""
    endpoint = _endpoint(number)
    user_id, name = actor()
    made = event_endpoints.new_secret(endpoint, now(), actor=name, user_id=user_id)
    return _show(secret=made, secret_of=endpoint)


@blueprint.post("/<int:number>/end-old")
@needs_role("owner")
def end_old(number: int) -> ResponseReturnValue:
    """Let the old secret sign no more."""
    user_id, name = actor()
    event_endpoints.end_old_secret(_endpoint(number), actor=name, user_id=user_id)
    return _saved("Only the newest secret signs now.")


@blueprint.post("/<int:number>/switch")
@needs_role("owner")
def switch(number: int) -> ResponseReturnValue:
    """Switch an endpoint on or off."""
    on = request.form.get("on") == "1"
    user_id, name = actor()
    event_endpoints.switch(_endpoint(number), now(), on=on, actor=name, user_id=user_id)
    return _saved("On: what waited goes now." if on else "Off: what happens waits, for three days.")


@blueprint.post("/<int:number>/remove")
@needs_role("owner")
def remove(number: int) -> ResponseReturnValue:
    """Send nothing there any more."""
    user_id, name = actor()
    event_endpoints.remove_endpoint(_endpoint(number), now(), actor=name, user_id=user_id)
    return _saved("Removed. What waited for it is not sent.")


@blueprint.post("/<int:number>/test")
@needs_role("owner")
def test(number: int) -> ResponseReturnValue:
    """Send a test event, and show the log in which it appears."""
    endpoint = _endpoint(number)
    event_endpoints.send_test(endpoint, now(), actor=actor()[1])
    flash(f"A test is on its way to {shown(endpoint)}. Reload to see what came of it.", "ok")
    return redirect(url_for("events.index", to=number), 303)


def _endpoint(number: int) -> EventEndpoint:
    return queries.endpoint(number) or abort(404)


def _types() -> list[str]:
    """Return the types ticked; none for every one."""
    return [] if request.form.get("which") != "some" else _some()


def _some() -> list[str]:
    ticked = request.form.getlist("types")
    if not ticked:
        raise AccountRefused("types", "Choose at least one, or every event.")
    return ticked


def _saved(sentence: str) -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for("event_endpoints.index"), 303)


def _show(
    refused: AccountRefused | None = None,
    refused_of: int | None = None,
    secret: str = "",
    secret_of: EventEndpoint | None = None,
) -> ResponseReturnValue:
    """Show the page; a new secret is on it once and nowhere afterwards."""
    body = render_template(
        "events/endpoints.html",
        endpoints=queries.endpoints(),
        types=EVENT_TYPES,
        refused=refused,
        refused_of=refused_of,
        typed=request.form if refused else {},
        ticked=request.form.getlist("types") if refused else [],
        secret=secret,
        secret_of=secret_of,
    )
    return body, 422 if refused else 200
