"""Who and what may enter a workspace."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.extensions import db
from app.models import ApiKey, HookSecret, User


def people() -> Sequence[User]:
    """Return the people of the workspace entered, by name."""
    return db.session.scalars(select(User).order_by(User.name, User.id)).all()


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
