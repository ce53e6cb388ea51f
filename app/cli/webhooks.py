"""Notices of ledgers from the command line: replay what was kept of them."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from app import clock
from app.cli.answer import json_option, refuse, say
from app.cli.connections import ACTOR, connection_option
from app.domain.replaying import sentence
from app.domain.states import ConnectionState
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import Connection
from app.usecases.book.replay_notices import ReplayRefused, Span, bodies_in, replay_span

webhooks = AppGroup("webhooks", help="What ledgers told us.")

_MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@webhooks.command("replay")
@connection_option
@click.option("--from", "since", type=_MOMENT, help="Received from then on, UTC.")
@click.option("--to", "until", type=_MOMENT, help="Received before then, UTC.")
@json_option
def replay(
    connection_id: int, since: datetime | None, until: datetime | None, as_json: bool
) -> None:
    """Read kept notices of a company again and act on them as if they came now.

    Without a period, all that are kept. Safe to repeat: what was acted on is left as it is.
    """
    connection = db.session.get(Connection, connection_id)
    if connection is None:
        refuse("connection", f"There is no connection {connection_id}.", as_json)
        return
    span = Span(_utc(since), _utc(until))
    ledger, in_use = (
        LEDGERS[connection.provider].provider.name,
        connection.state == ConnectionState.ACTIVE,
    )
    length = bodies_in(connection_id, span)
    db.session.commit()
    hidden = as_json or length == 0
    try:
        with click.progressbar(
            length=length, label="Reading", file=sys.stderr, hidden=hidden
        ) as bar:
            done = replay_span(connection_id, span, ACTOR, None, clock.now(), tell=bar.update)
    except ReplayRefused as error:
        refuse("connection", str(error), as_json)
    else:
        say(sentence(ledger, in_use, **asdict(done)), as_json, id=connection_id, **asdict(done))


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None


GROUPS = (webhooks,)
