"""Runs of pushing from the command line: list them, take a wrong one back."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import AppGroup

from app import clock
from app.cli.answer import json_option, refuse, say
from app.cli.connections import ACTOR, connection_option
from app.domain.undo import WAYS, refusal_words, share, way_words
from app.domain.wording import format_sums, plural
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import Connection, PushRun
from app.queries import runs as queries
from app.usecases.undo_run import Preview, UndoRefused
from app.usecases.undo_run import preview as preview_of
from app.usecases.undo_run import undo as undo_of

# Not "run": that is what Flask calls its development server, and it would win.
runs = AppGroup("runs", help="Stretches of pushing into a company, and taking a wrong one back.")


@runs.command("list")
@connection_option
@json_option
def list_runs(connection_id: int, as_json: bool) -> None:
    """List the newest runs of a connection."""
    if db.session.get(Connection, connection_id) is None:
        refuse("connection", f"There is no connection {connection_id}.", as_json)
    found, _ = queries.runs_of(connection_id)
    rows = [_row(one) for one in found]
    say("\n".join(_line(one) for one in found) or "No runs yet.", as_json, runs=rows)


def _row(one: queries.RunRow) -> dict[str, Any]:
    return {
        "id": one.run.id,
        "started_at": one.run.started_at,
        "finished_at": one.run.finished_at,
        **{f"{kind}d": one.of(kind).count for kind in ("create", "update", "delete")},
        "voided": one.of("void").count,
        "found": one.of(queries.FOUND).count,
        "customers_created": one.customers,
        "undone_at": one.run.undone_at,
        "undone_by": one.run.undone_by,
        "undone_how": one.run.undone_how,
    }


def _line(one: queries.RunRow) -> str:
    created = one.of("create")
    undone = f"\ttaken back by {one.run.undone_by}" if one.run.undone_at else ""
    started = f"{one.run.started_at:%Y-%m-%d %H:%M} UTC"
    shown = format_sums(created.sums)
    found = one.of(queries.FOUND).count
    there = f"; {found} found there" if found else ""
    made = f"{plural(created.count, 'invoice')} created, {shown}{there}"
    return f"{one.run.id}\t{started}\t{made}{undone}"


@runs.command("undo")
@click.argument("run_id", type=int)
@click.option("--how", type=click.Choice(tuple(WAYS)), required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def undo(run_id: int, how: str, yes: bool, as_json: bool) -> None:
    """Take back what a run created and nobody touched since; shows it first, then asks."""
    found = queries.run_of(run_id)
    if found is None:
        refuse("run", f"There is no run {run_id}.", as_json)
        raise click.exceptions.Exit(1)
    seen = preview_of(found)
    click.echo(_shown(found, seen, how), err=True)
    if not yes and seen.may:
        click.confirm(f"Take {plural(len(seen.may), 'invoice')} back?", abort=True, err=True)
    try:
        count = undo_of(run_id, how, ACTOR, None, clock.now(), len(seen.may))
    except UndoRefused as error:
        refuse("run", str(error), as_json)
    else:
        sentence = f"{plural(count, 'invoice is', 'invoices are')} being taken back."
        stay = {reason.value: len(some) for reason, some in seen.stays.items()}
        say(sentence, as_json, id=run_id, how=how, taking_back=count, stay=stay)


def _shown(found: PushRun, seen: Preview, how: str) -> str:
    ledger = LEDGERS[found.connection.provider].provider.name
    what = seen.what
    lines = [f"Would be taken back: {plural(what.count, 'invoice')}, {format_sums(what.sums)}."]
    for reason, some in seen.stays.items():
        why, _ = refusal_words(reason, ledger, seen.books_closed_to)
        sums = format_sums(share(some).sums)
        lines.append(f"Stays: {plural(len(some), 'invoice')}, {sums}. {why}")
    credited = queries.row_of(found).credit_notes
    if credited:
        lines.append(f"Stays: {plural(credited, 'credit note')}. Void them in billing if wrong.")
    return "\n".join([*lines, way_words(how, ledger)[1], "Customers and items stay."])


GROUPS = (runs,)
