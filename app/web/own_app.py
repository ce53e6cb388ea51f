"""The workspace's own application at a ledger's vendor: for owners, in the settings."""

from __future__ import annotations

from flask import Blueprint, abort, g, request
from flask.typing import ResponseReturnValue

from app.extensions import limiter
from app.ledgers import LEDGERS
from app.models import OwnApp
from app.queries.own_apps import own_app
from app.usecases.accounts import AccountRefused
from app.usecases.permission import own_app as usecase
from app.web.guard import actor, needs_role, workspace_id
from app.web.presentation import now
from app.web.settings import saved, show_page

AUTHENTICATION = "session"

blueprint = Blueprint("own_app", __name__, url_prefix="/settings/own-app")

# The vendor is asked about each pair that is typed.
_asked = limiter.limit("30 per hour", key_func=lambda: f"own app {g.user.id}")


@blueprint.post("/<provider>")
@needs_role("owner")
@_asked
def bring(provider: str) -> ResponseReturnValue:
    """Ask people by an application of the workspace's own from now on."""
    kind, form = LEDGERS.get(provider) or abort(404), request.form
    user_id, name = actor()
    try:
        usecase.bring(
            workspace_id(),
            provider,
            form.get("client_id", ""),
            form.get("client_secret", ""),
            form.get("verifier", ""),
            actor=name,
            user_id=user_id,
            now=now(),
        )
    except AccountRefused as error:
        return show_page(refused=error)
    vendor = kind.provider.vendor
    return _saved(f"From now on {vendor} asks for your own app.", provider)


@blueprint.post("/<int:number>/secret")
@needs_role("owner")
@_asked
def replace_secret(number: int) -> ResponseReturnValue:
    """Store a client secret that was made anew."""
    own, (user_id, name) = _own(number), actor()
    provider = own.provider
    try:
        usecase.replace_secret(own, request.form.get("client_secret", ""), name, user_id, now())
    except AccountRefused as error:
        return show_page(refused=error)
    return _saved("The new client secret is used from now on.", provider)


@blueprint.post("/<int:number>/verifier")
@needs_role("owner")
def replace_verifier(number: int) -> ResponseReturnValue:
    """Store a verifier token; the one of before counts too."""
    own, (user_id, name) = _own(number), actor()
    provider, second = own.provider, own.verifier_encrypted is not None
    try:
        usecase.replace_verifier(own, request.form.get("verifier", ""), name, user_id, now())
    except AccountRefused as error:
        return show_page(refused=error)
    both = " The one of before counts too until you end it." if second else ""
    return _saved(f"The verifier token is set.{both}", provider)


@blueprint.post("/<int:number>/verifier/end-old")
@needs_role("owner")
def end_old_verifier(number: int) -> ResponseReturnValue:
    """Let only the newest verifier token count."""
    own, (user_id, name) = _own(number), actor()
    provider = own.provider
    try:
        usecase.end_verifier_before(own, name, user_id)
    except AccountRefused as error:
        return show_page(refused=error)
    return _saved("Notices signed with the old verifier token are refused from now on.", provider)


@blueprint.post("/<int:number>/take-out")
@needs_role("owner")
def take_out(number: int) -> ResponseReturnValue:
    """Take an application out of use; it is removed where no company goes by it."""
    own, (user_id, name) = _own(number), actor()
    provider, client_id = own.provider, own.client_id
    try:
        gone = usecase.take_out(own, name, user_id, now())
    except AccountRefused as error:
        return show_page(refused=error)
    if gone:
        return _saved(f"The app {client_id} is removed, with its secrets.", provider)
    return _saved(
        f"Nobody is asked by the app {client_id} any more. The companies below go on with it until"
        " they are reconnected.",
        provider,
    )


def _own(number: int) -> OwnApp:
    return own_app(number) or abort(404)


def _saved(sentence: str, provider: str) -> ResponseReturnValue:
    return saved(sentence, f"app-{provider}")
