"""To be written."""

from __future__ import annotations

from flask import Blueprint

AUTHENTICATION = "signature"

blueprint = Blueprint("billing_hooks", __name__)
