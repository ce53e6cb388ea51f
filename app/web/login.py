"""Sign in and out."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from flask_login import logout_user
from werkzeug.exceptions import TooManyRequests

from app.extensions import limiter
from app.usecases import sign_ins
from app.usecases.accounts import authenticate, email_sought
from app.web.guard import SIGN_IN, sign_in
from app.web.interrupted import UNSAVED, local_path, say_unsaved

AUTHENTICATION = "public"

blueprint = Blueprint("login", __name__)
log = structlog.get_logger()

# Wrong tries for one address and person: enough for a forgotten password, too few to guess one.
# Counted for the pair, so that nobody can lock out somebody else from elsewhere.
_TRIES = "10 per 5 minutes; 40 per hour"
# And for one address, whoever it says it is: many people's doors tried with one password each.
_FROM_ONE_ADDRESS = "60 per 5 minutes; 240 per hour"


def _who() -> str:
    return f"{get_remote_address()} {email_sought(request.form.get('email', ''))[:254]}"


def _was_wrong(response: Response) -> bool:
    return response.status_code != 303


@blueprint.get("/login")
def show() -> ResponseReturnValue:
    """Show the sign-in page."""
    return render_template("login.html", next=local_path(request.args.get("next")) or "", email="")


@blueprint.post("/login")
@limiter.limit(_TRIES, key_func=_who, deduct_when=_was_wrong)
@limiter.limit(_FROM_ONE_ADDRESS, deduct_when=_was_wrong)
def enter() -> ResponseReturnValue:
    """Sign somebody in and send them where they wanted to go."""
    email = request.form.get("email", "")
    user = authenticate(email, request.form.get("password", ""))
    if user is None:
        log.warning("login.refused", address=request.remote_addr)
        return _again(email, "This e-mail address and password do not belong together.", 401)
    unsaved = session.get(UNSAVED)
    sign_ins.end(session.get(SIGN_IN, ""))
    session.clear()
    sign_in(user)
    say_unsaved(unsaved)
    log.info("login.accepted", user_id=user.id, workspace_id=user.workspace_id)
    return redirect(local_path(request.form.get("next")) or url_for("overview.show"), 303)


@blueprint.post("/logout")
def leave() -> ResponseReturnValue:
    """Sign this browser out, and whoever copied its cookie."""
    sign_ins.end(session.get(SIGN_IN, ""))
    logout_user()
    session.clear()
    flash("You are signed out.", "ok")
    return redirect(url_for("login.show"), 303)


@blueprint.errorhandler(429)
def _too_many(error: TooManyRequests) -> ResponseReturnValue:
    log.warning("login.too_many", address=request.remote_addr)
    sentence = "Too many tries. Wait five minutes, then sign in again."
    return _again(request.form.get("email", ""), sentence, 429)


def _again(email: str, sentence: str, status: int) -> ResponseReturnValue:
    back = local_path(request.form.get("next")) or ""
    return render_template("login.html", next=back, email=email, sentence=sentence), status
