"""To be written."""

from __future__ import annotations

from flask import Blueprint

AUTHENTICATION = "signature"

blueprint = Blueprint("ledger_webhooks", __name__)
