"""Replay of notices from the webhook log: one, or all of a company in some days."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.replaying import sentence
from app.domain.states import ConnectionState
from app.extensions import db
from app.models import Connection
from app.queries.connections import connection_of
from app.queries.overview import midnight
from app.queries.webhook_log import notice_of
from app.usecases.book.replay_notices import Replayed, ReplayRefused, Span, replay_one, replay_span
from app.web.guard import actor, needs_role, workspace_id
from app.web.presentation import ledger_name, now, zone

AUTHENTICATION = "session"

blueprint = Blueprint("replaying", __name__, url_prefix="/webhook-log")

# Deliveries replayed while a person waits: some seconds' worth.
MOST = 500


@blueprint.post("/<int:event_id>/replay")
@needs_role("owner", "finance")
def one(event_id: int) -> ResponseReturnValue:
    """Replay the delivery that brought one notice."""
    event = notice_of(workspace_id(), event_id) or abort(404)
    user_id, name = actor()
    try:
        done = replay_one(event, name, user_id, now())
    except ReplayRefused as error:
        return _back(str(error), "wait")
    return _done(event.connection_id, done)


@blueprint.post("/replay")
@needs_role("owner", "finance")
def span() -> ResponseReturnValue:
    """Replay every delivery about a company in some days."""
    connection = connection_of(request.form.get("connection", 0, type=int)) or abort(404)
    first, last = _day("from"), _day("to")
    if first is None or last is None:
        return _back("Choose a first and a last day. Nothing was replayed.", "wait")
    within = Span(midnight(zone(), first), _end(last))
    user_id, name = actor()
    try:
        done = replay_span(connection.id, within, name, user_id, now(), most=MOST)
    except ReplayRefused as error:
        return _back(str(error), "wait")
    return _done(connection.id, done)


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        return None


def _end(day: date) -> datetime | None:
    return midnight(zone(), day + timedelta(days=1)) if day < date.max else None


def _done(connection_id: int | None, done: Replayed) -> ResponseReturnValue:
    connection = db.session.get_one(Connection, connection_id)
    in_use = connection.state == ConnectionState.ACTIVE
    said = sentence(ledger_name(connection.provider), in_use, **asdict(done))
    return _back(said, "ok" if done.notices else "wait")


def _back(said: str, tone: str) -> ResponseReturnValue:
    flash(said, tone)
    return redirect(url_for("webhook_log.index"), 303)
