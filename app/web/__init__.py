"""The pages for finance people: one blueprint a file."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint, Flask

# Each module holds `blueprint` and says in AUTHENTICATION who may call it:
# public | session | api_key | signature.
MODULES = (
    "app.web.login",
    "app.web.overview",
    "app.web.connect",
    "app.web.connections",
    "app.web.setup",
    "app.web.runs",
    "app.web.mappings",
    "app.web.mapping_import",
    "app.web.item_creation",
    "app.web.invoices",
    "app.web.bulk",
    "app.web.bulk_push",
    "app.web.invoice_file",
    "app.web.held",
    "app.web.only_there",
    "app.web.dry_run",
    "app.web.sample",
    "app.web.credit_notes",
    "app.web.sync_state",
    "app.web.sync_log",
    "app.web.webhook_log",
    "app.web.replaying",
    "app.web.audit_log",
    "app.web.events",
    "app.web.event_endpoints",
    "app.web.reconciliations",
    "app.web.customers",
    "app.web.customer_choice",
    "app.web.settings",
    "app.web.mail_lists",
    "app.web.own_app",
    "app.web.mailbox",
)


def register(app: Flask) -> None:
    """Attach every page, and what the templates need."""
    from app.web import asked_first, guard, presentation, static_files

    presentation.register(app)
    guard.register(app)
    asked_first.register(app)
    static_files.register(app)
    for name in MODULES:
        blueprint: Blueprint = import_module(name).blueprint
        app.register_blueprint(blueprint)
