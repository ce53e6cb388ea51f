"""Settings: the workspace, its people, its machines' access."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user

from app.domain.time_zones import zones_for
from app.extensions import limiter, settings
from app.queries import access
from app.usecases import accounts, workspace_settings
from app.usecases.accounts import AccountRefused
from app.web.guard import SignedIn, actor, needs_role, workspace, workspace_id
from app.web.presentation import now

AUTHENTICATION = "session"

blueprint = Blueprint("settings", __name__, url_prefix="/settings")


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the settings; what only an owner may change is shown to owners."""
    return _show()


@blueprint.post("/workspace")
@needs_role("owner", "finance")
def save() -> ResponseReturnValue:
    """Store the workspace's settings."""
    user_id, name = actor()
    form = request.form
    try:
        workspace_settings.save_workspace(
            workspace_id(),
            name,
            user_id,
            name=form.get("name", ""),
            time_zone=form.get("time_zone", ""),
            reconcile_hour=form.get("reconcile_hour", -1, type=int),
            reconcile_mail=form.get("reconcile_mail", ""),
        )
    except AccountRefused as error:
        return _show(refused=error)
    return _saved("Settings saved.")


@blueprint.post("/people")
@needs_role("owner")
def add_person() -> ResponseReturnValue:
    """Let somebody in."""
    form = request.form
    try:
        user = accounts.create_user(
            workspace_id(),
            form.get("email", ""),
            form.get("role", ""),
            form.get("password", ""),
            name=form.get("name", ""),
            actor=actor()[1],
        )
    except AccountRefused as error:
        return _show(refused=error)
    return _saved(f"{user.name} may sign in now.", "people")


@blueprint.post("/people/<int:number>")
@needs_role("owner")
def change_person(number: int) -> ResponseReturnValue:
    """Change somebody's role, or shut them out."""
    person = access.person(number) or abort(404)
    user_id, name = actor()
    try:
        workspace_settings.change_person(
            person, request.form.get("role", ""), "disabled" in request.form, name, user_id, now()
        )
    except AccountRefused as error:
        return _show(refused=error)
    return _saved(f"Changed: {person.name}.", "people")


@blueprint.post("/password")
@limiter.limit("20 per hour", key_func=lambda: f"password {g.user.id}")
def change_password() -> ResponseReturnValue:
    """Give oneself a new password; other sessions of the old one end."""
    form = request.form
    try:
        workspace_settings.change_password(g.user, form.get("present", ""), form.get("wanted", ""))
    except AccountRefused as error:
        return _show(refused=error)
    session["signed_in_at"] = now().isoformat()
    login_user(SignedIn(g.user))
    return _saved("Your password is changed. Wherever else you were signed in, you are not now.")


@blueprint.post("/api-keys")
@needs_role("owner")
def create_api_key() -> ResponseReturnValue:
    """Make an API key and show it, this once."""
    try:
        key = accounts.create_api_key(
            workspace_id(), request.form.get("name", ""), actor=actor()[1]
        )
    except AccountRefused as error:
        return _show(refused=error)
    return _show(api_key=key)


@blueprint.post("/api-keys/<int:number>/revoke")
@needs_role("owner")
def revoke_api_key(number: int) -> ResponseReturnValue:
    """End an API key."""
    key = access.api_key(number) or abort(404)
    user_id, name = actor()
    workspace_settings.revoke_api_key(key, name, user_id, now())
    return _saved("The API key works no more.", "keys")


@blueprint.post("/hook-secrets")
@needs_role("owner")
def create_hook_secret() -> ResponseReturnValue:
    """Make a signing secret and show it, this once."""
    return _show(hook_secret=accounts.create_hook_secret(workspace_id(), actor=actor()[1]))


@blueprint.post("/hook-secrets/<int:number>/revoke")
@needs_role("owner")
def revoke_hook_secret(number: int) -> ResponseReturnValue:
    """End a signing secret."""
    secret = access.hook_secret(number) or abort(404)
    user_id, name = actor()
    workspace_settings.revoke_hook_secret(secret, name, user_id, now())
    return _saved("The signing secret works no more.", "hooks")


def _saved(sentence: str, part: str = "") -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for("settings.show", _anchor=part or None), 303)


def _show(
    refused: AccountRefused | None = None, api_key: str = "", hook_secret: str = ""
) -> ResponseReturnValue:
    """Show the page; a new secret is on it once and nowhere afterwards."""
    slug = workspace().slug
    body = render_template(
        "settings/show.html",
        workspace=workspace(),
        zones=zones_for(workspace().country, workspace().time_zone),
        people=access.people(),
        api_keys=access.api_keys(),
        hook_secrets=access.hook_secrets(),
        hook_address=f"{settings().public_url.rstrip('/')}/hooks/billing/{slug}",
        refused=refused,
        typed=request.form if refused else {},
        new_api_key=api_key,
        new_hook_secret=hook_secret,
    )
    return body, 422 if refused else 200
