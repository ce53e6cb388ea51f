"""Ask before a deed that cannot be taken back: a page where the browser could not ask itself.

A form that asks carries the question (parts.html, asks). With JavaScript the browser asks and takes
the question out of what it sends; without it the question arrives here, and nothing is done yet.
"""

from __future__ import annotations

from flask import Flask, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.web.interrupted import local_path

_LONGEST = 500
# What the page brings anew or has asked by then.
_NOT_AGAIN = {"csrf_token", "ask", "yes"}


def register(app: Flask) -> None:
    """Put the question before what would be done; behind the guard."""
    app.before_request(_ask)


def _ask() -> ResponseReturnValue | None:
    if request.method != "POST" or g.get("user") is None or "ask" not in request.form:
        return None
    if request.endpoint is None:  # nothing is done there, and nobody looked at its token
        return None
    sent = request.form.items(multi=True)
    return render_template(
        "asked_first.html",
        question=request.form["ask"][:_LONGEST],
        yes=request.form.get("yes", "Do it")[:_LONGEST],
        sent=[(name, value) for name, value in sent if name not in _NOT_AGAIN],
        back=local_path(request.referrer) or url_for("overview.show"),
    )
