"""REST for the billing application, billing hooks, ledger webhooks, health."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from app.extensions import api, csrf

# Plain blueprints: bodies are verified raw, or there is nothing to describe.
PLAIN = ("app.api.health", "app.api.billing_hooks", "app.api.ledger_webhooks")
# flask-smorest blueprints, described in /api/openapi.json.
DESCRIBED: tuple[str, ...] = ()


def register(app: Flask) -> None:
    """Attach every machine-facing blueprint; signatures and keys protect them, not CSRF tokens."""
    for name in (*PLAIN, *DESCRIBED):
        blueprint = import_module(name).blueprint
        csrf.exempt(blueprint)
        if name in DESCRIBED:
            api.register_blueprint(blueprint)
        else:
            app.register_blueprint(blueprint)
