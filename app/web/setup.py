"""From an empty workspace to the first invoice in the ledger: each step a page of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.extensions import settings
from app.models import Connection
from app.queries import connections as connection_queries
from app.queries import setting_up
from app.usecases import accounts, go_live
from app.usecases.go_live import GoLiveRefused
from app.web.connections import Page as ConnectionPage
from app.web.go_live_page import GoLivePage
from app.web.guard import actor, needs_role, workspace, workspace_id
from app.web.presentation import ledger_name, now
from app.web.request_samples import signed_test
from app.web.sample import offer, standing_of
from app.web.setup_steps import BILLING, CHECK, GO_LIVE, Flow, flow_for

AUTHENTICATION = "session"

blueprint = Blueprint("setup", __name__)


@blueprint.app_template_global("setup_flow")
def setup_flow(
    here: str, connection: Connection | None = None, go: GoLivePage | None = None
) -> Flow | None:
    """Return the steps for a page that stands in them; None once pushing is on."""
    if connection is not None and connection.live:
        return None
    if connection is None and connection_queries.any_live() and setting_up.not_live() is None:
        return None
    return flow_for(connection, workspace_id(), here, go)


@blueprint.get("/setup/billing")
def billing() -> ResponseReturnValue:
    """Show billing's address and whether anything came from there."""
    return _billing()


@blueprint.post("/setup/billing/secret")
@needs_role("owner")
def make_secret() -> ResponseReturnValue:
    """Make a signing secret and show it, this once, inside what is to be copied."""
    return _billing(accounts.create_hook_secret(workspace_id(), actor=actor()[1]))


@blueprint.get("/setup/go-live")
def to_go_live() -> ResponseReturnValue:
    """Lead to the page on which pushing is switched on, where it is not yet."""
    connection = setting_up.not_live()
    if connection is None:
        return redirect(url_for("overview.show"))
    return redirect(url_for("setup.show_go_live", connection_id=connection.id))


@blueprint.get("/connections/<int:connection_id>/check")
def check(connection_id: int) -> ResponseReturnValue:
    """Show the pre-flight check and what would be sent of everything that waits."""
    page = ConnectionPage(_connection(connection_id))
    go = GoLivePage(page.connection)
    flow = setup_flow(CHECK, page.connection, go)
    return render_template("setup/check.html", page=page, go=go, flow=flow, reachable=True)


@blueprint.get("/connections/<int:connection_id>/go-live")
def show_go_live(connection_id: int) -> ResponseReturnValue:
    """Show from which day on invoices go, what would go, and the button."""
    return _go_live(connection_id)


@blueprint.post("/connections/<int:connection_id>/go-live/start")
@needs_role("owner", "finance")
def choose_start(connection_id: int) -> ResponseReturnValue:
    """Store the start date and, before the go-live, whether invoices wait for review."""
    first, mode = _day(request.form.get("starts_on", "")), request.form.get("push_mode", "")
    live = _connection(connection_id).live

    def deed(who: int, name: str) -> None:
        if live:
            go_live.move_start(connection_id, first, name, who, now())
        else:
            go_live.choose_start(connection_id, first, mode, name, who, now())

    said = "Saved." if live else "Saved. What would go is worked out anew."
    return _done(connection_id, deed, said)


@blueprint.post("/connections/<int:connection_id>/go-live/try")
@needs_role("owner", "finance")
def try_one(connection_id: int) -> ResponseReturnValue:
    """Push one invoice first."""
    invoice_id = request.form.get("invoice", 0, type=int)

    def deed(who: int, name: str) -> None:
        go_live.try_one(connection_id, invoice_id, name, who, now())

    return _done(connection_id, deed, "")


@blueprint.post("/connections/<int:connection_id>/go-live")
@needs_role("owner", "finance")
def switch_on(connection_id: int) -> ResponseReturnValue:
    """Switch pushing on, where what would go is still what was shown."""
    connection = _connection(connection_id)
    page = GoLivePage(connection)
    if not connection.live and request.form.get("seen") != page.fingerprint:
        refused = GoLiveRefused("More came meanwhile. Look at the figures again, then switch on.")
        return _go_live(connection_id, refused)
    said = f"Pushing to {ledger_name(connection.provider)} is on. {page.what_goes_now}"

    def deed(who: int, name: str) -> None:
        go_live.go_live(connection_id, name, who, now())

    return _done(connection_id, deed, said, url_for("overview.show"))


def _done(
    connection_id: int, deed: Callable[[int, str], None], said: str, then: str = ""
) -> ResponseReturnValue:
    """Do something about a connection of the workspace; say what came of it."""
    _connection(connection_id)
    try:
        deed(*actor())
    except GoLiveRefused as error:
        return _go_live(connection_id, error)
    if said:
        flash(said, "ok")
    return redirect(then or url_for("setup.show_go_live", connection_id=connection_id), 303)


def _go_live(connection_id: int, refused: GoLiveRefused | None = None) -> ResponseReturnValue:
    connection = _connection(connection_id)
    page = GoLivePage(connection)
    part = "HX-Request" in request.headers and not refused
    body = render_template(
        "setup/go_live_fresh.html" if part else "setup/go_live.html",
        page=page,
        flow=setup_flow(GO_LIVE, page.connection, page),
        refused=refused,
        typed=request.form if refused else {},
    )
    return body, 422 if refused else 200


def _billing(secret: str = "") -> ResponseReturnValue:
    connection = setting_up.not_live()
    url = f"{settings().public_url.rstrip('/')}/hooks/billing/{workspace().slug}"
    heard = setting_up.billing_heard(workspace_id())
    if "HX-Request" in request.headers and request.method == "GET":
        flow = setup_flow(BILLING, connection)
        return render_template("setup/heard_fresh.html", heard=heard, flow=flow)
    return render_template(
        "setup/billing.html",
        heard=heard,
        flow=setup_flow(BILLING, connection),
        url=url,
        secret=secret,
        test=signed_test(url, secret),
        sample=standing_of(setting_up.sample()),
        offered=offer(heard.count > 0),
    )


def _connection(connection_id: int) -> Connection:
    return connection_queries.connection_of(connection_id) or abort(404)


def _day(typed: str) -> date | str:
    """Return the day typed; what is no date is refused by name."""
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        return typed
