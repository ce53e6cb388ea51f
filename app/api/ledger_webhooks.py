"""The door at which ledgers knock: POST /api/webhooks/<provider>."""

from __future__ import annotations

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from app import clock
from app.api.raw_body import whole_body
from app.ledgers import LEDGERS
from app.usecases.book.receive_webhook import receive, refuse

AUTHENTICATION = "signature"

blueprint = Blueprint("ledger_webhooks", __name__)


@blueprint.post("/api/webhooks/<provider>")
def receive_notices(provider: str) -> ResponseReturnValue:
    """Hand over the untouched bytes; the signature is over them and nothing else."""
    if provider not in LEDGERS:
        abort(404)
    now = clock.now()
    try:
        raw = whole_body()
    except RequestEntityTooLarge:
        refuse(provider, "The body is larger than 1 MiB.", request.remote_addr, now)
        raise
    headers = {name.lower(): value for name, value in request.headers.items()}
    receipt = receive(provider, raw, headers, request.remote_addr, now)
    return "", receipt.status_code
