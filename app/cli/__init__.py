"""Operator commands: flask --app wsgi --help lists them."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

# Each module holds GROUPS: click commands and groups of them.
MODULES = (
    "app.cli.accounts",
    "app.cli.event_endpoints",
    "app.cli.doctor",
    "app.cli.connections",
    "app.cli.runs",
    "app.cli.webhooks",
    "app.cli.mappings",
    "app.cli.reconciling",
)


def register(app: Flask) -> None:
    """Attach every command and group."""
    for name in MODULES:
        for command in import_module(name).GROUPS:
            app.cli.add_command(command)
