"""Settings: the workspace, its people, its machines' access."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.mail_topics import ALARMS_OF_ALL, TOPIC_WORDS
from app.domain.time_zones import zones_for
from app.extensions import limiter, settings
from app.queries import access, mappings
from app.usecases import accounts, sign_ins, workspace_settings
from app.usecases.accounts import AccountRefused
from app.usecases.changed_meanwhile import ChangedMeanwhile, mark_of
from app.usecases.mail.leave_out import leave_out
from app.usecases.mail.mail_lists import TOPICS_OF_ALL, lists_of, lists_of_all
from app.web.guard import actor, needs_role, sign_in, workspace, workspace_id
from app.web.own_app_part import parts
from app.web.presentation import now

AUTHENTICATION = "session"

blueprint = Blueprint("settings", __name__, url_prefix="/settings")

ROLES_EXPLAINED = {
    "owner": "does everything, lets people in, makes API keys and signing secrets.",
    "finance": "maps, pushes, resolves differences, connects and changes settings.",
    "viewer": "looks at every page and takes files away, and changes nothing.",
}


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the settings; what only an owner may change is shown to owners."""
    return show_page()


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
            seen=form.get("seen", ""),
        )
    except AccountRefused as error:
        return show_page(refused=error)
    except ChangedMeanwhile as error:
        return show_page(meanwhile=error)
    return saved("Settings saved.", "workspace")


@blueprint.post("/people")
@needs_role("owner")
def add_person() -> ResponseReturnValue:
    """Let somebody in."""
    form = request.form
    user_id, name = actor()
    try:
        user = accounts.create_user(
            workspace_id(),
            form.get("email", ""),
            form.get("role", ""),
            form.get("password", ""),
            name=form.get("name", ""),
            actor=name,
            user_id=user_id,
        )
    except AccountRefused as error:
        return show_page(refused=error)
    if form.get("mail") == "none":
        leave_out(user, actor=name, user_id=user_id)
    return saved(
        f"{user.name} may sign in now. Tell them the address of this page, {user.email} and the"
        " first password: nothing is sent to them.",
        "people",
    )


@blueprint.post("/people/<int:number>")
@needs_role("owner")
def change_person(number: int) -> ResponseReturnValue:
    """Change somebody's role, or shut them out."""
    person = access.person(number) or abort(404)
    user_id, name = actor()
    try:
        workspace_settings.change_person(
            person,
            request.form.get("role", ""),
            "disabled" in request.form,
            name,
            user_id,
            now(),
            request.form.get("seen", ""),
        )
    except AccountRefused as error:
        return show_page(refused=error)
    except ChangedMeanwhile as error:
        return show_page(meanwhile=error)
    return saved(f"Changed: {person.name}.", "people")


@blueprint.post("/people/<int:number>/password")
@needs_role("owner")
def reset_password(number: int) -> ResponseReturnValue:
    """Give somebody who lost it a new password; nobody's own, which wants the present one."""
    person = access.person(number) or abort(404)
    user_id, name = actor()
    if person.id == user_id:
        abort(400)
    try:
        workspace_settings.reset_password(person, request.form.get("wanted", ""), name, user_id)
    except AccountRefused as error:
        return show_page(refused=AccountRefused(f"password-{number}", error.sentence))
    return saved(f"{person.name} has a new password. Tell them, and have them change it.", "people")


@blueprint.post("/preferences")
def save_preferences() -> ResponseReturnValue:
    """Store what only the person signed in sees."""
    form = request.form
    try:
        workspace_settings.save_preferences(
            g.user, shortcuts="shortcuts" in form, theme=form.get("theme", "")
        )
    except AccountRefused as error:
        return show_page(refused=error)
    return saved("Your preferences are saved.", "you")


@blueprint.post("/password")
@limiter.limit("20 per hour", key_func=lambda: f"password {g.user.id}")
def change_password() -> ResponseReturnValue:
    """Give oneself a new password; other sessions of the old one end."""
    form = request.form
    try:
        workspace_settings.change_password(g.user, form.get("present", ""), form.get("wanted", ""))
    except AccountRefused as error:
        return show_page(refused=error)
    sign_in(g.user)
    return saved(
        "Your password is changed. Wherever else you were signed in, you are not now.", "you"
    )


@blueprint.post("/sign-out-everywhere")
def sign_out_everywhere() -> ResponseReturnValue:
    """End every session of the person signed in, this one too."""
    sign_ins.leave_everywhere(g.user)
    flash("You are signed out, here and wherever else you were signed in.", "ok")
    return redirect(url_for("login.show"), 303)


@blueprint.post("/api-keys")
@needs_role("owner")
def create_api_key() -> ResponseReturnValue:
    """Make an API key and show it, this once."""
    user_id, name = actor()
    try:
        key = accounts.create_api_key(
            workspace_id(), request.form.get("name", ""), actor=name, user_id=user_id
        )
    except AccountRefused as error:
        return show_page(refused=error)
    return show_page(api_key=key)


@blueprint.post("/api-keys/<int:number>/revoke")
@needs_role("owner")
def revoke_api_key(number: int) -> ResponseReturnValue:
    """End an API key."""
    key = access.api_key(number) or abort(404)
    user_id, name = actor()
    workspace_settings.revoke_api_key(key, name, user_id, now())
    return saved("The API key works no more.", "keys")


@blueprint.post("/hook-secrets")
@needs_role("owner")
def create_hook_secret() -> ResponseReturnValue:
    """Make a signing secret and show it, this once."""
    user_id, name = actor()
    secret = accounts.create_hook_secret(workspace_id(), actor=name, user_id=user_id)
    return show_page(hook_secret=secret)


@blueprint.post("/hook-secrets/<int:number>/revoke")
@needs_role("owner")
def revoke_hook_secret(number: int) -> ResponseReturnValue:
    """End a signing secret."""
    secret = access.hook_secret(number) or abort(404)
    user_id, name = actor()
    workspace_settings.revoke_hook_secret(secret, name, user_id, now())
    return saved("The signing secret works no more.", "hooks")


def saved(sentence: str, part: str = "") -> ResponseReturnValue:
    """Say that it was stored, at the part of the page that it is about."""
    flash(sentence, "ok")
    return redirect(url_for("settings.show", saved=part or None, _anchor=part or None), 303)


def show_page(
    refused: AccountRefused | None = None,
    meanwhile: ChangedMeanwhile | None = None,
    api_key: str = "",
    hook_secret: str = "",
) -> ResponseReturnValue:
    """Show the page; a new secret is on it once and nowhere afterwards."""
    people, connections = access.people(), mappings.live_connections()
    owners = [each.id for each in people if each.role == "owner" and each.disabled_at is None]
    body = render_template(
        "settings/show.html",
        workspace=workspace(),
        seen=mark_of(workspace_settings.workspace_values(workspace())),
        seen_of={each.id: mark_of(workspace_settings.person_values(each)) for each in people},
        zones=zones_for(workspace().country, workspace().time_zone),
        people=people,
        only_owner=owners[0] if len(owners) == 1 else None,
        roles=ROLES_EXPLAINED,
        connections=connections,
        lists=lists_of(connections, people),
        topics=TOPIC_WORDS,
        list_of_all=lists_of_all(workspace_id(), people),
        topics_of_all={topic: TOPIC_WORDS[topic] for topic in TOPICS_OF_ALL},
        alarms_of_all=ALARMS_OF_ALL,
        own_apps=parts(),
        api_keys=access.api_keys(),
        hook_secrets=access.hook_secrets(),
        hook_address=f"{settings().public_url.rstrip('/')}/hooks/billing/{workspace().slug}",
        elsewhere=access.signed_in_elsewhere(g.user, now() - sign_ins.LASTS),
        refused=refused,
        meanwhile=meanwhile,
        typed=request.form if refused or meanwhile else {},
        new_api_key=api_key,
        new_hook_secret=hook_secret,
    )
    return body, 422 if refused else 409 if meanwhile else 200
