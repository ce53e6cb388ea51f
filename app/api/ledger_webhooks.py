"""The door at which ledgers knock: POST /api/webhooks/<provider>."""

from __future__ import annotations

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from app import clock
from app.ledgers import LEDGERS
from app.usecases.receive_webhook import receive

AUTHENTICATION = "signature"

blueprint = Blueprint("ledger_webhooks", __name__)


@blueprint.post("/api/webhooks/<provider>")
def receive_notices(provider: str) -> ResponseReturnValue:
    """Hand over the untouched bytes; the signature is over them and nothing else."""
    if provider not in LEDGERS:
        abort(404)
    raw = request.get_data(cache=False)
    headers = {name.lower(): value for name, value in request.headers.items()}
    receipt = receive(provider, raw, headers, request.remote_addr, clock.now())
    return "", receipt.status_code
