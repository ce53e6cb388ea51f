"""To be written."""

from __future__ import annotations

from flask import Blueprint

AUTHENTICATION = "session"

blueprint = Blueprint("connect", __name__)
