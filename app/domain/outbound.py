"""What billing may be told of, and how far the telling of one event has come."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from app.domain.wording import Words


class DeliveryState(StrEnum):
    """Say how far an event has come on its way to one endpoint."""

    WAITING = "waiting"  # due at due_at, behind earlier events of its subject
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"  # three days were over; a person may send it again
    LEFT = "left"  # a person left it, or its endpoint is removed


# An event that no endpoint wanted; it is there to be polled.
KEPT = "kept"
DELIVERY_WORDS: Mapping[str, Words] = {
    DeliveryState.WAITING: Words("Waiting", "clock", "busy"),
    DeliveryState.DELIVERED: Words("Delivered", "circle-check", "ok"),
    DeliveryState.GIVEN_UP: Words("Given up", "alert-octagon", "bad"),
    DeliveryState.LEFT: Words("Left as it is", "ban", "off"),
    KEPT: Words("Kept for billing to fetch", "inbox", "off"),
}

# Every type, with what a person chooses it by.
EVENT_TYPES = {
    "invoice.pushed": "An invoice is in the ledger",
    "invoice.push_failed": "An invoice needs a person",
    "invoice.part_paid": "A part of an invoice was paid",
    "invoice.paid": "An invoice was paid",
    "invoice.payment_reversed": "A payment was taken back",
    "invoice.voided_in_ledger": "An invoice was voided or deleted in the ledger",
    "credit_note.pushed": "A credit note is in the ledger",
    "credit_note.push_failed": "A credit note needs a person",
    "credit_note.applied": "A credit note was applied",
    "credit_note.voided_in_ledger": "A credit note was voided or deleted in the ledger",
    "connection.disconnected": "A ledger was disconnected",
    "drift.detected": "A difference was found",
}
# What a person sends to see whether an endpoint works; it needs no choosing.
TEST = "endpoint.test"
