"""A form that came to nothing: signed out first, open for too long, or not for this role.

Nothing is ever sent again by itself: the person is led back to the page, told, and their browser
puts back what they had typed (static/typed.js), which never left it.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from app.domain.wording import ROLE_WORDS, listed
from app.extensions import db
from app.models import User

# The flash category that has the browser put back what was typed.
UNSAVED = "unsaved"
_NAMED = 3  # people who may do it, so that somebody can be asked

_SENTENCES = {
    "sent": "You were signed out before this was saved, so nothing was changed. Look at it and do"
    " it once more.",
    "open": "You were signed out while this page was open. Nothing was changed meanwhile.",
    "old": "This page was open for too long, so nothing was changed. Look at it and do it once"
    " more.",
}


def local_path(address: str | None) -> str | None:
    """Return the path and query of an address of ours; None for any other site's, or for none."""
    try:
        parts = urlsplit((address or "").replace("\\", "/"))
    except ValueError:  # http://[ and the like, which anybody may send
        return None
    if (parts.scheme or parts.netloc) and parts.netloc != request.host:
        return None
    if not parts.path.startswith("/") or parts.path.startswith("//"):
        return None
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def page_behind(address: str | None) -> str | None:
    """Return the page a person was on; where that was a form's answer, the page with the form."""
    here = local_path(address)
    if here is None:
        return None
    path, _, _ = here.partition("?")
    if _opens(path):
        return here
    while path.strip("/"):
        path = path.rpartition("/")[0] or "/"
        if _opens(path):
            return path
    return None


def sign_in_first() -> ResponseReturnValue:
    """Send to the sign-in page, and back afterwards to the page the person was on."""
    sent = request.method != "GET"
    if sent:
        flash("You were signed out before this was saved. Sign in, then do it once more.", "wait")
    if "HX-Request" in request.headers:
        session[UNSAVED] = "sent" if sent else "open"
        back = page_behind(request.headers.get("HX-Current-URL"))
        return "", 401, {"HX-Redirect": url_for("login.show", next=back)}
    if not sent:
        return redirect(url_for("login.show", next=local_path(request.full_path.rstrip("?"))))
    session[UNSAVED] = "sent"
    return redirect(url_for("login.show", next=page_behind(request.referrer)), 303)


def say_unsaved(why: str | None) -> None:
    """Tell, on the next page, that nothing was saved; why: what the session kept of it."""
    if why in _SENTENCES:
        flash(_SENTENCES[why], UNSAVED)


def once_more() -> ResponseReturnValue | None:
    """Lead back to the page whose form was too old; None where no page is known."""
    part = "HX-Request" in request.headers
    back = page_behind(request.headers.get("HX-Current-URL") if part else request.referrer)
    if back is None:
        return None
    say_unsaved("old")
    return ("", 400, {"HX-Redirect": back}) if part else redirect(back, 303)


def not_for_role(user: User, roles: tuple[str, ...]) -> str:
    """Say why a role may not do this, and who may."""
    named = db.session.scalars(
        db.select(User.name)
        .where(User.role.in_(roles), User.disabled_at.is_(None))
        .order_by(User.name)
        .limit(_NAMED)
    ).all()
    able = listed([ROLE_WORDS[role].lower() for role in roles], "or")
    sentence = (
        "Your role does not allow this, so nothing was changed. Yours is"
        f" {ROLE_WORDS[user.role].lower()}; it takes {able}."
    )
    return f"{sentence} Ask {listed(list(named), 'or')}." if named else sentence


def _opens(path: str) -> bool:
    """Tell whether there is a page at a path."""
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True
