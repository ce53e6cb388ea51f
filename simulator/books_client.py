"""Be the bookkeeper of a simulated company over the control API."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

Line = tuple[str, Decimal | str | int]
Json = dict[str, Any]


class BooksClient:
    """Act in the books of any company; how a call is sent is the whole client's business."""

    def call(self, method: str, path: str, body: Json | None = None) -> Any:
        """Send one request, ``path`` without ``/control``."""
        raise NotImplementedError

    def books(self, realm: str) -> Json:
        """Return company, customers, invoices, credit_memos, payments and totals."""
        return dict(self.call("GET", f"/books/{realm}"))

    def set_company(self, realm: str, **settings: Any) -> Json:
        """Change e.g. ``UsingSalesTax=False`` or ``BookCloseDate="2026-03-31"``."""
        return dict(self.call("PATCH", f"/books/{realm}/company", settings))

    def record_payment(
        self,
        realm: str,
        customer: str,
        lines: Iterable[Line],
        used: Iterable[Line] = (),
        *,
        total: Decimal | str | int | None = None,
        **details: str | None,
    ) -> Json:
        """Record money of a customer over ``[(invoice_id, amount)]``.

        ``used`` names credit memos that are used up with it; a ``total`` above the sum stays
        unapplied. Details: ``ref``, ``date``, ``note``.
        """
        body: Json = {"customer": customer, "lines": _lines(lines), "credits": _lines(used)}
        body["total"] = None if total is None else str(total)
        return dict(self.call("POST", f"/books/{realm}/record-payment", body | details))

    def create(self, realm: str, kinds: str, **fields: Any) -> Json:
        """Add e.g. ``create(realm, "customers", DisplayName=…)`` with V3 field names."""
        return dict(self.call("POST", f"/books/{realm}/{kinds}", fields))

    def edit(self, realm: str, kinds: str, identifier: str, **fields: Any) -> Json:
        """Change V3 fields of ``invoices``, ``payments``, ``customers``, ``items`` …"""
        return dict(self.call("PATCH", f"/books/{realm}/{kinds}/{identifier}", fields))

    def void(self, realm: str, kinds: str, identifier: str) -> Json:
        return dict(self.call("POST", f"/books/{realm}/{kinds}/{identifier}/void"))

    def delete(self, realm: str, kinds: str, identifier: str) -> Json:
        return dict(self.call("POST", f"/books/{realm}/{kinds}/{identifier}/delete"))

    def deposit_payment(self, realm: str, payment: str) -> Json:
        """Take a payment to the bank; return the deposit, ``delete(realm, "deposits", …)`` it."""
        return dict(self.call("POST", f"/books/{realm}/payments/{payment}/deposit"))

    def settle_otherwise(
        self, realm: str, invoice: str, amount: str, by: str = "journal-entries"
    ) -> Json:
        """Write part of an invoice off, or settle it by a line of one of the ``deposits``."""
        body = {"invoice": invoice, "amount": amount, "by": by}
        return dict(self.call("POST", f"/books/{realm}/settle-otherwise", body))

    def refund(self, realm: str, customer: str, amount: str, **source: str) -> Json:
        """Pay out the credit of a ``credit_memo``, or what a ``payment`` has unapplied."""
        body = {"customer": customer, "amount": amount, **source}
        return dict(self.call("POST", f"/books/{realm}/refund", body))

    def merge_customers(self, realm: str, survivor: str, absorbed: str) -> None:
        self.call(
            "POST", f"/books/{realm}/merge-customers", {"survivor": survivor, "absorbed": absorbed}
        )

    def merge_items(self, realm: str, survivor: str, absorbed: str) -> None:
        self.call(
            "POST", f"/books/{realm}/merge-items", {"survivor": survivor, "absorbed": absorbed}
        )


def _lines(lines: Iterable[Line]) -> list[list[str]]:
    return [[str(identifier), str(amount)] for identifier, amount in lines]
