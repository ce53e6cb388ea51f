"""Who may open which page, decided in one place; a page nobody declared stays closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from hashlib import sha256
from importlib import import_module
from typing import ParamSpec

import structlog
from flask import Flask, abort, current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user
from flask_wtf.csrf import CSRFError

from app.extensions import db, login
from app.models import User, Workspace
from app.models.scope import enter_workspace
from app.usecases import sign_ins
from app.web.interrupted import local_path, not_for_role, once_more, sign_in_first
from app.web.presentation import now

log = structlog.get_logger()
P = ParamSpec("P")

# What the session keeps of a sign-in: which one it is, and since when.
SIGN_IN, SINCE = "sign_in", "signed_in_at"
# Brought by flask-smorest: the API's description holds nothing of anybody.
_FOREIGN = {"api-docs": "public"}


class SignedIn:
    """A person as Flask-Login wants to see them."""

    is_authenticated = is_active = True
    is_anonymous = False

    def __init__(self, user: User) -> None:
        self.user = user

    def get_id(self) -> str:
        """Return what the session keeps: a new password ends every session of the old one."""
        return f"{self.user.id}:{sha256(self.user.password_hash.encode()).hexdigest()[:16]}"


def register(app: Flask) -> None:
    """Put the guard before every request."""
    login.user_loader(_load)
    app.before_request(_guard)
    app.register_error_handler(CSRFError, _form_out_of_date)


def needs_role(
    *roles: str,
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Let only people of these roles use a view; the others read who may (403)."""

    def decorate(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if g.user.role not in roles:
                log.warning("page.refused", endpoint=request.endpoint, user_id=g.user.id)
                return refused_role(roles)
            return view(*args, **kwargs)

        return guarded

    return decorate


def sign_in(user: User) -> None:
    """Sign a person in with the browser that asks. Commits."""
    session.permanent = True
    session[SINCE] = now().isoformat()
    session[SIGN_IN] = sign_ins.begin(user, now())
    login_user(SignedIn(user))


def actor() -> tuple[int, str]:
    """Return who is acting: the person's id and name."""
    return g.user.id, g.user.name


def workspace() -> Workspace:
    """Return the workspace whose page this is."""
    found: Workspace = g.user.workspace
    return found


def workspace_id() -> int:
    """Return the number of the workspace whose page this is."""
    number: int = g.user.workspace_id
    return number


def refused_role(roles: tuple[str, ...]) -> ResponseReturnValue:
    """Answer somebody whose role may not do this."""
    from app.errors import error_page

    return error_page(403, not_for_role(g.user, roles))


def _door(name: str | None) -> str | None:
    """Return who may call a blueprint, as its module declares; None where nobody said so."""
    if name is None or name in _FOREIGN:
        return _FOREIGN.get(name or "")
    module = import_module(current_app.blueprints[name].import_name)
    declared: str | None = getattr(module, "AUTHENTICATION", None)
    return declared


def _load(kept: str) -> SignedIn | None:
    """Find who a session belongs to; leaving, being shut out and a new password end it."""
    user = sign_ins.signed_in(session.get(SIGN_IN, ""))
    if user is None:
        return None
    signed_in = SignedIn(user)
    return signed_in if signed_in.get_id() == kept else None


def _guard() -> ResponseReturnValue | None:
    if request.endpoint == "static":
        return None
    if request.endpoint is None:  # the page that says so has the menu of whoever is signed in
        if _still_signed_in():
            _enter(current_user.user)
        return None
    door = _door(request.blueprint)
    if door in ("public", "api_key", "signature"):
        return None
    if door != "session":
        log.error("page.undeclared", endpoint=request.endpoint)
        abort(403)
    if not _still_signed_in():
        return sign_in_first()
    _enter(current_user.user)
    return None


def _enter(user: User) -> None:
    g.user, g.time_zone = user, user.workspace.time_zone
    enter_workspace(db.session, user.workspace_id)


def _still_signed_in() -> bool:
    since = session.get(SINCE)
    if since is None or now() - datetime.fromisoformat(since) > sign_ins.LASTS:
        return False
    return bool(current_user.is_authenticated)


def _form_out_of_date(error: CSRFError) -> ResponseReturnValue:
    """Say what an old form means, and where to go on."""
    log.info("form.out_of_date", endpoint=request.endpoint)
    if request.blueprint == "login":
        flash("This page was open for too long. Enter it once more.", "wait")
        return redirect(url_for("login.show", next=local_path(request.form.get("next"))), 303)
    if not _still_signed_in():
        return sign_in_first()
    from app.errors import error_page

    return once_more() or error_page(
        400,
        "This page was open for too long, so nothing was changed."
        " Go back, reload it and do it once more.",
    )
