"""Say where a person does what a problem asks for: a page of ours, of billing's or of the ledger's.

A problem keeps the place's name, not its address: a document may be linked, and a page may move,
long after the problem was stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.problem import Place
from app.domain.states import DocumentKind
from app.ledgers import LEDGERS
from app.models import Connection, SalesDocument
from app.usecases.company.open_ledger import on_paper
from app.usecases.mail.notify import page

_OF_MISSING = {
    "service": Place.MAPPINGS,
    "tax_code": Place.MAPPINGS,
    "customer": Place.CUSTOMER,
    "connection": Place.CONNECTION,
    "setting": Place.COMPANY_SETTINGS,
    "closed_period": Place.COMPANY_SETTINGS,
    "document": Place.BILLING,
    "line": Place.BILLING,
    "tax": Place.INVOICE,
    "perhaps_there": Place.INVOICE,
}


@dataclass(frozen=True, slots=True)
class Link:
    """Where to go, and what the button says.

    url: a path of ours, or the whole address of another site (outside).
    """

    words: str
    url: str
    outside: bool = False

    @property
    def address(self) -> str:
        """Return the whole address, for whoever is not on our pages."""
        return self.url if self.outside else page(self.url)


def link_of(
    problem: Mapping[str, Any] | None, invoice: SalesDocument, document_url: str | None = None
) -> Link | None:
    """Return where an invoice's problem is settled; None where nothing is to be done anywhere.

    document_url: where the ledger shows the document, if it has it.
    """
    place = place_of(problem)
    if place is None:
        return None
    if place == Place.INVOICE:
        return Link("Decide about it", f"/invoices/{invoice.id}")
    if place == Place.BILLING:
        return _billing(invoice.url)
    if place == Place.CUSTOMER:
        return Link("Open the customer", f"/customers/{invoice.customer_id}")
    if place == Place.DOCUMENT and document_url and invoice.connection is not None:
        return Link(f"Open it in {_name(invoice.connection)}", document_url, outside=True)
    return link_to(place, invoice.connection)


def with_link(
    problem: Mapping[str, Any] | None, invoice: SalesDocument, document_url: str | None = None
) -> dict[str, Any] | None:
    """Return a problem as programs read it, with the whole address of where it is settled."""
    if problem is None:
        return None
    link = link_of(problem, invoice, document_url)
    found = {"link": link.address, "link_words": link.words} if link else {}
    alike = {"candidates": candidates_of(invoice)} if problem.get("candidates") else {}
    return {**problem, "link": None, "link_words": None} | found | alike


def candidates_of(invoice: SalesDocument) -> list[dict[str, Any]]:
    """Return what of the ledger's an invoice perhaps is, each with where the ledger shows it."""
    connection, problem = invoice.connection, invoice.problem or {}
    if connection is None:
        return []
    paper = on_paper(connection.provider, connection.environment, connection.company_id)
    return [
        {**one, "url": paper.url(DocumentKind.INVOICE, one["ledger_id"])}
        for one in problem.get("candidates") or ()
    ]


def link_to(place: Place, connection: Connection | None) -> Link | None:
    """Return a place that belongs to a whole company; None where it has no page."""
    if connection is None:
        return Link("Connect a ledger", "/connect") if place == Place.CONNECTION else None
    if place == Place.MAPPINGS:
        return Link("Check the mapping", f"/mappings?connection={connection.id}")
    if place == Place.CONNECTION:
        return Link("Open the connection", f"/connections/{connection.id}")
    url = on_paper(connection.provider, connection.environment, connection.company_id).page(place)
    return Link(_words(place, _name(connection)), url, outside=True) if url else None


def place_of(problem: Mapping[str, Any] | None) -> Place | None:
    """Return the place a problem names, or that of the first thing missing."""
    if not problem:
        return None
    if problem.get("where") in set(Place):
        return Place(problem["where"])
    missing = problem.get("missing") or ()
    return _OF_MISSING.get(missing[0]["kind"]) if missing else None


def _billing(url: str | None) -> Link | None:
    """Return the document in billing; an address of another kind than a page is no link."""
    good = url and url.startswith(("https://", "http://"))
    return Link("Correct it in billing", url or "", outside=True) if good else None


def _words(place: Place, ledger: str) -> str:
    return {
        Place.TAXES: f"Open the taxes in {ledger}",
        Place.COMPANY_SETTINGS: f"Open the settings in {ledger}",
    }.get(place, f"Look in {ledger}")


def _name(connection: Connection) -> str:
    return LEDGERS[connection.provider].provider.name
