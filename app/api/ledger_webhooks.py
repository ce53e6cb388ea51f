"""The doors at which ledgers knock: POST /api/webhooks/<provider>, and one for each workspace.

A workspace's own application is told the workspace's door: what its verifier token signed is
believed there, and about that workspace's companies alone.
"""

from __future__ import annotations

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from app import clock
from app.api.raw_body import whole_body
from app.extensions import db
from app.ledgers import LEDGERS
from app.models.scope import enter_workspace
from app.usecases.accounts import workspace_by_slug
from app.usecases.book.receive_webhook import receive, refuse

AUTHENTICATION = "signature"

blueprint = Blueprint("ledger_webhooks", __name__)


@blueprint.post("/api/webhooks/<provider>")
def receive_notices(provider: str) -> ResponseReturnValue:
    """Take what the shared application signs."""
    if provider not in LEDGERS:
        abort(404)
    return _taken(provider, None)


@blueprint.post("/api/webhooks/<provider>/<slug>")
def receive_own_notices(provider: str, slug: str) -> ResponseReturnValue:
    """Take what a workspace's own application signs."""
    workspace = workspace_by_slug(slug) if provider in LEDGERS else None
    if workspace is None:
        abort(404)
    workspace_id = workspace.id
    enter_workspace(db.session, workspace_id)
    return _taken(provider, workspace_id)


def _taken(provider: str, workspace_id: int | None) -> ResponseReturnValue:
    """Hand over the untouched bytes; the signature is over them and nothing else."""
    now = clock.now()
    try:
        raw = whole_body()
    except RequestEntityTooLarge:
        too_large = "The body is larger than 1 MiB."
        refuse(provider, too_large, request.remote_addr, now, workspace_id)
        raise
    headers = {name.lower(): value for name, value in request.headers.items()}
    receipt = receive(provider, raw, headers, request.remote_addr, now, workspace_id)
    return "", receipt.status_code
