"""Who may open which page, decided in one place; a page nobody declared stays closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from hashlib import sha256
from importlib import import_module
from typing import ParamSpec
from urllib.parse import urlsplit

import structlog
from flask import Flask, abort, current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError

from app.extensions import db, login
from app.models import User, Workspace
from app.models.scope import enter_workspace
from app.web.presentation import now

log = structlog.get_logger()
P = ParamSpec("P")

# A working day; a page that polls must not keep a forgotten screen signed in for ever.
SIGNED_IN_FOR = timedelta(hours=12)
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
    """Let only people of these roles use a view; the others read a sentence (403)."""

    def decorate(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if g.user.role not in roles:
                log.warning("page.refused", endpoint=request.endpoint, user_id=g.user.id)
                abort(403)
            return view(*args, **kwargs)

        return guarded

    return decorate


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


def local_path(address: str | None) -> str | None:
    """Return the path and query of an address of ours; None for any other site's."""
    parts = urlsplit((address or "").replace("\\", "/"))
    if (parts.scheme or parts.netloc) and parts.netloc != request.host:
        return None
    if not parts.path.startswith("/") or parts.path.startswith("//"):
        return None
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _door(name: str | None) -> str | None:
    """Return who may call a blueprint, as its module declares; None where nobody said so."""
    if name is None or name in _FOREIGN:
        return _FOREIGN.get(name or "")
    module = import_module(current_app.blueprints[name].import_name)
    declared: str | None = getattr(module, "AUTHENTICATION", None)
    return declared


def _load(kept: str) -> SignedIn | None:
    """Find who a session belongs to; disabled people and changed passwords end it."""
    number = kept.partition(":")[0]
    if not number.isdigit():
        return None
    user = db.session.get(User, int(number))
    if user is None or user.disabled_at is not None:
        return None
    signed_in = SignedIn(user)
    return signed_in if signed_in.get_id() == kept else None


def _guard() -> ResponseReturnValue | None:
    if request.endpoint in (None, "static"):
        return None
    door = _door(request.blueprint)
    if door in ("public", "api_key", "signature"):
        return None
    if door != "session":
        log.error("page.undeclared", endpoint=request.endpoint)
        abort(403)
    if not _still_signed_in():
        return _to_login()
    user: User = current_user.user
    g.user, g.time_zone = user, user.workspace.time_zone
    enter_workspace(db.session, user.workspace_id)
    return None


def _still_signed_in() -> bool:
    since = session.get("signed_in_at")
    if since is None or now() - datetime.fromisoformat(since) > SIGNED_IN_FOR:
        return False
    return bool(current_user.is_authenticated)


def _to_login() -> ResponseReturnValue:
    """Send to the sign-in page, and back afterwards to the page the person was on."""
    if "HX-Request" in request.headers:
        back = local_path(request.headers.get("HX-Current-URL"))
        return "", 401, {"HX-Redirect": url_for("login.show", next=back)}
    if request.method == "GET":
        return redirect(url_for("login.show", next=local_path(request.full_path.rstrip("?"))))
    flash("You were signed out before this was saved. Sign in, then do it once more.", "wait")
    return redirect(url_for("login.show", next=local_path(request.referrer)), 303)


def _form_out_of_date(error: CSRFError) -> ResponseReturnValue:
    """Say what an old form means, and where to go on."""
    log.info("form.out_of_date", endpoint=request.endpoint)
    if request.blueprint == "login":
        flash("This page was open for too long. Enter it once more.", "wait")
        return redirect(url_for("login.show", next=local_path(request.form.get("next"))), 303)
    if not _still_signed_in():
        return _to_login()
    from app.errors import error_page

    return error_page(
        400,
        "This page was open for too long, so nothing was changed."
        " Go back, reload it and do it once more.",
    )
