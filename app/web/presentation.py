"""To be written: filters, words and icons for the templates."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Attach filters and globals to the templates."""
