"""What helps with each cause: one table for Overview, the sync log and the page of an invoice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask import url_for

from app.domain.perhaps_there import undecided
from app.domain.states import ConnectionState, SyncState
from app.models import SalesDocument
from app.usecases.places import Link, link_of
from app.web.cause_words import shortened
from app.web.presentation import ledger_name
from app.web.standing import stands_still


def _map(code: str, name: str, connection_id: int | None) -> Link | None:
    """Lead to the mapping of a code; a line without any code has none."""
    url = url_for("mappings.index", connection=connection_id, q=name)
    return Link(f"Map {shortened(name)}", url) if code else None


def _choose(code: str, name: str, connection_id: int | None) -> Link:
    url = url_for("customer_choice.show", connection=connection_id, code=code)
    return Link("Choose customer", url)


def _connect(code: str, name: str, connection_id: int | None) -> Link:
    return Link("Connect a ledger", url_for("connect.start"))


def _settings(code: str, name: str, connection_id: int | None) -> Link:
    return Link("Review settings", _connection(connection_id))


def _connection(connection_id: int | None) -> str:
    return url_for("connections.show", connection_id=connection_id)


# What is missing, and where it is put right; what is not listed is decided document by document.
_OF_MISSING: Mapping[str, Callable[[str, str, int | None], Link | None]] = {
    "service": _map,
    "tax_code": _map,
    "customer": _choose,
    "connection": _connect,
    "setting": _settings,
}
# Missing things that billing corrects, where its page is known.
_IN_BILLING = {
    "closed_period": "Change the date in billing",
    "document": "Correct it in billing",
    "line": "Correct it in billing",
    "tax": "Correct it in billing",
}
# Beside what is missing, what helps with it at the place that the problem names.
_ELSEWHERE_TOO = ("customer", "setting", "closed_period")


def step_for_missing(kind: str, code: str, name: str, connection_id: int | None) -> Link | None:
    """Return what helps with one missing thing; None where only the document itself says."""
    act = _OF_MISSING.get(kind)
    return act(code, name, connection_id) if act else None


def step_for_standing(provider: str, connection_id: int | None, state: str) -> Link:
    """Return what lets a connection's documents move: it is away, paused or not switched on yet."""
    if state == ConnectionState.PAUSED:
        return Link("See the pause", _connection(connection_id))
    if state == ConnectionState.ACTIVE:
        url = url_for("setup.show_go_live", connection_id=connection_id)
        return Link("Switch it on", url)
    return Link(f"Reconnect {ledger_name(provider)}", _connection(connection_id))


def steps_for(invoice: SalesDocument, document_url: str | None = None) -> list[Link]:
    """Return what helps a document that stands still, the best first.

    document_url: where the ledger shows it. Its own page is a step where somebody decides there.
    """
    found: dict[tuple[str, str], Link] = {}
    for step in _steps(invoice, document_url):
        found.setdefault((step.words, step.url), step)
    return list(found.values())


def _steps(invoice: SalesDocument, document_url: str | None) -> Iterator[Link]:
    connection, problem = invoice.connection, invoice.problem or {}
    if stands_still(invoice) and connection is not None:
        yield step_for_standing(connection.provider, connection.id, connection.state)
        return
    if invoice.sync_state == SyncState.HELD:
        yield Link("Review it", _own_page(invoice))
        return
    if undecided(invoice.sync_state, problem):
        yield Link("Decide about it", _own_page(invoice))
        return
    missing = problem.get("missing") or () if invoice.sync_state == SyncState.BLOCKED else ()
    for one in missing:
        step = step_for_missing(one["kind"], one["code"], one["name"], invoice.connection_id)
        if step is not None:
            yield step
    kinds = [one["kind"] for one in missing if not _is_booked_there(one)]
    yield from _in_billing(invoice, kinds)
    if not missing or problem.get("where") or missing[0]["kind"] in _ELSEWHERE_TOO:
        link = link_of(problem, invoice, document_url)
        if link is not None:
            yield link


def _in_billing(invoice: SalesDocument, kinds: list[str]) -> Iterator[Link]:
    words = next((_IN_BILLING[kind] for kind in kinds if kind in _IN_BILLING), None)
    url = invoice.url or ""
    if words and url.startswith(("https://", "http://")):
        yield Link(words, url, outside=True)


def _is_booked_there(closed: Mapping[str, Any]) -> bool:
    """Tell whether the ledger has it in a closed period, where no date in billing helps."""
    return closed["kind"] == "closed_period" and "/" in closed["code"]


def _own_page(invoice: SalesDocument) -> str:
    return url_for("invoices.show", invoice_id=invoice.id)
