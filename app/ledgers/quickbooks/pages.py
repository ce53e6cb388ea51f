"""Say where in QuickBooks a person finds things."""

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


class Pages:
    """The pages of one company; own: the address of whoever stands in for QuickBooks, or ""."""

    def __init__(self, company_id: str, environment: str, own: str) -> None:
        self._site = _SITES.get(environment, _SITES["production"])
        self._books = f"{own}/books/{company_id}" if own else ""  # one page for everything

    def url(self, kind: DocumentKind, ledger_id: str) -> str:
        """Return where a person finds the document; they must be signed in to its company."""
        if self._books:
            return f"{self._books}#{kind.replace('_', '-')}-{ledger_id}"
        page = {
            DocumentKind.INVOICE: f"invoice?txnId={ledger_id}",
            DocumentKind.CREDIT_NOTE: f"creditmemo?txnId={ledger_id}",
            DocumentKind.CREDIT_APPLICATION: f"recvpayment?txnId={ledger_id}",
            DocumentKind.CUSTOMER: f"customerdetail?nameId={ledger_id}",
        }.get(kind, "homepage")
        return f"{self._site}/app/{page}"

    def page(self, place: Place) -> str | None:
        """Return where a place is; None for one that is not in QuickBooks."""
        if place not in _PLACES:
            return None
        return self._books or f"{self._site}/app/{_PLACES[place]}"
