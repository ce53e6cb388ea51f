"""REST for the billing application, billing hooks, ledger webhooks, health."""

from __future__ import annotations

from importlib import import_module

from flask import Flask
from marshmallow import fields

from app.billing.fields import Choice, Currency, Day, Flag, Moment, PlainDecimal, Whole, Words
from app.extensions import api, csrf

# Plain blueprints: bodies are verified raw, or there is nothing to describe.
PLAIN = ("app.api.health", "app.api.docs", "app.api.billing_hooks", "app.api.ledger_webhooks")
# flask-smorest blueprints, described in /api/openapi.json.
DESCRIBED = (
    "app.api.billing_events",
    "app.api.invoices",
    "app.api.credit_notes",
    "app.api.documents",
    "app.api.items",
    "app.api.runs",
    "app.api.customer_links",
    "app.api.review",
    "app.api.ledger_invoices",
    "app.api.feeds",
    "app.api.live",
)

# How the OpenAPI document calls what bodies may hold.
_TYPES: tuple[tuple[type[fields.Field], str, str | None], ...] = (  # type: ignore[type-arg]
    (Words, "string", None),
    (PlainDecimal, "string", "decimal"),
    (Currency, "string", None),
    (Choice, "string", None),
    (Day, "string", "date"),
    (Moment, "string", "date-time"),
    (Whole, "integer", "int32"),
    (Flag, "boolean", None),
)


def register(app: Flask) -> None:
    """Attach every machine-facing blueprint; signatures and keys protect them, not CSRF tokens."""
    _describe()
    for name in (*PLAIN, *DESCRIBED):
        blueprint = import_module(name).blueprint
        csrf.exempt(blueprint)
        if name in DESCRIBED:
            api.register_blueprint(blueprint)
        else:
            app.register_blueprint(blueprint)


def _describe() -> None:
    """Say in the OpenAPI document what the kinds of value are and how callers prove themselves."""
    for kind, type_, form in _TYPES:
        api.register_field(kind, type_, form)
    api.spec.components.security_scheme("apiKey", {"type": "http", "scheme": "bearer"})
    api.spec.options["security"] = [{"apiKey": []}]
