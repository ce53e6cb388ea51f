"""Who is e-mailed about a connection, as chosen in the settings."""

from __future__ import annotations

from flask import Blueprint, abort, g, request
from flask.typing import ResponseReturnValue

from app.domain.mail_topics import Topic
from app.domain.wording import listed
from app.extensions import limiter, settings
from app.queries.connections import connection_of
from app.usecases.accounts import AccountRefused
from app.usecases.changed_meanwhile import ChangedMeanwhile
from app.usecases.mail.mail_lists import save_lists, save_lists_of_all
from app.usecases.mail.try_mail import send_test
from app.web.guard import actor, needs_role, workspace_id
from app.web.presentation import now
from app.web.settings import saved, show_page

AUTHENTICATION = "session"

blueprint = Blueprint("mail_lists", __name__, url_prefix="/settings/mail")


@blueprint.post("/<int:connection_id>")
@needs_role("owner", "finance")
def save(connection_id: int) -> ResponseReturnValue:
    """Store who gets what about one connection."""
    connection = connection_of(connection_id) or abort(404)
    try:
        _store(connection_id)
    except AccountRefused as error:
        return show_page(refused=error)
    except ChangedMeanwhile as error:
        return show_page(meanwhile=error)
    return saved(f"Saved who is e-mailed about {connection.company_name}.", "mail")


@blueprint.post("/all")
@needs_role("owner", "finance")
def save_all() -> ResponseReturnValue:
    """Store who is told what is about the whole workspace."""
    try:
        _store(None)
    except AccountRefused as error:
        return show_page(refused=error)
    except ChangedMeanwhile as error:
        return show_page(meanwhile=error)
    return saved("Saved who is e-mailed about the whole workspace.", "mail")


@blueprint.post("/<int:connection_id>/test")
@needs_role("owner", "finance")
@limiter.limit("10 per hour", key_func=lambda: f"test mail {g.user.id}")
def test(connection_id: int) -> ResponseReturnValue:
    """Store who gets what about one connection, then write to all of them."""
    connection_of(connection_id) or abort(404)
    user_id, name = actor()
    try:
        _store(connection_id)
    except AccountRefused as error:
        return show_page(refused=error)
    except ChangedMeanwhile as error:
        return show_page(meanwhile=error)
    people = listed(send_test(connection_id, name, user_id, now()))
    if settings().mail_url:
        return saved(f"Saved. A test e-mail is on its way to {people}.", "mail")
    return saved(
        f"Saved. A test e-mail to {people} is in the mailbox of this Ledgerbridge.", "mail"
    )


def _store(connection_id: int | None) -> None:
    """Read the form: a tick is a person's number, an address, or the new address.

    connection_id: None where the form is about the whole workspace.
    """
    user_id, name = actor()
    ticked = {topic: request.form.getlist(topic) for topic in Topic}
    new = request.form.get("address", "").strip()
    if new and not any("new" in some for some in ticked.values()):
        raise AccountRefused("address", f"Tick what {new} is to get.")
    people = {topic: [int(t) for t in some if _is_number(t)] for topic, some in ticked.items()}
    outside = {
        topic: [t for t in some if "@" in t] + ([new] if "new" in some else [])
        for topic, some in ticked.items()
    }
    seen = request.form.get("seen", "")
    if connection_id is None:
        number = workspace_id()
        save_lists_of_all(number, people, outside, actor=name, user_id=user_id, seen=seen)
    else:
        save_lists(connection_id, people, outside, actor=name, user_id=user_id, seen=seen)


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 19
