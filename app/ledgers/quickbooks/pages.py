"""Where in QuickBooks people find a document, or settle something."""

from __future__ import annotations

from app.domain.problem import Place
from app.domain.states import DocumentKind

# Where people work; both addresses are from use, not from the documentation.
_SITES = {
    "production": "https://app.qbo.intuit.com",
    "sandbox": "https://app.sandbox.qbo.intuit.com",
}
# Addresses of QuickBooks' own menu, from use as well.
_PLACES = {
    Place.DOCUMENT: "invoices",
    Place.TAXES: "salestax",
    Place.COMPANY_SETTINGS: "settings",
}


def document(environment: str, kind: DocumentKind, ledger_id: str) -> str:
    """Return where a person finds a document; they must be signed in to its company."""
    page = {
        DocumentKind.INVOICE: f"invoice?txnId={ledger_id}",
        DocumentKind.CREDIT_NOTE: f"creditmemo?txnId={ledger_id}",
        DocumentKind.CREDIT_APPLICATION: f"recvpayment?txnId={ledger_id}",
        DocumentKind.CUSTOMER: f"customerdetail?nameId={ledger_id}",
    }.get(kind, "homepage")
    return f"{_site(environment)}/app/{page}"


def knows(place: Place) -> bool:
    """Tell whether QuickBooks has a page for a place."""
    return place in _PLACES


def of_place(environment: str, place: Place) -> str | None:
    """Return where in QuickBooks a place is; None where it has no page for it."""
    return f"{_site(environment)}/app/{_PLACES[place]}" if knows(place) else None


def _site(environment: str) -> str:
    return _SITES.get(environment, _SITES["production"])
