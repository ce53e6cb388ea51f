"""A connection: may invoices flow, and if not, what to fix; its live state, notices, settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property

import structlog
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.mail_topics import Topic
from app.domain.permission import days_left, nearest_end
from app.domain.states import ConnectionState
from app.domain.wording import listed, tax_word
from app.extensions import settings
from app.governor import GovernorUnavailable
from app.ledgers import LEDGERS
from app.ledgers.errors import LedgerError
from app.ledgers.interface import Provider
from app.models import Connection, OwnApp
from app.queries import alarms, attention, notices
from app.queries import connections as queries
from app.queries.cause import Cause
from app.usecases import manage_connection
from app.usecases.changed_meanwhile import ChangedMeanwhile, mark_of
from app.usecases.company.apps import notice_address
from app.usecases.company.line import NotConnected
from app.usecases.mail.mail_lists import recipients_of
from app.usecases.permission.connect import ConnectRefused
from app.usecases.read_company import read_company
from app.web.connection_form import settings_typed
from app.web.consent import allow_consent
from app.web.guard import actor, needs_role, workspace
from app.web.preflight import Check, preflight
from app.web.presentation import ledger_name, now
from app.web.sync_figures import State, states_of

AUTHENTICATION = "session"

blueprint = Blueprint("connections", __name__, url_prefix="/connections")
log = structlog.get_logger()


class Page:
    """What the page of one connection shows; every part is read once, when asked for."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @property
    def ledger(self) -> str:
        """Return the ledger's name."""
        return ledger_name(self.connection.provider)

    @property
    def tax_word(self) -> str:
        """Return what tax is called in the company's country."""
        return tax_word(self.connection.country)

    @property
    def provider(self) -> Provider:
        """Return what the vendor allows."""
        return LEDGERS[self.connection.provider].provider

    @cached_property
    def causes(self) -> list[Cause]:
        """Return what waits for this connection."""
        found = attention.not_in_ledger(workspace().currency)
        return [cause for cause in found if cause.connection_id == self.connection.id]

    @property
    def waiting(self) -> int:
        """Return how many invoices wait for a person."""
        return sum(cause.count for cause in self.causes)

    @cached_property
    def checks(self) -> list[Check]:
        """Return the pre-flight check."""
        return preflight(self.connection, self.causes, self.heard, self.alarms)

    @property
    def failing(self) -> int:
        """Return how many checks need a person."""
        return len([check for check in self.checks if check.tone != "ok"])

    @cached_property
    def heard(self) -> notices.Heard:
        """Return the ledger's notices."""
        return notices.heard(self.connection, now())

    @cached_property
    def linked(self) -> queries.Linked:
        """Return what a disconnect clears."""
        return queries.linked(self.connection)

    @cached_property
    def state(self) -> State:
        """Return how pushing stands."""
        return states_of([self.connection])[0]

    @cached_property
    def alarms(self) -> Sequence[str]:
        """Return what rings about this connection."""
        return alarms.sentences_about(self.connection)

    @cached_property
    def ends(self) -> tuple[str, datetime] | None:
        """Return how the permission ends first, and when; None when nobody told."""
        grant = self.connection.grant
        if grant is None:
            return None
        return nearest_end(grant.refresh_expires_at, grant.hard_expires_at)

    @property
    def days_left(self) -> int:
        """Return for how many days the permission lasts."""
        return days_left(self.ends[1], now()) if self.ends else 0

    @property
    def warnings(self) -> str:
        """Return how many days before the end people are told: "14 and 3"."""
        days = sorted(self.provider.expiry_warnings, reverse=True)
        return listed([str(each) for each in days])

    @property
    def notice_address(self) -> str:
        """Return where the vendor is to send its notices."""
        slug = workspace().slug if self.own_app else None
        return notice_address(self.connection.provider, slug)

    @property
    def own_app(self) -> OwnApp | None:
        """Return the workspace's own application it was connected by; None = the shared one."""
        return self.connection.grant.own_app if self.connection.grant else None

    @property
    def verifies(self) -> bool:
        """Tell whether a verifier token is set."""
        if self.own_app is not None:
            return self.own_app.verifier_encrypted is not None
        return bool(LEDGERS[self.connection.provider].app_of(settings()).webhook_tokens)


@blueprint.get("/<int:connection_id>")
def show(connection_id: int) -> ResponseReturnValue:
    """Show one connection."""
    return _show(connection_id)


@blueprint.get("/<int:connection_id>/state")
def state(connection_id: int) -> ResponseReturnValue:
    """Return the live part: read from Redis and a row or two, no call to the ledger."""
    return render_template("connections/state.html", page=Page(_connection(connection_id)))


@blueprint.post("/<int:connection_id>/check")
@needs_role("owner", "finance")
def check(connection_id: int) -> ResponseReturnValue:
    """Read the company, its preferences and its lists again."""
    ledger = ledger_name(_connection(connection_id).provider)
    try:
        read_company(connection_id, now())
    except NotConnected:
        flash(f"Reconnect {ledger} first: it does not accept our permission.", "bad")
    except (LedgerError, GovernorUnavailable) as error:
        log.warning("connections.unread", connection_id=connection_id, error=type(error).__name__)
        flash(f"{ledger} could not be read just now. What was read before still stands.", "bad")
    else:
        flash(f"Read from {ledger} just now.", "ok")
    if not _connection(connection_id).live:
        return redirect(url_for("setup.check", connection_id=connection_id), 303)
    return _to(connection_id)


@blueprint.post("/<int:connection_id>/settings")
@needs_role("owner", "finance")
def save(connection_id: int) -> ResponseReturnValue:
    """Store what finance decided about a connection."""
    connection = _connection(connection_id)
    form = request.form
    accounts = {row.ledger_id: row.name for row in queries.income_accounts(connection)}
    if form.get("account") and form["account"] not in accounts:
        return _show(connection_id, 422, "This account is not in the list any more. Choose again.")
    user_id, name = actor()
    try:
        manage_connection.save_settings(
            connection_id,
            name,
            user_id,
            now(),
            seen=form.get("seen", ""),
            **settings_typed(form, connection, accounts),
        )
    except manage_connection.SettingRefused as error:
        return _show(connection_id, 422, str(error), error.field)
    except ChangedMeanwhile as error:
        return _show(connection_id, 409, meanwhile=error)
    flash("Settings saved.", "ok")
    return _to(connection_id)


@blueprint.post("/<int:connection_id>/pause")
@needs_role("owner", "finance")
def pause(connection_id: int) -> ResponseReturnValue:
    """Stop pushing and pulling until somebody resumes."""
    return _moved(connection_id, manage_connection.pause)


@blueprint.post("/<int:connection_id>/resume")
@needs_role("owner", "finance")
def resume(connection_id: int) -> ResponseReturnValue:
    """Go on where a pause stopped."""
    return _moved(connection_id, manage_connection.resume)


@blueprint.get("/<int:connection_id>/disconnect")
@needs_role("owner", "finance")
def ask_disconnect(connection_id: int) -> ResponseReturnValue:
    """Say what a disconnect clears, for browsers without our script."""
    return render_template("connections/disconnect.html", page=Page(_connection(connection_id)))


@blueprint.post("/<int:connection_id>/disconnect")
@needs_role("owner", "finance")
def disconnect(connection_id: int) -> ResponseReturnValue:
    """Give the permission back and clear the links, once the company's name was typed."""
    connection = _connection(connection_id)
    company, ledger = connection.company_name, ledger_name(connection.provider)
    if request.form.get("company", "").strip() != company:
        return (
            render_template(
                "connections/disconnect.html",
                page=Page(connection),
                sentence=f"The name did not match. Type {company} exactly; nothing was changed.",
            ),
            422,
        )
    user_id, name = actor()
    taken = manage_connection.disconnect(connection_id, name, user_id, now())
    flash(f"{company} is disconnected. Nothing was deleted in its books or in billing.", "ok")
    if not taken:
        flash(f"{ledger} did not answer: it is told as soon as it does.", "wait")
    return redirect(url_for("overview.show"), 303)


def _moved(connection_id: int, move: Callable[..., None]) -> ResponseReturnValue:
    _connection(connection_id)
    user_id, name = actor()
    try:
        move(connection_id, name, user_id, now())
    except ConnectRefused as error:
        flash(str(error), "bad")
    return _to(connection_id)


def _connection(connection_id: int) -> Connection:
    return queries.connection_of(connection_id) or abort(404)


def _to(connection_id: int) -> ResponseReturnValue:
    return redirect(url_for("connections.show", connection_id=connection_id), 303)


def _show(
    connection_id: int,
    status: int = 200,
    refusal: str = "",
    refused_field: str = "",
    meanwhile: ChangedMeanwhile | None = None,
) -> ResponseReturnValue:
    connection = _connection(connection_id)
    gone = connection.state == ConnectionState.DISCONNECTED
    reachable = allow_consent(connection.provider, (connection.environment,))
    body = render_template(
        "connections/gone.html" if gone else "connections/show.html",
        page=Page(connection),
        accounts=queries.income_accounts(connection),
        connected=queries.last_deed(connection, "connection.connect"),
        changed=queries.last_deed(connection, "connection.settings"),
        broke=queries.last_deed(connection, "connection.broken"),
        several=queries.sibling_count(connection) > 0,
        not_given_back=queries.not_given_back(connection),
        reachable=reachable,
        refusal=refusal,
        refused_field=refused_field,
        typed=request.form if refused_field or meanwhile else {},
        meanwhile=meanwhile,
        seen=mark_of(manage_connection.settings_of(connection)),
        told=recipients_of(connection, Topic.DISCONNECT),
        least_calls=manage_connection.LEAST_CALLS,
    )
    return body, status
