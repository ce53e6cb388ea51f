"""Commands for where billing hears of events."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import AppGroup

from app import clock
from app.cli.answer import json_option, refusing, say, workspace_named, workspace_option
from app.domain.outbound import EVENT_TYPES
from app.extensions import db
from app.models import EventEndpoint
from app.usecases.accounts import COMMAND_LINE, AccountRefused
from app.usecases.events import event_endpoints

event_endpoint = AppGroup("event-endpoint", help="Where billing hears of what happened.")

GROUPS = (event_endpoint,)


@event_endpoint.command("add")
@click.argument("url")
@workspace_option
@click.option(
    "--type", "types", multiple=True, type=click.Choice(list(EVENT_TYPES)), help="Only this type."
)
@json_option
def add(url: str, slug: str, types: tuple[str, ...], as_json: bool) -> None:
    """Send events to URL and print its signing secret, this once; without --type every one."""
    with refusing(as_json):
        endpoint, secret = event_endpoints.add_endpoint(
            workspace_named(slug).id, url, types, actor=COMMAND_LINE
        )
        say(f"{endpoint.id}\t{secret}", as_json, id=endpoint.id, secret=secret)


@event_endpoint.command("list")
@workspace_option
@json_option
def list_endpoints(slug: str, as_json: bool) -> None:
    """List where events go, and whether they are taken."""
    with refusing(as_json):
        found = event_endpoints.endpoints_of(workspace_named(slug).id)
        lines = [
            f"{e.id}\t{e.url}\t{', '.join(e.types) or 'every event'}\t{_how(e)}" for e in found
        ]
        rows = [_as_json(each) for each in found]
        say("\n".join(lines) or "Events are sent nowhere yet.", as_json, endpoints=rows)


@event_endpoint.command("remove")
@click.argument("number", metavar="ID", type=int)
@json_option
def remove(number: int, as_json: bool) -> None:
    """Send nothing to endpoint ID any more; its log stays."""
    with refusing(as_json):
        event_endpoints.remove_endpoint(_one(number), clock.now(), actor=COMMAND_LINE)
        say("Removed. What waited for it is not sent.", as_json, id=number)


@event_endpoint.command("secret")
@click.argument("number", metavar="ID", type=int)
@click.option("--end-old", is_flag=True, help="Make none; let the old one sign no more, at once.")
@json_option
def secret(number: int, end_old: bool, as_json: bool) -> None:
    """Make another signing secret for endpoint ID and print it; the old one signs for a day."""
    with refusing(as_json):
        if end_old:
            event_endpoints.end_old_secret(_one(number), actor=COMMAND_LINE)
            say("Only the newest secret signs now.", as_json, id=number)
        else:
            made = event_endpoints.new_secret(_one(number), clock.now(), actor=COMMAND_LINE)
            say(made, as_json, id=number, secret=made)


@event_endpoint.command("test")
@click.argument("number", metavar="ID", type=int)
@json_option
def test(number: int, as_json: bool) -> None:
    """Send endpoint ID a test event, the way every other goes."""
    with refusing(as_json):
        event_endpoints.send_test(_one(number), clock.now(), actor=COMMAND_LINE)
        say("A test event is on its way; the page Events shows what came of it.", as_json)


def _one(number: int) -> EventEndpoint:
    endpoint = db.session.get(EventEndpoint, number)
    if endpoint is None or endpoint.removed_at is not None:
        raise AccountRefused("ID", f"There is no endpoint {number}.")
    return endpoint


def _how(endpoint: EventEndpoint) -> str:
    if endpoint.off_at is not None:
        return "off"
    return "failing" if endpoint.failing_since else "on"


def _as_json(endpoint: EventEndpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "types": endpoint.types,
        "state": _how(endpoint),
        "failing_since": endpoint.failing_since,
    }
