"""How our invoices are called outside, so that no number of ours is taken for one of billing's."""

from __future__ import annotations


def public_id(invoice_id: int) -> str:
    """Return the id the API and events give an invoice: lb-12."""
    return f"lb-{invoice_id}"
