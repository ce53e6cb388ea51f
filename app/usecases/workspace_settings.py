"""What an owner decides about the workspace, its people and its machines' access."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import func, select

from app.extensions import db
from app.models import ApiKey, HookSecret, User, Workspace
from app.models.workspace import ROLES, THEMES
from app.usecases import sign_ins
from app.usecases.accounts import AccountRefused, authenticate, hashed
from app.usecases.audit import audit
from app.usecases.changed_meanwhile import differences, refuse_changed

MAILS = ("daily", "difference", "never")


def workspace_values(workspace: Workspace) -> dict[str, Any]:
    """Return what the form of the workspace changes, as it is stored."""
    fields = ("name", "time_zone", "reconcile_hour", "reconcile_mail")
    return {field: getattr(workspace, field) for field in fields}


def save_workspace(
    workspace_id: int,
    actor: str,
    user_id: int,
    *,
    name: str,
    time_zone: str,
    reconcile_hour: int,
    reconcile_mail: str,
    seen: str = "",
) -> None:
    """Store the workspace's settings. Commits.

    Raises AccountRefused, and ChangedMeanwhile when seen is not the mark of what is stored.
    """
    name = name.strip()
    if not (name.isprintable() and 0 < len(name) <= 200):
        raise AccountRefused("name", "Use 1 to 200 characters.")
    if time_zone not in available_timezones():
        raise AccountRefused("time_zone", "Choose a time zone of the list.")
    if not 0 <= reconcile_hour <= 23:
        raise AccountRefused("reconcile_hour", "Choose an hour of the list.")
    if reconcile_mail not in MAILS:
        raise AccountRefused("reconcile_mail", "Choose when to write.")
    workspace = db.session.get_one(Workspace, workspace_id, with_for_update=True)
    before, subject = workspace_values(workspace), f"workspace:{workspace_id}"
    refuse_changed(seen, before, workspace_id, subject, "workspace.settings")
    workspace.name, workspace.time_zone = name, time_zone
    workspace.reconcile_hour, workspace.reconcile_mail = reconcile_hour, reconcile_mail
    changed = differences(before, workspace_values(workspace))
    audit(workspace_id, actor, "workspace.settings", subject, user_id=user_id, changed=changed)
    db.session.commit()


def person_values(person: User) -> dict[str, Any]:
    """Return what an owner changes about a person, as it is stored."""
    return {"role": person.role, "disabled": person.disabled_at is not None}


def change_person(
    person: User,
    role: str,
    disabled: bool,
    actor: str,
    user_id: int,
    now: datetime,
    seen: str = "",
) -> None:
    """Change somebody's role or shut them out; either signs them out everywhere. Commits.

    The last owner stays one: nobody could let anybody in again. Raises AccountRefused, and
    ChangedMeanwhile when seen is not the mark of what is stored.
    """
    if role not in ROLES:
        raise AccountRefused("role", f"Use one of {', '.join(ROLES)}.")
    # Two owners taking each other's role away at once would leave none.
    db.session.execute(
        select(Workspace.id).where(Workspace.id == person.workspace_id).with_for_update()
    )
    db.session.refresh(person)
    before, subject = person_values(person), f"user:{person.id}"
    refuse_changed(seen, before, person.workspace_id, subject, "user.change")
    if (role != "owner" or disabled) and _is_last_owner(person):
        name = person.name
        db.session.rollback()
        raise AccountRefused(
            "role",
            f"A workspace needs an owner, and {name} is the only one: make somebody else one"
            " first. Nothing was changed.",
        )
    person.role = role
    person.disabled_at = (person.disabled_at or now) if disabled else None
    changed = differences(before, person_values(person))
    if changed:
        sign_ins.end_all(person.id)
        audit(person.workspace_id, actor, "user.change", subject, user_id=user_id, changed=changed)
    db.session.commit()


def reset_password(person: User, wanted: str, actor: str, user_id: int) -> None:
    """Give somebody who lost it a new password; wherever they are signed in, it ends there.

    Commits. Raises AccountRefused.
    """
    person.password_hash = hashed(wanted)
    sign_ins.end_all(person.id)
    about = f"user:{person.id}"
    audit(person.workspace_id, actor, "user.reset_password", about, user_id=user_id)
    db.session.commit()


def change_password(person: User, present: str, wanted: str) -> None:
    """Give somebody a new password, who knows the present one; it signs them out everywhere.

    Commits. Raises AccountRefused.
    """
    if authenticate(person.email, present) is None:
        raise AccountRefused("present", "This is not your present password.")
    person.password_hash = hashed(wanted)
    sign_ins.end_all(person.id)
    audit(person.workspace_id, person.name, "user.password", f"user:{person.id}", user_id=person.id)
    db.session.commit()


def save_preferences(person: User, *, shortcuts: bool, theme: str) -> None:
    """Store what only this person sees; raises AccountRefused. Commits."""
    if theme not in THEMES:
        raise AccountRefused("theme", "Choose one of the three.")
    person.shortcuts, person.theme = shortcuts, theme
    db.session.commit()


def revoke_api_key(key: ApiKey, actor: str, user_id: int, now: datetime) -> None:
    """End an API key at once. Commits."""
    key.revoked_at = key.revoked_at or now
    audit(key.workspace_id, actor, "api_key.revoke", f"api_key:{key.id}", user_id=user_id)
    db.session.commit()


def revoke_hook_secret(secret: HookSecret, actor: str, user_id: int, now: datetime) -> None:
    """End a signing secret at once: what is signed with it is refused. Commits."""
    secret.revoked_at = secret.revoked_at or now
    audit(
        secret.workspace_id,
        actor,
        "hook_secret.revoke",
        f"hook_secret:{secret.id}",
        user_id=user_id,
    )
    db.session.commit()


def _is_last_owner(person: User) -> bool:
    if person.role != "owner" or person.disabled_at is not None:
        return False
    others = db.session.scalar(
        select(func.count())
        .select_from(User)
        .where(
            User.workspace_id == person.workspace_id,
            User.role == "owner",
            User.disabled_at.is_(None),
            User.id != person.id,
        )
    )
    return not others
