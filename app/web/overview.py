"""Overview: what needs a person, what it is worth, one button each."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

AUTHENTICATION = "session"

blueprint = Blueprint("overview", __name__)


@blueprint.get("/")
def show() -> ResponseReturnValue:
    """Show the overview."""
    return render_template("overview/show.html")
