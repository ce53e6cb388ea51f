"""The words for where a document is; codes as in the public contract."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class SyncState(StrEnum):
    """Say where a document of ours stands on its way into the ledger."""

    WAITING = "waiting"  # queued, or due later
    HELD = "held"  # waits for review
    NOT_SENT = "not_sent"  # somebody opted it out
    BLOCKED = "blocked"  # a mapping, a setting or a closed period; problem.missing lists all
    PUSHING = "pushing"
    UNCONFIRMED = "unconfirmed"  # sent, no answer; resolves itself
    PUSHED = "pushed"
    DIFFERS = "differs"  # booked, but the ledger's total is not ours
    RETRYING = "retrying"  # we act
    FAILED = "failed"  # a person must act
    DEAD = "dead"  # gave up, one click to requeue
    VOIDED = "voided"
    DELETED_THERE = "deleted_there"
    UNLINKED = "unlinked"  # after a disconnect


# States in which the ledger holds the document.
IN_LEDGER = frozenset({SyncState.PUSHED, SyncState.DIFFERS})
# States in which somebody took the document out of the ledger.
OUT_OF_LEDGER = frozenset({SyncState.VOIDED, SyncState.DELETED_THERE})
# States in which a person must act before anything moves.
NEEDS_PERSON = frozenset({SyncState.HELD, SyncState.BLOCKED, SyncState.FAILED, SyncState.DEAD})
# States in which the machine acts by itself.
IN_HAND = frozenset(
    {SyncState.WAITING, SyncState.PUSHING, SyncState.UNCONFIRMED, SyncState.RETRYING}
)


class InvoiceStatus(StrEnum):
    """Say what billing's customer owes on an invoice."""

    DRAFT = "draft"
    OPEN = "open"
    PART_PAID = "part_paid"
    PAID = "paid"
    VOID = "void"


class CreditStatus(StrEnum):
    """Say how much of a credit note is used."""

    OPEN = "open"
    PART_APPLIED = "part_applied"
    APPLIED = "applied"
    VOID = "void"


# A credit note is kept with the words of an invoice: what is paid there is used here.
CREDIT_STATUS = {
    InvoiceStatus.DRAFT: CreditStatus.OPEN,
    InvoiceStatus.OPEN: CreditStatus.OPEN,
    InvoiceStatus.PART_PAID: CreditStatus.PART_APPLIED,
    InvoiceStatus.PAID: CreditStatus.APPLIED,
    InvoiceStatus.VOID: CreditStatus.VOID,
}


class PushState(StrEnum):
    """Say how far an intention to write to a ledger has come."""

    WAITING = "waiting"  # due at due_at
    HELD = "held"  # until somebody reviews it
    BLOCKED = "blocked"  # until what is missing is there
    PUSHING = "pushing"  # a worker claimed it, until claimed_until
    UNCONFIRMED = "unconfirmed"  # sent at least once, outcome unknown; due at due_at
    RETRYING = "retrying"  # the ledger could not; due at due_at
    FAILED = "failed"  # refused: a person must act
    DEAD = "dead"  # out of attempts
    DONE = "done"
    CANCELLED = "cancelled"  # superseded or opted out before anything was sent


# States a drain may claim once due_at has come.
CLAIMABLE = (PushState.WAITING, PushState.RETRYING, PushState.UNCONFIRMED)
FINISHED = (PushState.DONE, PushState.CANCELLED)


class Operation(StrEnum):
    """Say what a push does to a document in the ledger."""

    CREATE = "create"
    UPDATE = "update"
    VOID = "void"
    DELETE = "delete"  # taken out again without a trace of it in the books: undo of a wrong run


# Operations that leave nothing of a document owed; nothing is worked out for them.
TAKES_OUT = (Operation.VOID, Operation.DELETE)


class Lane(IntEnum):
    """Say in which order a drain takes what is due; within a lane the oldest goes first."""

    CUSTOMERS = 0  # invoices wait for them
    EXPRESS = 1  # a person pressed "push now" and watches
    NORMAL = 2
    ATTACHMENTS = 3  # nice to have: after everything that changes the books


class DocumentKind(StrEnum):
    """Say what a push is about."""

    CUSTOMER = "customer"
    ITEM = "item"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    CREDIT_APPLICATION = "credit_application"  # of a credit note to one invoice
    ATTACHMENT = "attachment"


# Documents of billing: the others (customers, items) are made because these need them.
SALES = (DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE, DocumentKind.CREDIT_APPLICATION)
# Those with lines, a number and a customer of their own.
NUMBERED = (DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE)


class FileState(StrEnum):
    """Say how far a document of billing's has come on its way to the ledger's invoice."""

    WANTED = "wanted"  # due at due_at, once the invoice is in the ledger
    SENDING = "sending"  # its push is under way
    ATTACHED = "attached"
    FAILED = "failed"  # a person may try again


class ConnectionState(StrEnum):
    """Say whether a connection may be used."""

    ACTIVE = "active"
    PAUSED = "paused"  # by a person
    BROKEN = "broken"  # the ledger took the permission back; a person must reconnect
    DISCONNECTED = "disconnected"  # by a person; links cleared, data kept


class MappingKind(StrEnum):
    """Say which of billing's lists a mapping translates."""

    SERVICE = "service"
    TAX_CODE = "tax_code"
    CLASS = "class"
    DEPARTMENT = "department"
    PAYMENT_TERMS = "payment_terms"


# Without one of these an invoice goes all the same, and its note says what was left out.
OPTIONAL_MAPPINGS = (MappingKind.CLASS, MappingKind.DEPARTMENT, MappingKind.PAYMENT_TERMS)


class CatalogueKind(StrEnum):
    """Say which of the ledger's lists an entry belongs to."""

    ITEM = "item"
    TAX_CODE = "tax_code"
    ACCOUNT = "account"
    TERM = "term"
    CLASS = "class"
    DEPARTMENT = "department"


# What billing's list is translated into.
TARGET_OF = {
    MappingKind.SERVICE: CatalogueKind.ITEM,
    MappingKind.TAX_CODE: CatalogueKind.TAX_CODE,
    MappingKind.CLASS: CatalogueKind.CLASS,
    MappingKind.DEPARTMENT: CatalogueKind.DEPARTMENT,
    MappingKind.PAYMENT_TERMS: CatalogueKind.TERM,
}
