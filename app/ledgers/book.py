"""What a ledger's book holds, in words of our own: the values that cross the door inwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.domain.customer import Details
from app.domain.payments import PaymentKind
from app.domain.reading import BookKind
from app.domain.states import CatalogueKind


@dataclass(frozen=True, slots=True)
class Company:
    """A ledger company and those of its preferences that decide what may be sent."""

    company_id: str
    name: str
    country: str  # ISO 3166 alpha-2
    home_currency: str
    tax_enabled: bool
    multicurrency: bool
    books_closed_to: date | None
    own_numbers: bool  # our document numbers are kept
    problems: tuple[str, ...] = ()  # sentences: why nothing can be pushed
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One entry of the ledger's lists of items, tax codes, accounts or terms."""

    kind: CatalogueKind
    ledger_id: str
    name: str
    active: bool
    rate: Decimal | None = None  # tax code: percent on sales
    account: str | None = None  # item: the income account it posts to
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LedgerCustomer:
    """A customer as the ledger has them.

    answers: the name asked for in customers_named that this customer answers; the ledger may spell
    it differently (letter case, forbidden characters, a mark on those made inactive). plain_name:
    the name without such a mark. balance: what they owe, in their own currency.
    """

    ledger_id: str
    name: str
    active: bool
    currency: str | None = None
    email: str | None = None
    version: str | None = None
    deleted: bool = False
    answers: str | None = None
    plain_name: str = ""
    parent_id: str | None = None
    balance: Decimal | None = None
    details: Details = field(default_factory=Details)
    marker: str | None = None


@dataclass(frozen=True, slots=True)
class NameHolder:
    """Somebody in the ledger who has a name; kind: customer, supplier or employee."""

    kind: str
    ledger_id: str
    name: str
    active: bool


@dataclass(frozen=True, slots=True)
class LedgerInvoice:
    """An invoice as the ledger has it; amounts in its own currency.

    sold: of each line that names an item, its description and the item's id.
    """

    ledger_id: str
    version: str
    number: str | None
    customer_ledger_id: str | None
    customer_name: str | None
    issue_date: date | None
    due_date: date | None
    currency: str | None
    total: Decimal
    tax_total: Decimal
    balance: Decimal
    marker: str | None  # our note inside it, verbatim
    voided: bool
    deleted: bool
    updated_at: datetime | None
    credit: bool = False  # a credit note
    sold: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Settlement:
    """The part of one payment (or credit) that settles one invoice."""

    invoice_ledger_id: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class LedgerPayment:
    """A payment as the ledger has it, with everything it settles; a refund settles nothing.

    unapplied: what of it is on no invoice yet. book: among what the ledger keeps it, payments or
    refunds; an id is of one of them only. paid_out_of: the payment out of which this was given
    back. credits: credit notes that are used in it, each with how much.
    """

    ledger_id: str
    version: str
    customer_ledger_id: str | None
    received_on: date | None
    currency: str | None
    amount: Decimal
    unapplied: Decimal
    reference: str | None
    settlements: tuple[Settlement, ...]
    voided: bool
    deleted: bool
    updated_at: datetime | None
    kind: PaymentKind = PaymentKind.PAYMENT
    book: BookKind = BookKind.PAYMENT
    paid_out_of: str | None = None
    credits: Mapping[str, Decimal] = field(default_factory=dict)


def paid_out_id(payment_id: str, by_id: str) -> str:
    """Return the id of money given back out of a payment: no payment or refund can have it too."""
    return f"{payment_id}/{by_id}"


class LiveList(StrEnum):
    """Say which list of a ledger is read live, for somebody who asks for it."""

    CUSTOMERS = "customers"
    INVOICES = "invoices"
    ITEMS = "items"
    ACCOUNTS = "accounts"
    TAX_CODES = "tax_codes"


# What such a list holds: of each kind one.
LiveRow = LedgerCustomer | LedgerInvoice | CatalogueEntry


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed in a ledger since a moment.

    unread: the kinds of which the feed could not tell everything; what is here of them is true, but
    their pages must be read, and what was deleted looked for. covered_to: the new cursor once
    everything here, and those pages, are applied. too_old: the feed does not reach back that far.
    """

    invoices: tuple[LedgerInvoice, ...]
    payments: tuple[LedgerPayment, ...]
    customers: tuple[LedgerCustomer, ...]
    covered_to: datetime
    unread: frozenset[BookKind] = frozenset()
    too_old: bool = False

    @property
    def complete(self) -> bool:
        """Tell whether nothing more needs to be read."""
        return not self.unread


@dataclass(frozen=True, slots=True)
class Portion:
    """Which documents of one kind are read page by page; without bounds, all of them.

    since: changed from then on. first, before: dated from then on, and earlier than that. owed:
    only what is not paid.
    """

    kind: BookKind
    since: datetime | None = None
    first: date | None = None
    before: date | None = None
    owed: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a portion.

    mark: where the next page begins, in the ledger's own words; None: there is none. told_at: the
    ledger's clock. calls: what the ledger counted. unreadable: ids of what it could not give, even
    alone; empty where not even the id could be had.
    """

    invoices: tuple[LedgerInvoice, ...] = ()
    payments: tuple[LedgerPayment, ...] = ()
    customers: tuple[LedgerCustomer, ...] = ()
    mark: str | None = None
    told_at: datetime | None = None
    calls: int = 0
    unreadable: tuple[str, ...] = ()

    @property
    def ids(self) -> frozenset[str]:
        """Return the ids of everything on it."""
        found: tuple[LedgerInvoice | LedgerPayment | LedgerCustomer, ...]
        found = (*self.invoices, *self.payments, *self.customers)
        return frozenset(one.ledger_id for one in found)


def deleted_invoice(ledger_id: str, *, credit: bool = False) -> LedgerInvoice:
    """Return what is known of an invoice or credit note that is there no more: its id."""
    nothing = Decimal(0)
    return LedgerInvoice(
        ledger_id=ledger_id,
        version="",
        number=None,
        customer_ledger_id=None,
        customer_name=None,
        issue_date=None,
        due_date=None,
        currency=None,
        total=nothing,
        tax_total=nothing,
        balance=nothing,
        marker=None,
        voided=False,
        deleted=True,
        updated_at=None,
        credit=credit,
    )


def deleted_payment(ledger_id: str) -> LedgerPayment:
    """Return what is known of a payment that is there no more: its id."""
    return LedgerPayment(
        ledger_id=ledger_id,
        version="",
        customer_ledger_id=None,
        received_on=None,
        currency=None,
        amount=Decimal(0),
        unapplied=Decimal(0),
        reference=None,
        settlements=(),
        voided=False,
        deleted=True,
        updated_at=None,
    )
