"""Connections from the command line: add without a browser, list, pause, disconnect, push."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select

from app import clock, queue
from app.cli.answer import json_option, refuse, refusing, say, workspace_named, workspace_option
from app.domain.states import ConnectionState, DocumentKind
from app.domain.wording import format_money, format_sums, plural
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import Connection
from app.queries import sync_state
from app.usecases import go_live, manage_connection
from app.usecases.go_live import Start
from app.usecases.permission import connect
from app.usecases.push import show_dry_run
from app.usecases.push.drain import drain
from app.usecases.push.dry_run import Buyer, DryRun, Fate, Would, dry_run

connection = AppGroup("connection", help="The ledger companies of a workspace.")
add = AppGroup("add", help="Connect a company from its id and a refresh token, without a browser.")
connection.add_command(add)

# Who the audit log says did it.
ACTOR = "command line"
connection_option = click.option(
    "--connection", "connection_id", type=int, required=True, help="Its number in the list."
)


@contextmanager
def _refusing(as_json: bool, field: str) -> Iterator[None]:
    try:
        yield
    except (connect.ConnectRefused, go_live.GoLiveRefused) as error:
        refuse(field, str(error), as_json)


@add.command("quickbooks")
@workspace_option
@click.option("--realm-id", required=True, help="The company's id at QuickBooks.")
@click.option("--refresh-token", required=True)
@click.option(
    "--environment", type=click.Choice(("sandbox", "production")), default="sandbox",
    show_default=True,
)  # fmt: skip
@click.option(
    "--start-date", type=click.DateTime(["%Y-%m-%d"]),
    help="Documents dated before it stay in billing, and the books are read from it on.",
)  # fmt: skip
@click.option("--not-live", is_flag=True, help="Push nothing before connection go-live.")
@click.option(
    "--own-app", is_flag=True, help="The token was given to the workspace's own app, see Settings.",
)  # fmt: skip
@json_option
def add_quickbooks(
    slug: str,
    realm_id: str,
    refresh_token: str,
    environment: str,
    start_date: datetime | None,
    not_live: bool,
    own_app: bool,
    as_json: bool,
) -> None:
    """Connect a QuickBooks company."""
    first = start_date.date() if start_date else None
    start = Start(live=not not_live, on=first, own_app=own_app)
    with refusing(as_json):
        workspace_id = workspace_named(slug).id
    with _refusing(as_json, "refresh-token"):
        made = connect.add_headless(
            workspace_id, "quickbooks", environment, realm_id, refresh_token, ACTOR, _now(), start
        )
    row = _row(_found(made, as_json))
    say(f"Connection {made}: {row['company']} is connected.", as_json, **row)


@connection.command("list")
@json_option
def list_connections(as_json: bool) -> None:
    """List every connection."""
    rows = [_row(c) for c in db.session.scalars(select(Connection).order_by(Connection.id))]
    lines = [f"{r['id']}\t{r['ledger']}\t{r['company']}\t{r['state']}" for r in rows]
    say("\n".join(lines) or "Nothing is connected yet.", as_json, connections=rows)


@connection.command("show")
@click.argument("connection_id", type=int)
@json_option
def show_connection(connection_id: int, as_json: bool) -> None:
    """Show one connection."""
    row = _row(_found(connection_id, as_json))
    say("\n".join(f"{key}: {value}" for key, value in row.items()), as_json, **row)


@connection.command("pause")
@click.argument("connection_id", type=int)
@json_option
def pause_connection(connection_id: int, as_json: bool) -> None:
    """Stop pushing and pulling until it is resumed."""
    _found(connection_id, as_json)
    with _refusing(as_json, "connection"):
        manage_connection.pause(connection_id, ACTOR, None, _now())
    say(f"Connection {connection_id} is paused.", as_json, id=connection_id, state="paused")


@connection.command("resume")
@click.argument("connection_id", type=int)
@json_option
def resume_connection(connection_id: int, as_json: bool) -> None:
    """Go on where a pause stopped."""
    _found(connection_id, as_json)
    with _refusing(as_json, "connection"):
        manage_connection.resume(connection_id, ACTOR, None, _now())
    say(f"Connection {connection_id} goes on.", as_json, id=connection_id, state="active")


@connection.command("go-live")
@click.argument("connection_id", type=int)
@json_option
def go_live_connection(connection_id: int, as_json: bool) -> None:
    """Switch pushing on for a connection that waits for it."""
    _found(connection_id, as_json)
    with _refusing(as_json, "connection"):
        go_live.go_live(connection_id, ACTOR, None, _now())
    say(f"Connection {connection_id} pushes from now on.", as_json, id=connection_id, live=True)


@connection.command("disconnect")
@click.argument("connection_id", type=int)
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def disconnect_connection(connection_id: int, yes: bool, as_json: bool) -> None:
    """Give the permission back and clear the links; invoices and history stay."""
    company = _found(connection_id, as_json).company_name
    if not yes:
        click.confirm(f"Disconnect {company} and clear its links?", abort=True, err=True)
    taken = manage_connection.disconnect(connection_id, ACTOR, None, _now())
    later = "" if taken else " The ledger did not answer: it is told as soon as it does."
    state = {"state": "disconnected", "permission_given_back": taken}
    say(f"{company} is disconnected.{later}", as_json, id=connection_id, **state)


@click.command("push")
@with_appcontext
@connection_option
@click.option("--wait", is_flag=True, help="Push here and now instead of waking a worker.")
@click.option("--dry-run", "dry", is_flag=True, help="Show what would be sent; send nothing.")
@json_option
def push(connection_id: int, wait: bool, dry: bool, as_json: bool) -> None:
    """Push what is due for a connection, or show what would be sent of all that waits."""
    _found(connection_id, as_json)
    db.session.commit()
    if dry:
        _say_dry_run(dry_run(connection_id), as_json)
        return
    if not wait:
        queue.wake(connection_id)
        say("A worker was woken.", as_json, id=connection_id)
        return
    done = 0
    while booked := drain(connection_id, others=lambda: False):
        done += booked
    _say_booked(_found(connection_id, as_json), done, as_json)


def _say_dry_run(found: DryRun, as_json: bool) -> None:
    """Say per document what would be sent or what stops it, then the sums."""
    lines = []
    for one in found.documents:
        lines.append(f"{one.number}\t{one.operation}\t{_customer(one)}\t{_money(one)}\t{one.fate}")
        lines += [f"  {one.problem.title}"] if one.problem else []
        lines += [f"  {one.body.decode()}"] if one.body else []
    for fate in Fate:
        if some := found.of(fate):
            words = fate.replace("_", " ")
            lines.append(f"{words}: {plural(len(some), 'document')}, {_sums(found, fate)}")
    if found.left_out:
        lines.append(f"{plural(found.left_out, 'more waits', 'more wait')} behind these.")
    lines.append("Nothing was sent and nothing was changed.")
    say("\n".join(lines), as_json, **show_dry_run.as_json(found))


def _sums(found: DryRun, fate: Fate) -> str:
    """Return the money of a fate, what credit notes take off apart."""
    credit = found.sums(fate, DocumentKind.CREDIT_NOTE)
    less = f", credit notes {format_sums(credit)}" if credit else ""
    return f"{format_sums(found.sums(fate))}{less}"


def _customer(one: Would) -> str:
    how = {Buyer.FOUND: " (looked for)", Buyer.NEW: " (created if nobody has the name)"}
    return one.customer + (how.get(one.buyer, "") if one.buyer else "")


def _money(one: Would) -> str:
    return format_money(one.total, one.currency)


def _say_booked(found: Connection, done: int, as_json: bool) -> None:
    """Say what was booked, and why something still waits where it does."""
    left = sync_state.backlogs([found.id], _now())[found.id]
    sentence, waiting = f"{done} documents were booked.", left.waiting.count
    if waiting:
        sentence += f" {plural(waiting, 'more waits', 'more wait')}: {_why(found, left.due.count)}"
    say(sentence, as_json, id=found.id, booked=done, waiting=waiting)


def _why(found: Connection, due: int) -> str:
    if not found.live:
        return "pushing is not switched on yet."
    if found.state != ConnectionState.ACTIVE:
        return found.state_reason or "pushing stands still."
    if found.quiet_until is not None and found.quiet_until > _now():
        return found.quiet_reason or "the ledger asked us to wait."
    return "another worker is at it, or a limit is used up." if due else "each has its time."


def _found(connection_id: int, as_json: bool) -> Connection:
    found = db.session.get(Connection, connection_id)
    if found is None:
        refuse("connection", f"There is no connection {connection_id}.", as_json)
        raise click.exceptions.Exit(1)
    return found


def _row(found: Connection) -> dict[str, Any]:
    vendor = LEDGERS[found.provider].provider
    return {
        "id": found.id,
        "ledger": vendor.name,
        "environment": found.environment,
        "company": found.company_name,
        "company_id": found.company_id,
        "state": found.state,
        "reason": found.state_reason,
        "live": found.live,
        "starts_on": found.starts_on,
        "pulled_at": found.pulled_at,
        "history_from": found.history_from,
        "typed_there_already": found.duplicates,
        "writes_at_a_time": found.in_flight,
        "calls_a_minute": found.calls_per_minute or vendor.limits.per_minute,
    }


def _now() -> datetime:
    return clock.now()


GROUPS = (connection, push)
