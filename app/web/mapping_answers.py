"""What the mappings page answers: a row after a deed, or the whole page."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.states import MappingKind
from app.domain.still_waiting import going_words
from app.models import Connection
from app.queries import ledger_entries
from app.queries import mappings as queries
from app.usecases.mapping.map_codes import Saved
from app.web.mapping_page import KIND_WORDS, Note, Page, build, matches
from app.web.menu import menu

_SHOWN, _MAPPED_SHOWN = 100, 25


def connection_asked(values: Any) -> Connection:
    """Return the connection asked for, or the first; 404 for one of another workspace."""
    wanted = values.get("connection", type=int)
    live = queries.live_connections()
    found = next((c for c in live if c.id == wanted), None)
    if found is None and wanted is None and live:
        return live[0]
    return found or abort(404)


def kind_asked(values: Any) -> MappingKind:
    """Return the kind asked for; 404 for one we do not know."""
    try:
        return MappingKind(values.get("kind", ""))
    except ValueError:
        abort(404)


def named(values: Any) -> tuple[Connection, MappingKind, str]:
    """Return connection, kind and code that a form or an address names."""
    return connection_asked(values), kind_asked(values), values.get("code", "")


def name_of(connection: Connection, kind: MappingKind, code: str) -> str:
    """Return what billing calls a code."""
    return queries.name_of(connection, kind, code) or code


def row_answer(
    connection: Connection,
    kind: MappingKind,
    code: str,
    *,
    change: bool = False,
    note: Note | None = None,
    said: str = "",
    went: str = "",
) -> str:
    """Return one row as it is now, and with it what changed elsewhere on the page.

    went: what stays in the row of what became of its invoices.
    """
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
        went=went,
        in_list=request.values.get("list", "unmapped"),
    )


def done(
    connection: Connection, kind: MappingKind, code: str, sentence: str, went: str = ""
) -> ResponseReturnValue:
    """Answer a deed that was done; went: as for row_answer."""
    if "HX-Request" in request.headers:
        return row_answer(connection, kind, code, said=sentence, went=went)
    flash(sentence, "ok")
    return redirect(url_for("mappings.index", connection=connection.id))


def refused(
    connection: Connection, kind: MappingKind, code: str, note: Note
) -> ResponseReturnValue:
    """Answer a deed that was refused: 422, the row with its sentence."""
    if "HX-Request" in request.headers:
        return row_answer(connection, kind, code, note=note, said=note.sentence), 422
    page = build(connection)
    page.notes[kind, code] = note
    return show(page, 422)


def show(page: Page, status: int = 200) -> ResponseReturnValue:
    """Answer with the whole page."""
    wanted_kind, typed = request.values.get("show", ""), request.args.get("q", "").strip()
    wanted = [row for row in page.mapped if matches(row, typed) and wanted_kind in ("", row.kind)]
    wanted.sort(key=lambda row: not page.fresh(row))
    rows = [row for row in page.unmapped if matches(row, typed)]
    shell = menu()
    everything = "all" in request.args
    body = render_template(
        "mappings/index.html",
        page=page,
        rows=rows if everything else rows[:_SHOWN],
        rows_hidden=0 if everything else max(0, len(rows) - _SHOWN),
        mapped=wanted if everything else wanted[:_MAPPED_SHOWN],
        mapped_hidden=0 if everything else max(0, len(wanted) - _MAPPED_SHOWN),
        connections=queries.live_connections(),
        lacking=shell.lacking if shell else {},
        kind_words=KIND_WORDS,
        kinds=[*MappingKind],
        entries={kind: ledger_entries.entries(page.connection, kind) for kind in MappingKind},
        show=wanted_kind,
        q=typed,
        change=request.args.get("change", ""),
    )
    return body, status


def told(saved: Saved, ledger: str) -> str:
    """Say what was mapped, how many invoices go because of it, and what the others wait for."""
    count = len(saved.mappings)
    what = f"to “{saved.mappings[0].ledger_name}”" if count == 1 else f"{count} codes"
    return " ".join(filter(None, (f"Mapped {what}.", going_words(saved.going, ledger))))
