"""To be written."""

from __future__ import annotations

from flask import Blueprint

AUTHENTICATION = "session"

blueprint = Blueprint("connections", __name__)
