"""A file of mappings: what it would change is shown first, and written once somebody says so."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.models import Connection
from app.usecases.mapping.map_codes import MappingRefused
from app.usecases.mapping.mapping_csv import FileRefused
from app.usecases.mapping.mapping_preview import Change, PreviewStale, apply_csv, preview_csv
from app.web.guard import actor, needs_role
from app.web.mapping_answers import connection_asked, told
from app.web.mapping_page import KIND_WORDS
from app.web.presentation import ledger_name, now

AUTHENTICATION = "session"

blueprint = Blueprint("mapping_import", __name__, url_prefix="/mappings/import")

# The page carries the file until it is applied, and a form's fields end at 500 kB.
_LARGEST = 400_000


@blueprint.post("")
@needs_role("owner", "finance")
def preview() -> ResponseReturnValue:
    """Show line by line what a file would change."""
    connection = connection_asked(request.form)
    upload = request.files.get("file")
    raw = upload.read() if upload else b""
    if not raw:
        return _refused(connection, "Choose a file first. Nothing was imported.")
    if len(raw) + raw.count(b"\n") > _LARGEST:  # a browser ends each line with two characters
        return _refused(connection, "The file is larger than 400 KB. Import it in parts.")
    try:
        content = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        said = "The file is not UTF-8 text. Save it as “CSV UTF-8”. Nothing was imported."
        return _refused(connection, said)
    return _shown(connection, content, (upload.filename if upload else None) or "the file")


@blueprint.post("/apply")
@needs_role("owner", "finance")
def apply() -> ResponseReturnValue:
    """Write what the preview showed; show it again where that is not what would be written now."""
    connection = connection_asked(request.form)
    content, name = request.form.get("content", ""), request.form.get("name", "")
    user_id, person = actor()
    try:
        saved = apply_csv(
            connection.id,
            content,
            request.form.get("seal", ""),
            actor=person,
            user_id=user_id,
            now=now(),
        )
    except PreviewStale:
        said = "Mappings were changed while this page was open. This is what it would change now."
        return _shown(connection, content, name, said)
    except MappingRefused as error:
        return _shown(connection, content, name, error.sentence)
    except FileRefused:
        return _shown(connection, content, name, "Nothing was imported: something is wrong now.")
    flash(told(saved, ledger_name(connection.provider)), "ok")
    return redirect(url_for("mappings.index", connection=connection.id), 303)


@blueprint.get("")
@blueprint.get("/apply")
def again() -> ResponseReturnValue:
    """Send back to the mappings whoever comes here without a file: a reload, a late sign-in."""
    return redirect(url_for("mappings.index"))


def _refused(connection: Connection, sentence: str) -> ResponseReturnValue:
    flash(sentence, "bad")
    return redirect(url_for("mappings.index", connection=connection.id), 303)


def _shown(connection: Connection, content: str, name: str, moved: str = "") -> ResponseReturnValue:
    """Answer with the preview; moved: why it is shown once more, a sentence."""
    found = preview_csv(connection.id, content)
    page = render_template(
        "mappings/preview.html",
        connection=connection,
        ledger=ledger_name(connection.provider),
        found=found,
        unchanged=found.of(Change.UNCHANGED),
        kind_words=KIND_WORDS,
        content=content,
        name=name,
        moved=moved,
    )
    return page, 409 if moved else 422 if found.errors else 200
