"""The one small door behind which every ledger stands, and the values that cross it.

A ledger is a folder: one LedgerKind, made of a Provider record and the callables below. The words,
codes and limits of a vendor stop there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from app.domain.crediting import Application, ApplicationPlan
from app.domain.customer import Details
from app.domain.edited_there import Content
from app.domain.invoice import Customer
from app.domain.problem import Place
from app.domain.push_plan import (
    AttachmentPlan,
    CustomerPlan,
    InvoicePlan,
    ItemPlan,
    VoidPlan,
)
from app.domain.reading import BookKind
from app.domain.states import DocumentKind, Operation
from app.domain.tax_prediction import Prediction, TaxRates
from app.ledgers.book import (
    CatalogueEntry,
    Changes,
    Company,
    LedgerCustomer,
    LedgerInvoice,
    LedgerPayment,
    LiveList,
    LiveRow,
    NameHolder,
    Page,
    Portion,
    Settlement,
)
from app.ledgers.doors import App, Notice, OAuth, Tokens, Webhooks
from app.ledgers.errors import LedgerError
from app.ledgers.writes import Outcome, Write, Written

__all__ = [
    "App",
    "Call",
    "CatalogueEntry",
    "Changes",
    "Company",
    "Deed",
    "Explain",
    "Explanation",
    "Ledger",
    "LedgerCustomer",
    "LedgerInvoice",
    "LedgerKind",
    "LedgerPayment",
    "Limits",
    "LiveList",
    "LiveRow",
    "NameHolder",
    "Notice",
    "OAuth",
    "OnCall",
    "Outcome",
    "Page",
    "Portion",
    "Provider",
    "Settlement",
    "Tokens",
    "Webhooks",
    "Write",
    "Written",
]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a ledger lets one company's connection do."""

    per_minute: int
    per_second: int
    in_flight: int
    pause_floor: timedelta  # how long to wait after "too many" without a stated time


@dataclass(frozen=True, slots=True)
class Provider:
    """What the rest of the product needs to know of a vendor, as data."""

    key: str
    name: str  # as its owner writes it in full
    vendor: str  # whose developer site registers applications
    company_word: str  # company | organisation
    environments: tuple[str, ...]
    limits: Limits
    key_lifetime: timedelta  # how long the ledger surely remembers an idempotency key
    number_length: int  # longest document number
    expiry_warnings: tuple[int, ...]  # days before the permission ends
    request_id_name: str  # what the vendor calls its request id
    history_limit: timedelta  # how far back the change feed reaches
    metered_a_month: int | None = None  # calls of all companies together, then a hard stop
    metered_environments: tuple[str, ...] = ()  # where they count
    notice_words: Mapping[str, str] = field(default_factory=dict)  # what its notices are about
    # Its refusals of a document because of its date: the period is closed there.
    closed_period_codes: frozenset[str] = frozenset()
    # What of its book, as far as it is mirrored, a notice is about.
    notice_kinds: Mapping[str, BookKind] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP exchange with a ledger, for metering and logs: never a body, never a token."""

    company_id: str
    method: str
    operation: str  # short name, for example "invoice create"
    status: int | None
    milliseconds: int
    metered: bool
    request_id: str | None


OnCall = Callable[[Call], None]


@dataclass(frozen=True, slots=True)
class Deed:
    """What was being done when a ledger said no: the same code means another thing for another."""

    kind: DocumentKind
    operation: Operation


@dataclass(frozen=True, slots=True)
class Explanation:
    """Plain words for a ledger's code: what happened, what it means for the money, what to do.

    known: False for a code nobody has put into words yet. where: the place at which it is done.
    """

    happened: str
    means: str
    do: str
    known: bool = True
    where: Place | None = None


class Explain(Protocol):
    """Put a ledger's error into plain words."""

    def __call__(self, error: LedgerError, deed: Deed | None = None) -> Explanation:
        """Return the words; deed: what was being done, None where no document was written."""


class Ledger(Protocol):
    """One ledger company, open for business. Network, except what is called pure."""

    def build(
        self,
        kind: DocumentKind,
        operation: Operation,
        plan: InvoicePlan | CustomerPlan | ItemPlan | AttachmentPlan | VoidPlan | ApplicationPlan,
    ) -> bytes:
        """Put a plan into the exact bytes to be stored and sent: pure, no network.

        A void of what the ledger cannot void takes it out: what was written is then deleted.
        Raises ValueError with a sentence when the plan cannot be put into the ledger's words.
        """

    def predict(self, plan: InvoicePlan, body: bytes, rates: TaxRates) -> Prediction | None:
        """Work out what the ledger will book for a body that build made of a plan: pure.

        None where the ledger finds the tax by itself. Raises ValueError with a sentence when the
        rates of a tax code are not known.
        """

    def remarks(self, kind: DocumentKind, plan: InvoicePlan) -> Sequence[str]:
        """Say in sentences what the body has otherwise than billing said it: cut, left out; pure.

        Raises ValueError as build does.
        """

    def content(self, body: bytes) -> Content:
        """Read field by field what a body of ours would write: pure."""

    def packages(self, writes: Sequence[Write]) -> Sequence[Sequence[Write]]:
        """Cut writes into what travels together in one request: pure."""

    def send(self, package: Sequence[Write]) -> Sequence[Outcome]:
        """Send one request; one outcome per write, errors inside the outcomes."""

    def company(self) -> Company:
        """Read the company and its preferences."""

    def catalogue(self) -> Sequence[CatalogueEntry]:
        """Read items, tax codes, accounts and terms, inactive ones too."""

    def live(self, what: LiveList, most: int) -> Sequence[LiveRow]:
        """Read one list as it is now, at most so many: invoices newest first, others by name."""

    def customers_named(self, names: Sequence[str]) -> Sequence[LedgerCustomer]:
        """Find customers by name, inactive ones too, in as few queries as the ledger allows."""

    def customer(self, ledger_id: str) -> LedgerCustomer | None:
        """Read one customer, an inactive one too; None when it was merged or deleted."""

    def find_customers(self, typed: str) -> Sequence[LedgerCustomer]:
        """Find some customers by a part of their name, or by e-mail; inactive ones too."""

    def name_holders(self, name: str) -> Sequence[NameHolder]:
        """Find everybody who keeps a name from being used again, whatever they are."""

    def kept_of(self, customer: Customer, name: str | None = None) -> Details:
        """Return what the ledger would keep of a customer, in its spelling: pure.

        name: the display name chosen for them; else billing's.
        """

    def look_for(self, kind: DocumentKind, number: str) -> Sequence[Written]:
        """Find documents of a number (customers, items of a name), to adopt after a lost answer."""

    def attached(self, ledger_id: str) -> Sequence[Written]:
        """List what is attached to an invoice, by name: exactly once after a lost answer."""

    def read(self, kind: DocumentKind, ledger_id: str) -> Written | None:
        """Read one document's present state; None when it is gone."""

    def applications(self, customer_ledger_id: str) -> Sequence[Application]:
        """Read what puts a customer's credit notes on invoices, whoever made it."""

    def changes(self, since: datetime, now: datetime) -> Changes:
        """Read what changed since a moment; says of which kinds that may not be everything."""

    def read_page(self, wanted: Portion, mark: str | None) -> Page:
        """Read one page, the first or the one a mark stands for; a document may come twice."""

    def find(self, kind: BookKind, ledger_ids: Sequence[str]) -> Page:
        """Read those of some documents that are there."""

    def is_gone(self, kind: BookKind, ledger_id: str) -> bool:
        """Ask for one document by its id: true only when the ledger says that it has none."""

    def documents_dated(
        self, kind: BookKind, first: date, last: date
    ) -> Iterator[Sequence[LedgerInvoice]]:
        """Page through all invoices, or credit notes, issued in a window, for reconciliation."""

    def url(self, kind: DocumentKind, ledger_id: str) -> str:
        """Return where a person finds the document in the ledger."""

    def page(self, place: Place) -> str | None:
        """Return where in the ledger a place is; None for one that is not the ledger's."""


@dataclass(frozen=True, slots=True)
class LedgerKind:
    """A vendor, whole: its record, its doors, and how to open one company."""

    provider: Provider
    oauth: OAuth
    webhooks: Webhooks
    app_of: Callable[[Any], App]  # from the Settings
    open: Callable[[App, str, str, str, OnCall], Ledger]  # app, environment, company, token, meter
    explain: Explain
