"""Every page there is, from the application's own list: a new one is looked at without being told.

A page whose address holds a number that is not known here, or an address that is no page and is
not on the list of those, fails the test in tests/browser/test_every_page.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Flask
from werkzeug.routing import Rule

# Parts of pages, files, and steps that only lead somewhere.
NO_PAGES = {
    "audit_log.export",
    "bulk.again",
    "connect.callback",
    "connections.state",
    "invoice_file.export",
    "mailbox.attachment",
    "mailbox.html",
    "mappings.export",
    "mappings.row",
    "mappings.search",
    "mapping_import.again",
    "reconciliations.export",
    "reconciliations.waiting",
    "sync_log.attempt_detail",
    "sync_log.export",
    "sync_log.invoice_detail",
    "sync_log.new",
    "webhook_log.export",
    "webhook_log.new",
}
# What an address needs after the question mark, and what it is called here.
_ASKED = {
    "bulk_push.ask": {"show": "stopped"},
    "customer_choice.show": {"connection": "connection_id", "code": "unknown_customer"},
}
# What a page shows besides what it shows at first; the name is that of the picture.
_OTHER_VIEWS = {
    "audit_log.index": {"nothing-found": "q=zzz"},
    "events.index": {"given-up": "state=given_up"},
    "invoices.index": {"needs-you": "show=needs", "nothing-found": "q=zzz"},
    "sync_log.index": {"all": "show=all", "refused": "show=refused"},
}
_ELSEWHERE = {"api_docs.page": "/api/docs", "errors.not-found": "/there-is-no-such-page"}


Numbers = Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Place:
    """One page of a workspace: what its picture is called and where it is."""

    name: str
    path: str


def places(app: Flask, numbers: Numbers) -> list[Place]:
    """Return every page whose numbers are known; those of an empty workspace need none."""
    found = [Place(name, path) for name, path in _ELSEWHERE.items()]
    for rule in _pages(app):
        asked = _ASKED.get(rule.endpoint, {})
        if not (rule.arguments | set(asked.values())) <= set(numbers):
            continue
        path = _path(app, rule, numbers)
        query = urlencode({name: numbers[key] for name, key in asked.items()})
        found.append(Place(rule.endpoint, f"{path}?{query}" if query else path))
        views = _OTHER_VIEWS.get(rule.endpoint, {})
        found += [Place(f"{rule.endpoint}-{view}", f"{path}?{q}") for view, q in views.items()]
    return sorted(found, key=lambda place: place.name)


def before_live(app: Flask, numbers: Numbers) -> list[Place]:
    """Return the pages that look otherwise until pushing is switched on."""
    otherwise = ("setup.", "overview.show", "connections.show", "mappings.index", "dry_run.show")
    return [place for place in places(app, numbers) if place.name.startswith(otherwise)]


def more_of(app: Flask, endpoint: str, numbers: Numbers) -> list[Place]:
    """Return one page several times, for several things; each is named by what it is."""
    [rule] = [rule for rule in _pages(app) if rule.endpoint == endpoint]
    [argument] = rule.arguments
    return [
        Place(f"{endpoint}-{what}", _path(app, rule, {argument: number}))
        for what, number in numbers.items()
    ]


def not_reached(app: Flask, numbers: Numbers) -> set[str]:
    """Return the endpoints of pages whose numbers nobody knows."""
    return {
        rule.endpoint
        for rule in _pages(app)
        if not (rule.arguments | set(_ASKED.get(rule.endpoint, {}).values())) <= set(numbers)
    }


def _pages(app: Flask) -> list[Rule]:
    """Return the rules of the pages people look at."""
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and rule.endpoint not in NO_PAGES
        and (owner := app.blueprints.get(rule.endpoint.rpartition(".")[0])) is not None
        and owner.import_name.startswith("app.web.")
    ]


def _path(app: Flask, rule: Rule, numbers: Numbers) -> str:
    given = {name: numbers[name] for name in rule.arguments}
    return app.url_map.bind("").build(rule.endpoint, given)
