"""Connect a ledger: to the vendor's consent screen and back."""

from __future__ import annotations

import redis
import structlog
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.extensions import db, settings
from app.ledgers import LEDGERS
from app.ledgers.errors import LedgerError
from app.ledgers.interface import LedgerKind
from app.models import Connection
from app.usecases.permission import connect
from app.usecases.permission.connect import ConnectRefused
from app.usecases.permission.connect_rules import given_up
from app.web.consent import allow_consent
from app.web.guard import actor, needs_role, workspace_id
from app.web.own_app_part import parts
from app.web.presentation import ledger_name, now
from app.web.setup_steps import flow_for

AUTHENTICATION = "session"

blueprint = Blueprint("connect", __name__, url_prefix="/connect")
log = structlog.get_logger()


@blueprint.get("")
def start() -> ResponseReturnValue:
    """Show what connecting means, and the button."""
    reachable = {key: allow_consent(key, kind.provider.environments) for key, kind in _kinds()}
    return render_template(
        "connect/start.html",
        kinds=[kind for _, kind in _kinds()],
        reachable=reachable,
        asked_by={part.provider.key: part for part in parts()},
        live=settings().production,
        given_up={key: given_up(workspace_id(), key) for key, _ in _kinds()},
    )


@blueprint.post("/<provider>")
@needs_role("owner", "finance")
def begin(provider: str) -> ResponseReturnValue:
    """Send the person to the vendor's consent screen."""
    kind = LEDGERS.get(provider) or abort(404)
    connection = _reconnected(provider)
    environment = connection.environment if connection else request.form.get("environment", "")
    if environment not in kind.provider.environments:
        return _back(f"Say which kind of {kind.provider.company_word} it is.")
    user_id, _ = actor()
    number, reconnect_id = workspace_id(), connection.id if connection else None
    db.session.rollback()
    try:
        url = connect.begin(
            number,
            user_id,
            provider,
            environment,
            now(),
            reconnect_id,
            another="another" in request.form,
        )
    except ConnectRefused as error:
        return _back(str(error))
    except (LedgerError, redis.RedisError) as error:
        log.warning("connect.not_begun", provider=provider, error=type(error).__name__)
        return _back(f"{kind.provider.name} cannot be reached just now. Try again in a minute.")
    return redirect(url, 303)


@blueprint.get("/<provider>/callback")
@needs_role("owner", "finance")
def callback(provider: str) -> ResponseReturnValue:
    """Take the vendor's answer, and show the connection it made."""
    if provider not in LEDGERS:
        abort(404)
    user_id, name = actor()
    number = workspace_id()
    try:
        connection_id = connect.finish(
            number, user_id, name, provider, request.args.to_dict(), now()
        )
    except ConnectRefused as error:
        return _back(str(error), error.connection_id)
    except (LedgerError, redis.RedisError) as error:
        log.warning("connect.not_finished", provider=provider, error=type(error).__name__)
        return _back(f"{ledger_name(provider)} cannot be reached just now. Connect again.")
    connection = db.session.get_one(Connection, connection_id)
    flash(f"{connection.company_name} is connected.", "ok")
    if connection.live:
        return redirect(url_for("connections.show", connection_id=connection_id), 303)
    following = flow_for(connection, number).next
    return redirect(following.url if following else url_for("overview.show"), 303)


def _kinds() -> list[tuple[str, LedgerKind]]:
    return list(LEDGERS.items())


def _reconnected(provider: str) -> Connection | None:
    """Return the connection whose permission is renewed; 404 for one of another workspace."""
    wanted = request.form.get("connection", type=int)
    if wanted is None:
        return None
    connection = db.session.get(Connection, wanted)
    if (
        connection is None
        or connection.workspace_id != workspace_id()
        or connection.provider != provider
    ):
        abort(404)
    return connection


def _back(sentence: str, reconnected: int | None = None) -> ResponseReturnValue:
    """Return to where the person started, with a sentence; reconnected: a connection's number."""
    flash(sentence, "bad")
    wanted = reconnected or request.form.get("connection", type=int)
    if wanted is not None:
        return redirect(url_for("connections.show", connection_id=wanted), 303)
    return redirect(url_for("connect.start"), 303)
