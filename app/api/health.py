"""To be written."""

from __future__ import annotations

from flask import Blueprint

AUTHENTICATION = "public"

blueprint = Blueprint("health", __name__)
