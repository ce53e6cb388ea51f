"""Mappings: clear what is not mapped, dearest first."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.states import MappingKind
from app.domain.still_waiting import counted, going_words
from app.domain.wording import percent
from app.governor import GovernorUnavailable
from app.ledgers.errors import LedgerError
from app.models import Connection
from app.queries import ledger_entries
from app.queries import mappings as queries
from app.queries.item_creations import creations
from app.usecases.company.line import NotConnected
from app.usecases.mapping.map_codes import (
    AnotherTax,
    Choice,
    MappingRefused,
    save_many,
    undo,
)
from app.usecases.mapping.mapping_csv import export_csv
from app.usecases.read_company import read_company
from app.web.guard import actor, needs_role
from app.web.item_creation import NEW, came_of, create
from app.web.mapping_answers import (
    connection_asked,
    done,
    kind_asked,
    name_of,
    named,
    refused,
    row_answer,
    show,
    told,
)
from app.web.mapping_page import KIND_WORDS, Note, build, none_there, row_id
from app.web.presentation import ledger_name, now, today

AUTHENTICATION = "session"

blueprint = Blueprint("mappings", __name__, url_prefix="/mappings")
blueprint.add_app_template_filter(percent, "percent")
blueprint.add_app_template_filter(row_id, "row_id")
blueprint.add_app_template_filter(counted, "counted")


@blueprint.get("")
def index() -> ResponseReturnValue:
    """Show what is not mapped and what is."""
    connections = queries.live_connections()
    if not connections:
        return render_template("mappings/none.html")
    return show(build(connection_asked(request.args)))


@blueprint.get("/search")
def search() -> ResponseReturnValue:
    """Answer the picker: up to twenty entries of the ledger."""
    connection, kind = connection_asked(request.args), kind_asked(request.args)
    found = ledger_entries.search(connection, kind, request.args.get("q", ""))
    return render_template(
        "mappings/options.html",
        entries=found,
        kind=kind,
        prefix=request.args.get("prefix", "o"),
        new=_may_be_new(connection, kind, request.args.get("q", "").strip()),
        ledger=ledger_name(connection.provider),
        account=connection.default_income_account_name,
        none_there="" if found else none_there(connection, kind),
    )


def _may_be_new(connection: Connection, kind: MappingKind, typed: str) -> str:
    """Return what an item could be created as: what was typed, where none is called that."""
    if kind != MappingKind.SERVICE or ledger_entries.entries_named(connection, kind, typed):
        return ""
    return typed


@blueprint.get("/row")
def row() -> ResponseReturnValue:
    """Return one row, to be changed when change is asked for; said when its item was created."""
    connection, kind, code = named(request.args)
    said = ""
    if "creating" in request.args:
        newest = creations(connection, [code]).get(code)
        said = came_of(newest, ledger_name(connection.provider))
    return row_answer(connection, kind, code, change="change" in request.args, said=said)


@blueprint.post("/save")
@needs_role("owner", "finance")
def save() -> ResponseReturnValue:
    """Map one code."""
    connection, kind, code = named(request.form)
    typed, chosen = request.form.get("ledger_name", ""), _given_id()
    if kind == MappingKind.SERVICE and chosen == NEW and typed.strip():
        return create(connection, code, typed)
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
        note = Note(
            error.sentence,
            isinstance(error, AnotherTax),
            typed,
            chosen,
            new_item=_may_be_new(connection, kind, typed.strip()),
        )
        return refused(connection, kind, code, note)
    ledger = ledger_name(connection.provider)
    went = going_words(saved.going, ledger)
    return done(connection, kind, code, told(saved, ledger), went)


@blueprint.post("/undo")
@needs_role("owner", "finance")
def undo_one() -> ResponseReturnValue:
    """Bring back what a code meant before."""
    connection, kind, code = named(request.form)
    user_id, name = actor()
    try:
        back = undo(connection.id, kind, code, actor=name, user_id=user_id, now=now())
    except MappingRefused as error:
        return refused(connection, kind, code, Note(error.sentence))
    to = f"mapped to “{back.ledger_name}” again" if back else "not mapped any more"
    return done(connection, kind, code, f"Undone: {name_of(connection, kind, code)} is {to}.")


@blueprint.post("/accept")
@needs_role("owner", "finance")
def accept() -> ResponseReturnValue:
    """Map every certain suggestion, or all of them."""
    connection = connection_asked(request.form)
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
        flash(told(saved, ledger_name(connection.provider)), "ok")
    return redirect(url_for("mappings.index", connection=connection.id))


@blueprint.post("/read-again")
@needs_role("owner", "finance")
def read_again() -> ResponseReturnValue:
    """Read the ledger's lists again."""
    connection = connection_asked(request.form)
    number, ledger = connection.id, ledger_name(connection.provider)
    try:
        read_company(number, now())
    except NotConnected:
        flash(f"Reconnect {ledger} first: it does not accept our permission.", "bad")
    except (LedgerError, GovernorUnavailable):
        flash(f"{ledger} could not be read just now. What was read before still stands.", "bad")
    else:
        flash(f"Items and tax codes were read from {ledger} just now.", "ok")
    return redirect(url_for("mappings.index", connection=number))


@blueprint.get("/mappings.csv")
def export() -> ResponseReturnValue:
    """Hand out every code and its entry as a file."""
    connection = connection_asked(request.args)
    name = f"mappings-{ledger_name(connection.provider).lower()}-{today()}.csv"
    return Response(
        "\ufeff" + export_csv(connection),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


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
    if nothing := none_there(connection, kind):
        raise MappingRefused(nothing)
    if named:
        raise MappingRefused(f"{ledger} has {len(named)} of this name. Choose one from the list.")
    raise MappingRefused(f"{ledger} has no active {what} called “{typed.strip()}”.")
