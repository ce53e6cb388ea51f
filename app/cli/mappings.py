"""Commands for what billing's codes are called in a ledger."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from app import clock
from app.cli.answer import REFUSED, json_option, refuse, say
from app.domain.still_waiting import Going, going_words
from app.domain.wording import plural
from app.ledgers import LEDGERS
from app.models import Connection
from app.queries import mappings as queries
from app.queries.item_creations import Creation, creations, shown
from app.queries.mappings import Unmapped
from app.usecases.mapping.create_items import ItemsRefused, Wanted, create_items
from app.usecases.mapping.map_codes import Choice, MappingRefused, save_many
from app.usecases.mapping.mapping_csv import FileRefused, export_csv, import_csv
from app.usecases.push.drain import drain

mapping = AppGroup("mapping", help="What billing's services and tax codes are called in a ledger.")

GROUPS = (mapping,)
ACTOR = "command line"

connection_option = click.option(
    "--connection", "connection_id", type=int, required=True, help="The connection's number."
)


@mapping.command("suggest")
@connection_option
@click.option("--accept", type=click.Choice(["certain", "all"]), help="Map what is suggested.")
@json_option
def suggest(connection_id: int, accept: str | None, as_json: bool) -> None:
    """List what is not mapped, each with a suggestion and its reason; --accept maps it."""
    connection = _connection(connection_id, as_json)
    rows = queries.unmapped(connection)
    chosen = queries.suggested(rows, accept) if accept else []
    going = _accept(connection_id, chosen, as_json) if chosen else Going()
    ledger = LEDGERS[connection.provider].provider.name
    say(
        _told(rows, chosen, going_words(going, ledger), accept),
        as_json,
        connection=connection_id,
        not_mapped=[_as_json(row, accepted=row in chosen) for row in rows],
        accepted=len(chosen),
        released=going.released,
    )


def _accept(connection_id: int, rows: list[Unmapped], as_json: bool) -> Going:
    choices = [
        Choice(row.kind, row.code, row.suggestion.ledger_id or "", expected=row.mapped_to)
        for row in rows
    ]
    try:
        now = clock.now()
        saved = save_many(connection_id, choices, actor=ACTOR, user_id=None, now=now)
    except MappingRefused as error:
        refuse("accept", error.sentence, as_json)
        raise
    return saved.going


def _told(rows: list[Unmapped], chosen: list[Unmapped], going: str, accept: str | None) -> str:
    if not rows:
        return "Everything is mapped."
    lines = [_line(row) for row in rows if row not in chosen or not accept]
    if accept:
        lines.append(f"Mapped {plural(len(chosen), 'code')}. {going}".strip())
    return "\n".join(lines)


def _line(row: Unmapped) -> str:
    to = f" → {row.suggestion.ledger_name}" if row.suggestion.ledger_name else ""
    held = f", {plural(row.held.invoices, 'invoice')} wait" if row.held.invoices else ""
    sure = row.suggestion.certainty.word
    return f"{row.kind}\t{row.code}\t{row.name}{to}\t{sure}: {row.suggestion.reason}{held}"


def _as_json(row: Unmapped, *, accepted: bool) -> dict[str, object]:
    return {
        "kind": row.kind,
        "code": row.code,
        "name": row.name,
        "invoices": row.held.invoices,
        "held_back": row.held.sums,
        "certainty": row.suggestion.certainty.word,
        "reason": row.suggestion.reason,
        "ledger_id": row.suggestion.ledger_id,
        "ledger_name": row.suggestion.ledger_name,
        "accepted": accepted,
    }


@mapping.command("create-item")
@connection_option
@click.argument("codes", nargs=-1)
@click.option("--name", help="What the item is called; the service's own name otherwise.")
@click.option("--account", help="The ledger's id of the income account; kept as the default.")
@click.option("--all-missing", is_flag=True, help="All services that nothing there is close to.")
@click.option("--wait", is_flag=True, help="Create here and now instead of waking a worker.")
@json_option
def create_item(
    connection_id: int,
    codes: tuple[str, ...],
    name: str | None,
    account: str | None,
    all_missing: bool,
    wait: bool,
    as_json: bool,
) -> None:
    """Have an item made in the ledger for each service CODE, mapped, and what waits for it go."""
    connection = _connection(connection_id, as_json)
    if all_missing == bool(codes):
        refuse("codes", "Name the services, or say --all-missing.", as_json)
    if name and len(codes) != 1:
        refuse("name", "A name is for one service.", as_json)
    lacking = [row.code for row in queries.lacking_items(queries.unmapped(connection))]
    wanted = [Wanted(code, name or "") for code in codes or lacking]
    _create(connection_id, wanted, account, as_json)
    if wait:
        drain(connection_id, others=lambda: False)
    _tell_created(connection_id, [one.code for one in wanted], as_json)


def _create(connection_id: int, wanted: list[Wanted], account: str | None, as_json: bool) -> None:
    try:
        create_items(
            connection_id,
            wanted,
            actor=ACTOR,
            user_id=None,
            now=clock.now(),
            income_account=account,
        )
    except ItemsRefused as error:
        errors = [{"code": e.code, "field": e.field, "message": e.sentence} for e in error.errors]
        say(f"{error}\nNothing was created.", as_json, errors=errors)
        raise click.exceptions.Exit(REFUSED) from error


def _tell_created(connection_id: int, codes: list[str], as_json: bool) -> None:
    connection = _connection(connection_id, as_json)
    found = creations(connection, codes)
    lines = [_created(one) for one in found.values()]
    refused = any(one.refused for one in found.values())
    items = [shown(one) for one in found.values()]
    say("\n".join(lines) or "Nothing is lacking an item.", as_json, items=items)
    if refused:
        raise click.exceptions.Exit(REFUSED)


def _created(one: Creation) -> str:
    if one.refused:
        problem = one.problem or {}
        return f"{one.code}\t{one.wish.name}: not created. {problem.get('title', '')}"
    made = "created and mapped" if not one.under_way else "being created"
    return f"{one.code}\t{one.wish.name}: {made}, posts to {one.wish.account_name}"


@mapping.command("export")
@connection_option
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@json_option
def export(connection_id: int, file: Path, as_json: bool) -> None:
    """Write every code and its entry to FILE as CSV; - writes it here."""
    content = export_csv(_connection(connection_id, as_json))
    if str(file) == "-":
        click.echo(content, nl=False)
        return
    file.write_text(content, encoding="utf-8", newline="")
    count = content.count("\r\n") - 1
    say(f"{plural(count, 'code')} written to {file}.", as_json, file=str(file), codes=count)


@mapping.command("import")
@connection_option
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def import_(connection_id: int, file: Path, as_json: bool) -> None:
    """Map what FILE says: all of it, or nothing when one line is wrong."""
    ledger = LEDGERS[_connection(connection_id, as_json).provider].provider.name
    try:
        content = file.read_text(encoding="utf-8-sig")
        now = clock.now()
        saved = import_csv(connection_id, content, actor=ACTOR, user_id=None, now=now)
    except UnicodeDecodeError:
        refuse("file", "This is not UTF-8 text.", as_json)
        raise
    except FileRefused as error:
        _refuse_file(error, as_json)
        raise
    count = len(saved.mappings)
    say(
        f"{plural(count, 'code')} mapped. {going_words(saved.going, ledger)}".strip(),
        as_json,
        mapped=count,
        released=saved.released,
    )


def _refuse_file(error: FileRefused, as_json: bool) -> None:
    errors = [{"line": e.line, "field": e.field, "message": e.sentence} for e in error.errors]
    say(f"{error}\nNothing was imported.", as_json, errors=errors)
    raise click.exceptions.Exit(REFUSED)


def _connection(connection_id: int, as_json: bool) -> Connection:
    connection = queries.connection_of(connection_id)
    if connection is None:
        refuse("connection", f"There is no connection {connection_id}.", as_json)
        raise click.exceptions.Exit(REFUSED)
    return connection
