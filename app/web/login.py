"""To be written."""

from __future__ import annotations

from flask import Blueprint

AUTHENTICATION = "public"

blueprint = Blueprint("login", __name__)
