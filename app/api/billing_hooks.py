"""The signed door of the billing application, as Standard Webhooks says."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from app import clock
from app.api.billing_answers import answer, refusal
from app.api.raw_body import whole_body
from app.billing.signature import BadSignature, verify
from app.extensions import db
from app.models.scope import enter_workspace
from app.secrets import UnreadableSecret
from app.usecases.accounts import hook_secrets, workspace_by_slug
from app.usecases.receive_billing_event import receive_body, refuse

AUTHENTICATION = "signature"

blueprint = Blueprint("billing_hooks", __name__)

_TOO_LARGE = "This body is larger than 1 MiB."
_NO_KEY = "No secret of this workspace can be read; its operator must restore ENCRYPTION_KEYS."


@blueprint.post("/hooks/billing/<slug>")
def take(slug: str) -> ResponseReturnValue:
    """Take in one event: 202, 401, 404, 409, 413 or 422."""
    now = clock.now()
    workspace = workspace_by_slug(slug)
    if workspace is None:
        return refusal(404, "There is no such workspace.")
    workspace_id = workspace.id
    enter_workspace(db.session, workspace_id)
    try:
        raw = whole_body()
    except RequestEntityTooLarge:
        return _refuse(workspace_id, 413, _TOO_LARGE, None, now)
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        event_id = verify(raw, headers, hook_secrets(workspace_id), now)
    except BadSignature as error:
        return _refuse(workspace_id, 401, str(error), raw, now)
    except UnreadableSecret:
        return refusal(503, _NO_KEY)
    return answer(receive_body(workspace_id, raw, event_id, request.remote_addr, now))


def _refuse(
    workspace_id: int, status: int, sentence: str, raw: bytes | None, now: datetime
) -> ResponseReturnValue:
    refuse(workspace_id, sentence, raw=raw, address=request.remote_addr, now=now)
    return refusal(status, sentence)
