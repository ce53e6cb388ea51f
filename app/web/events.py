"""Events: what billing was told, whether it heard, and sending it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.outbound import DELIVERY_WORDS, EVENT_TYPES, TEST, DeliveryState
from app.domain.redelivery import FAILING
from app.domain.wording import Words, plural
from app.models import EventEndpoint, OutboundEvent
from app.queries import outbound as queries
from app.queries.outbound import Filters, Told
from app.usecases.accounts import AccountRefused
from app.usecases.events import send_again
from app.usecases.events.deliver import event_body
from app.usecases.events.endpoint_health import shown
from app.web.guard import actor, needs_role
from app.web.presentation import hhmm, now, zone

AUTHENTICATION = "session"

blueprint = Blueprint("events", __name__, url_prefix="/events")

_KIND_OF_PAGE = ("invoice", "credit_note")


class Standing(NamedTuple):
    """How one endpoint does: what it is called, and the words about it."""

    endpoint: EventEndpoint
    words: Words
    text: str
    waiting: int
    given_up: int

    @property
    def failing(self) -> bool:
        """Tell whether it is the endpoint that fails, not one event."""
        return self.endpoint.off_at is None and self.endpoint.failures >= FAILING


@blueprint.get("")
def index() -> ResponseReturnValue:
    """Show what happened and what became of telling it."""
    filters = _filters()
    rows, older = queries.page(filters)
    counts = queries.open_counts()
    standings = [_standing(each, counts) for each in queries.endpoints()]
    return render_template(
        "events/index.html",
        rows=rows,
        older=older,
        filters=filters,
        types=EVENT_TYPES,
        state_tabs=DELIVERY_WORDS,
        standings=standings,
        kept_days=send_again.KEPT.days,
        since=_typed(now() - timedelta(days=1)),
        until=_typed(now() + timedelta(minutes=1)),
    )


@blueprint.get("/<int:event_id>")
def show(event_id: int) -> ResponseReturnValue:
    """Show one event and what became of telling it; what a row of the list is opened for alone."""
    rows, delivery = queries.told(event_id), request.args.get("delivery", type=int)
    if not rows:
        abort(404)
    if "HX-Request" not in request.headers:
        return render_template("events/show.html", rows=rows, part=False)
    one = next((each for each in rows if each.delivery and each.delivery.id == delivery), rows[0])
    return render_template("events/detail.html", told=one, part=True)


@blueprint.post("/<int:number>/again")
@needs_role("owner", "finance")
def again(number: int) -> ResponseReturnValue:
    """Send one event to its endpoint again."""
    delivery = queries.delivery(number) or abort(404)
    user_id, name = actor()
    send_again.send_again(delivery, now(), actor=name, user_id=user_id)
    return _back("It is on its way again. Billing knows it by its ID and does nothing twice.")


@blueprint.post("/range")
@needs_role("owner", "finance")
def send_range() -> ResponseReturnValue:
    """Send everything of a time to one endpoint again."""
    endpoint = queries.endpoint(request.form.get("endpoint", 0, type=int)) or abort(404)
    user_id, name = actor()
    try:
        since, until = _moment("since"), _moment("until")
        count = send_again.send_range(endpoint, since, until, now(), actor=name, user_id=user_id)
    except AccountRefused as error:
        return _back(error.sentence, "bad")
    if not count:
        return _back("Nothing happened in that time that this endpoint wants.", "off")
    on = "is" if count == 1 else "are"
    return _back(f"{plural(count, 'event')} {on} on the way to {shown(endpoint)}, in order.")


@blueprint.post("/leave/<int:number>")
@needs_role("owner", "finance")
def leave(number: int) -> ResponseReturnValue:
    """Leave what was given up as it is."""
    endpoint = queries.endpoint(number) or abort(404)
    user_id, name = actor()
    send_again.leave_given_up(endpoint, now(), actor=name, user_id=user_id)
    return _back("Left as it is.")


# ------------------------------------------------------------------ what is shown


@blueprint.app_template_filter("event_words")
def event_words(event: OutboundEvent) -> str:
    """Say what happened: An invoice was paid."""
    return "A test" if event.type == TEST else EVENT_TYPES.get(event.type, event.type)


@blueprint.app_template_filter("event_about")
def event_about(event: OutboundEvent) -> str:
    """Say what it happened to: an invoice's number, a company."""
    data = event.data
    return str(data.get("number") or data.get("company") or "")


@blueprint.app_template_filter("event_page")
def event_page(event: OutboundEvent) -> str | None:
    """Return the page of what it happened to; None for what has none."""
    kind, _, number = event.subject.partition(":")
    if kind in _KIND_OF_PAGE and number.isdecimal():
        return url_for("invoices.show", invoice_id=int(number))
    return None


@blueprint.app_template_filter("event_body")
def shown_body(event: OutboundEvent) -> str:
    """Return an event as it is sent, laid out."""
    return json.dumps(event_body(event), indent=2, ensure_ascii=False)


@blueprint.app_template_filter("told_words")
def told_words(told: Told) -> Words:
    """Return how far an event has come; one that failed says when it goes again."""
    words, delivery = DELIVERY_WORDS[told.state], told.delivery
    if delivery is None or told.state != DeliveryState.WAITING:
        return words
    if told.endpoint is not None and told.endpoint.off_at is not None:
        return words._replace(words="Waits, endpoint is off", tone="wait")
    if delivery.attempts and delivery.due_at > now():
        return words._replace(words=f"Again at {hhmm(delivery.due_at)}", icon="refresh")
    return words


@blueprint.app_template_filter("host")
def host(endpoint: EventEndpoint) -> str:
    """Return an endpoint's host."""
    return shown(endpoint)


def _standing(endpoint: EventEndpoint, counts: Mapping[tuple[int, str], int]) -> Standing:
    waiting = counts.get((endpoint.id, DeliveryState.WAITING), 0)
    given_up = counts.get((endpoint.id, DeliveryState.GIVEN_UP), 0)
    words = _health(endpoint)
    text = endpoint.off_reason or ""
    if endpoint.failures and waiting and endpoint.off_at is None:
        text = "We try again by ourselves."
    return Standing(endpoint, words, text, waiting, given_up)


def _health(endpoint: EventEndpoint) -> Words:
    if endpoint.off_at is not None:
        return Words("Off", "player-pause", "wait")
    if endpoint.failures >= FAILING:
        return Words("Not taking events", "alert-triangle", "wait")
    if endpoint.failures:
        return Words("Did not take the last one", "refresh", "busy")
    if endpoint.taken_at is None:
        return Words("Nothing sent yet", "circle", "off")
    return Words("Takes events", "circle-check", "ok")


# ------------------------------------------------------------------ what was asked for


def _filters() -> Filters:
    asked = request.args
    state, type_ = asked.get("state", ""), asked.get("type", "")
    return Filters(
        state=state if state in DELIVERY_WORDS else "",
        type=type_ if type_ in (*EVENT_TYPES, TEST) else "",
        endpoint=asked.get("to", type=int),
        before=asked.get("before", type=int),
    )


def _typed(moment: datetime) -> str:
    return f"{moment.astimezone(zone()):%Y-%m-%dT%H:%M}"


def _moment(field: str) -> datetime:
    """Read a time where the workspace is; raises AccountRefused."""
    try:
        return datetime.fromisoformat(request.form.get(field, "")).replace(tzinfo=zone())
    except ValueError:
        raise AccountRefused(field, "Give a day and a time for both ends.") from None


def _back(sentence: str, tone: str = "ok") -> ResponseReturnValue:
    flash(sentence, tone)
    return redirect(url_for("events.index", state=request.form.get("state") or None), 303)
