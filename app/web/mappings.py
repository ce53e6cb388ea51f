"""Mappings: clear what is not mapped, dearest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.states import MappingKind
from app.domain.wording import percent
from app.ledgers.errors import LedgerError
from app.models import Connection
from app.queries import ledger_entries
from app.queries import mappings as queries
from app.usecases.map_codes import (
    AnotherTax,
    Choice,
    MappingRefused,
    Saved,
    save_many,
    undo,
)
from app.usecases.mapping_csv import FileRefused, LineError, export_csv, import_csv
from app.usecases.read_company import read_company
from app.web.guard import actor, needs_role
from app.web.mapping_page import KIND_WORDS, Note, Page, build, matches, row_id
from app.web.presentation import ledger_name, now, today

AUTHENTICATION = "session"

blueprint = Blueprint("mappings", __name__, url_prefix="/mappings")
blueprint.add_app_template_filter(percent, "percent")
blueprint.add_app_template_filter(row_id, "row_id")

_SHOWN, _MAPPED_SHOWN = 100, 25


@blueprint.get("")
def index() -> ResponseReturnValue:
    """Show what is not mapped and what is."""
    connections = queries.live_connections()
    if not connections:
        return render_template("mappings/none.html")
    return _show(build(_connection(request.args)))


@blueprint.get("/search")
def search() -> ResponseReturnValue:
    """Answer the picker: up to twenty entries of the ledger."""
    connection, kind = _connection(request.args), _kind(request.args)
    found = ledger_entries.search(connection, kind, request.args.get("q", ""))
    return render_template(
        "mappings/options.html", entries=found, kind=kind, prefix=request.args.get("prefix", "o")
    )


@blueprint.get("/row")
def row() -> ResponseReturnValue:
    """Return one row, to be changed when change is asked for."""
    connection, kind, code = _named(request.args)
    return _row(connection, kind, code, change="change" in request.args)


@blueprint.post("/save")
@needs_role("owner", "finance")
def save() -> ResponseReturnValue:
    """Map one code."""
    connection, kind, code = _named(request.form)
    typed, chosen = request.form.get("ledger_name", ""), _given_id()
    user_id, name = actor()
    try:
        chosen = _chosen(connection, kind, typed)
        choice = Choice(
            kind,
            code,
            chosen,
            expected=request.form.get("expected"),
            # Of this very entry: somebody may confirm one and then choose another.
            confirmed=request.form.get("confirmed") == chosen,
        )
        saved = save_many(connection.id, [choice], actor=name, user_id=user_id, now=now())
    except MappingRefused as error:
        note = Note(error.sentence, isinstance(error, AnotherTax), typed, chosen)
        return _refused(connection, kind, code, note)
    return _done(connection, kind, code, _told(saved))


@blueprint.post("/undo")
@needs_role("owner", "finance")
def undo_one() -> ResponseReturnValue:
    """Bring back what a code meant before."""
    connection, kind, code = _named(request.form)
    user_id, name = actor()
    try:
        back = undo(connection.id, kind, code, actor=name, user_id=user_id, now=now())
    except MappingRefused as error:
        return _refused(connection, kind, code, Note(error.sentence))
    to = f"mapped to “{back.ledger_name}” again" if back else "not mapped any more"
    return _done(connection, kind, code, f"Undone: {_name(connection, kind, code)} is {to}.")


@blueprint.post("/accept")
@needs_role("owner", "finance")
def accept() -> ResponseReturnValue:
    """Map every certain suggestion, or all of them."""
    connection = _connection(request.form)
    which = "all" if request.form.get("which") == "all" else "certain"
    rows = queries.suggested(queries.unmapped(connection), which)
    choices = [
        Choice(r.kind, r.code, r.suggestion.ledger_id or "", expected=r.mapped_to) for r in rows
    ]
    user_id, name = actor()
    try:
        saved = save_many(connection.id, choices, actor=name, user_id=user_id, now=now())
    except MappingRefused as error:
        flash(error.sentence, "bad")
    else:
        flash(_told(saved), "ok")
    return redirect(url_for("mappings.index", connection=connection.id))


@blueprint.post("/read-again")
@needs_role("owner", "finance")
def read_again() -> ResponseReturnValue:
    """Read the ledger's lists again."""
    connection = _connection(request.form)
    ledger = ledger_name(connection.provider)
    try:
        read_company(connection.id, now())
    except LedgerError:
        flash(f"{ledger} could not be read just now. What was read before still stands.", "bad")
    else:
        flash(f"Items and tax codes were read from {ledger} just now.", "ok")
    return redirect(url_for("mappings.index", connection=request.form["connection"]))


@blueprint.get("/mappings.csv")
def export() -> ResponseReturnValue:
    """Hand out every code and its entry as a file."""
    connection = _connection(request.args)
    name = f"mappings-{ledger_name(connection.provider).lower()}-{today()}.csv"
    return Response(
        "\ufeff" + export_csv(connection),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@blueprint.post("/import")
@needs_role("owner", "finance")
def import_() -> ResponseReturnValue:
    """Take a file, whole or not at all."""
    connection = _connection(request.form)
    upload = request.files.get("file")
    user_id, name = actor()
    try:
        content = upload.read().decode("utf-8-sig") if upload else ""
        saved = import_csv(connection.id, content, actor=name, user_id=user_id, now=now())
    except UnicodeDecodeError:
        flash("The file is not UTF-8 text. Save it as “CSV UTF-8”. Nothing was imported.", "bad")
    except FileRefused as error:
        return _show(build(_connection(request.form)), 422, file_errors=error.errors)
    else:
        flash(_told(saved), "ok")
    return redirect(url_for("mappings.index", connection=request.form["connection"]))


def _connection(values: Any) -> Connection:
    """Return the connection asked for, or the first; 404 for one of another workspace."""
    wanted = values.get("connection", type=int)
    live = queries.live_connections()
    found = next((c for c in live if c.id == wanted), None)
    if found is None and wanted is None and live:
        return live[0]
    return found or abort(404)


def _kind(values: Any) -> MappingKind:
    try:
        return MappingKind(values.get("kind", ""))
    except ValueError:
        abort(404)


def _named(values: Any) -> tuple[Connection, MappingKind, str]:
    return _connection(values), _kind(values), values.get("code", "")


def _given_id() -> str:
    return request.form.get("ledger_id", "")


def _chosen(connection: Connection, kind: MappingKind, typed: str) -> str:
    """Return the id of the entry chosen: by the picker, or by its exact name without it."""
    named = ledger_entries.entries_named(connection, kind, typed)
    if any(entry.ledger_id == _given_id() for entry in named):
        return _given_id()
    if len(named) == 1:
        return named[0].ledger_id
    what = KIND_WORDS[kind].there
    ledger = ledger_name(connection.provider)
    if not typed.strip():
        raise MappingRefused(f"Choose the {ledger} {what} it goes to.")
    if named:
        raise MappingRefused(f"{ledger} has {len(named)} of this name. Choose one from the list.")
    raise MappingRefused(f"{ledger} has no active {what} called “{typed.strip()}”.")


def _told(saved: Saved) -> str:
    count = len(saved.mappings)
    what = f"{saved.mappings[0].ledger_name}" if count == 1 else f"{count} codes"
    go = "1 invoice goes" if saved.released == 1 else f"{saved.released} invoices go"
    mapped = f"Mapped to “{what}”" if count == 1 else f"Mapped {what}"
    return f"{mapped}, {go} to the ledger now." if saved.released else f"{mapped}."


def _name(connection: Connection, kind: MappingKind, code: str) -> str:
    row = build(connection).find(kind, code)
    return row.name if row else code


def _row(
    connection: Connection,
    kind: MappingKind,
    code: str,
    *,
    change: bool = False,
    note: Note | None = None,
    said: str = "",
) -> str:
    page = build(connection)
    found = page.find(kind, code) or abort(404)
    if note:
        page.notes[kind, code] = note
    return render_template(
        "mappings/row.html",
        kind_words=KIND_WORDS,
        page=page,
        row=found,
        change=change or note is not None,
        said=said,
        in_list=request.values.get("list", "unmapped"),
    )


def _done(
    connection: Connection, kind: MappingKind, code: str, sentence: str
) -> ResponseReturnValue:
    if "HX-Request" in request.headers:
        return _row(connection, kind, code, said=sentence)
    flash(sentence, "ok")
    return redirect(url_for("mappings.index", connection=connection.id))


def _refused(
    connection: Connection, kind: MappingKind, code: str, note: Note
) -> ResponseReturnValue:
    if "HX-Request" in request.headers:
        return _row(connection, kind, code, note=note, said=note.sentence), 422
    page = build(connection)
    page.notes[kind, code] = note
    return _show(page, 422)


def _show(
    page: Page, status: int = 200, file_errors: Sequence[LineError] = ()
) -> ResponseReturnValue:
    show, typed = request.values.get("show", ""), request.args.get("q", "").strip()
    wanted = [row for row in page.mapped if matches(row, typed) and show in ("", row.kind)]
    wanted.sort(key=lambda row: not page.fresh(row))
    rows = [row for row in page.unmapped if matches(row, typed)]
    everything = "all" in request.args
    body = render_template(
        "mappings/index.html",
        page=page,
        rows=rows if everything else rows[:_SHOWN],
        rows_hidden=0 if everything else max(0, len(rows) - _SHOWN),
        mapped=wanted if everything else wanted[:_MAPPED_SHOWN],
        mapped_hidden=0 if everything else max(0, len(wanted) - _MAPPED_SHOWN),
        connections=queries.live_connections(),
        kind_words=KIND_WORDS,
        kinds=[*MappingKind],
        entries={kind: ledger_entries.entries(page.connection, kind) for kind in MappingKind},
        show=show,
        q=typed,
        change=request.args.get("change", ""),
        file_errors=file_errors,
    )
    return body, status
