"""Operator commands: flask --app wsgi --help lists them."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Attach every command group."""
