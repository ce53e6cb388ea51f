"""Mappings: have the item that a service lacks made in the ledger, one or all at once."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.states import ConnectionState, MappingKind
from app.domain.wording import plural
from app.models import Connection
from app.queries.item_creations import Creation
from app.usecases.mapping.create_items import ItemError, ItemsRefused, Wanted, create_items
from app.web.guard import actor, needs_role
from app.web.mapping_answers import connection_asked, done, name_of, named, refused
from app.web.mapping_page import Note, build
from app.web.presentation import ledger_name, now

AUTHENTICATION = "session"

blueprint = Blueprint("item_creation", __name__, url_prefix="/mappings")

# What the picker says instead of an entry's id when a person chose to have one made.
NEW = "new"


@blueprint.post("/create-item")
@needs_role("owner", "finance")
def create_one() -> ResponseReturnValue:
    """Create the item of one service, under its own name or the one given."""
    connection, _, code = named(request.form)
    return create(connection, code, request.form.get("name", ""))


@blueprint.post("/create-missing")
@needs_role("owner", "finance")
def create_missing() -> ResponseReturnValue:
    """Create the items of all services that nothing in the ledger is close to."""
    connection = connection_asked(request.form)
    rows = build(connection).without_match
    ledger = ledger_name(connection.provider)
    try:
        made = _asked(connection, [Wanted(row.code) for row in rows])
    except ItemsRefused as error:
        for one in error.errors:
            flash(f"Nothing was created. {one.sentence}", "bad")
    else:
        flash(f"{plural(made, 'item is', 'items are')} being created in {ledger}.", "ok")
    return redirect(url_for("mappings.index", connection=connection.id))


def create(connection: Connection, code: str, name: str) -> ResponseReturnValue:
    """Create one item and answer with its row."""
    kind = MappingKind.SERVICE
    called = name.strip() or name_of(connection, kind, code)
    try:
        _asked(connection, [Wanted(code, name.strip())])
    except ItemsRefused as error:
        return refused(connection, kind, code, _note(error.errors[0], called))
    ledger = ledger_name(connection.provider)
    sentence = f"“{called}” is being created in {ledger}.{standing(connection)}"
    return done(connection, kind, code, sentence)


def _asked(connection: Connection, wanted: list[Wanted]) -> int:
    user_id, person = actor()
    account = request.form.get("account") or None
    pushes = create_items(
        connection.id, wanted, actor=person, user_id=user_id, now=now(), income_account=account
    )
    return len(pushes)


def _note(error: ItemError, called: str) -> Note:
    """Say what is wrong: choose an account, map to what has the name, or type another one."""
    there = error.existing
    if there is not None and there.usable:
        return Note(error.sentence, typed=there.name, ledger_id=there.ledger_id)
    return Note(
        error.sentence,
        typed=called,
        new_item=called if error.field == "income_account" else "",
        account=error.field == "income_account",
    )


def standing(connection: Connection) -> str:
    """Say why nothing is created just now, where the connection does not move."""
    if connection.state == ConnectionState.PAUSED:
        return " The connection is paused: it goes once that is resumed."
    if connection.state == ConnectionState.BROKEN:
        return " It goes once the ledger is connected again."
    return ""


def came_of(creation: Creation | None, ledger: str) -> str:
    """Say what came of a creation that a page was waiting for."""
    if creation is None or creation.under_way:
        return ""
    if creation.refused:
        return (
            f"“{creation.wish.name}” was not created. {(creation.problem or {}).get('title', '')}"
        )
    return f"“{creation.wish.name}” was created in {ledger} and mapped."
