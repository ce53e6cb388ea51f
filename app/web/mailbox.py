"""The development mailbox: e-mails that MAIL_URL would send, kept and shown instead."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template
from flask.typing import ResponseReturnValue

from app.extensions import settings
from app.models import Mail
from app.queries import mails

AUTHENTICATION = "session"

blueprint = Blueprint("mailbox", __name__, url_prefix="/mailbox")

# An e-mail is no page of ours: no scripts, no requests, no forms, links in a new tab.
_CAGE = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self';"
    " sandbox allow-popups allow-popups-to-escape-sandbox"
)


@blueprint.before_request
def _only_in_development() -> None:
    if settings().mail_url:
        abort(404)


@blueprint.get("")
def index() -> ResponseReturnValue:
    """List what was written."""
    return render_template("mailbox/index.html", mails=mails.newest())


@blueprint.get("/<int:mail_id>")
def show(mail_id: int) -> ResponseReturnValue:
    """Show one e-mail: as mail programs show it, and its plain text."""
    return render_template("mailbox/show.html", mail=_mail(mail_id))


@blueprint.get("/<int:mail_id>/html")
def html(mail_id: int) -> ResponseReturnValue:
    """Hand out the HTML part, caged, for the frame of the page."""
    body = _mail(mail_id).body_html.replace("<head>", '<head><base target="_blank">', 1)
    return Response(
        body,
        mimetype="text/html",
        headers={"Content-Security-Policy": _CAGE, "X-Frame-Options": "SAMEORIGIN"},
    )


@blueprint.get("/<int:mail_id>/attachment")
def attachment(mail_id: int) -> ResponseReturnValue:
    """Hand out the attached file."""
    mail = _mail(mail_id)
    if mail.attachment is None or mail.attachment_name is None:
        abort(404)
    named = {"Content-Disposition": f'attachment; filename="{mail.attachment_name}"'}
    return Response(mail.attachment, mimetype="text/csv", headers=named)


def _mail(mail_id: int) -> Mail:
    return mails.one(mail_id) or abort(404)
