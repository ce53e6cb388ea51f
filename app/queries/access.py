"""Who and what may enter a workspace."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from app.extensions import db
from app.models import ApiKey, HookSecret, SignIn, User


def people() -> Sequence[User]:
    """Return the people of the workspace entered, by name."""
    return db.session.scalars(select(User).order_by(User.name, User.id)).all()


def signed_in_elsewhere(user: User, since: datetime) -> int:
    """Count the browsers that somebody signed in with since then, but for the one that asks."""
    rows = select(func.count()).where(SignIn.user_id == user.id, SignIn.created_at >= since)
    return max((db.session.scalar(rows) or 0) - 1, 0)


def api_keys() -> Sequence[ApiKey]:
    """Return the live API keys, newest first."""
    return db.session.scalars(
        select(ApiKey).where(ApiKey.revoked_at.is_(None)).order_by(ApiKey.id.desc())
    ).all()


def hook_secrets() -> Sequence[HookSecret]:
    """Return the live signing secrets, newest first."""
    return db.session.scalars(
        select(HookSecret).where(HookSecret.revoked_at.is_(None)).order_by(HookSecret.id.desc())
    ).all()


def person(number: int) -> User | None:
    """Return a person of the workspace entered."""
    return db.session.scalar(select(User).where(User.id == number))


def api_key(number: int) -> ApiKey | None:
    """Return an API key of the workspace entered."""
    return db.session.scalar(select(ApiKey).where(ApiKey.id == number))


def hook_secret(number: int) -> HookSecret | None:
    """Return a signing secret of the workspace entered."""
    return db.session.scalar(select(HookSecret).where(HookSecret.id == number))
