"""Where people are signed in: one row for each browser, ended by leaving."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from app.extensions import db
from app.models import SignIn, User
from app.usecases.audit import audit

# A working day; a page that polls must not keep a forgotten screen signed in for ever.
LASTS = timedelta(hours=12)
_ALL = {"all_workspaces": True}  # for questions asked before it is known who asks


def begin(user: User, now: datetime) -> str:
    """Sign somebody in with one more browser; returns what its cookie carries. Commits."""
    token = secrets.token_urlsafe(24)
    db.session.execute(
        delete(SignIn).where(SignIn.user_id == user.id, SignIn.created_at < now - LASTS)
    )
    db.session.add(
        SignIn(workspace_id=user.workspace_id, user_id=user.id, token=token, created_at=now)
    )
    user.signed_in_at = now
    db.session.commit()
    return token


def signed_in(token: str) -> User | None:
    """Return who is signed in with what a cookie carries; None once that was ended."""
    return db.session.scalar(
        select(User)
        .join(SignIn, SignIn.user_id == User.id)
        .where(SignIn.token == token, User.disabled_at.is_(None)),
        execution_options=_ALL,
    )


def end(token: str) -> None:
    """Sign one browser out, wherever its cookie was copied to. Commits."""
    db.session.execute(delete(SignIn).where(SignIn.token == token), execution_options=_ALL)
    db.session.commit()


def end_all(user_id: int) -> None:
    """Sign somebody out everywhere, in the caller's transaction."""
    db.session.execute(delete(SignIn).where(SignIn.user_id == user_id))


def leave_everywhere(user: User) -> None:
    """Sign a person out everywhere, as they wish. Commits."""
    end_all(user.id)
    audit(user.workspace_id, user.name, "user.sign_out", f"user:{user.id}", user_id=user.id)
    db.session.commit()
