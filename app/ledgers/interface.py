"""The one small door behind which every ledger stands, and the values that cross it.

A ledger is a folder: one LedgerKind, made of a Provider record and the callables below. The words,
codes and limits of a vendor stop there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from app.domain.push_plan import CustomerPlan, InvoicePlan, VoidPlan
from app.domain.states import CatalogueKind, DocumentKind, Operation
from app.ledgers.errors import LedgerError


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
    company_word: str  # company | organisation
    environments: tuple[str, ...]
    limits: Limits
    key_lifetime: timedelta  # how long the ledger surely remembers an idempotency key
    number_length: int  # longest document number
    expiry_warnings: tuple[int, ...]  # days before the permission ends
    request_id_name: str  # what the vendor calls its request id
    history_limit: timedelta  # how far back the change feed reaches


@dataclass(frozen=True, slots=True)
class App:
    """Our application as registered with the vendor."""

    client_id: str
    client_secret: str = field(repr=False)
    webhook_tokens: tuple[str, ...] = field(default=(), repr=False)  # several while rotating
    discovery_url: str = ""
    api_url: str = ""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A permission as the vendor handed it out; times aware, UTC."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_expires_at: datetime
    refresh_expires_at: datetime | None
    hard_expires_at: datetime | None = None


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
    it differently (letter case, forbidden characters, a mark on those made inactive).
    """

    ledger_id: str
    name: str
    active: bool
    currency: str | None = None
    email: str | None = None
    version: str | None = None
    deleted: bool = False
    answers: str | None = None


@dataclass(frozen=True, slots=True)
class LedgerInvoice:
    """An invoice as the ledger has it; amounts in its own currency."""

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


@dataclass(frozen=True, slots=True)
class Settlement:
    """The part of one payment (or credit) that settles one invoice."""

    invoice_ledger_id: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class LedgerPayment:
    """A payment as the ledger has it, with everything it settles."""

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


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that changed in a ledger since a moment.

    complete: False when the feed was cut off; what is here is true, but more must be read.
    covered_to: the new cursor once everything here is applied.
    """

    invoices: tuple[LedgerInvoice, ...]
    payments: tuple[LedgerPayment, ...]
    customers: tuple[LedgerCustomer, ...]
    covered_to: datetime
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Write:
    """One stored intention as it goes to the ledger: always these bytes under this key."""

    push_id: int
    kind: DocumentKind
    operation: Operation
    key: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Written:
    """What the ledger booked."""

    ledger_id: str
    version: str
    request_id: str | None = None
    status: int | None = None
    number: str | None = None
    name: str | None = None
    customer_ledger_id: str | None = None
    currency: str | None = None
    total: Decimal | None = None
    tax_total: Decimal | None = None
    balance: Decimal | None = None
    marker: str | None = None
    voided: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one write; exactly one of written and error is set."""

    push_id: int
    written: Written | None = None
    error: LedgerError | None = None
    milliseconds: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """Plain words for a ledger's code: what happened, what it means for the money, what to do."""

    happened: str
    means: str
    do: str
    known: bool = True


@dataclass(frozen=True, slots=True)
class Notice:
    """One event of a ledger's webhook."""

    event_id: str
    company_id: str
    entity: str
    ledger_id: str
    verb: str
    at: datetime | None


class OAuth(Protocol):
    """Ask for, renew and give back a permission. Raises LedgerError's Reconnect and TryAgain."""

    def authorise_url(self, app: App, environment: str, redirect_uri: str, state: str) -> str:
        """Return where to send the person who consents."""

    def exchange(
        self, app: App, environment: str, redirect_uri: str, code: str, now: datetime
    ) -> Tokens:
        """Trade the code of a callback for tokens."""

    def refresh(self, app: App, environment: str, refresh_token: str, now: datetime) -> Tokens:
        """Trade a refresh token for new tokens; Disconnected when it is dead."""

    def revoke(self, app: App, environment: str, refresh_token: str) -> None:
        """Give the permission back; a token that is dead already is no error."""


class Webhooks(Protocol):
    """Verify and read a ledger's notices."""

    def verify(self, app: App, raw: bytes, headers: Mapping[str, str]) -> bool:
        """Tell in constant time whether the raw body carries a signature of ours."""

    def parse(self, raw: bytes) -> Sequence[Notice]:
        """Read a verified body; raises ValueError for one that is not the vendor's shape."""


class Ledger(Protocol):
    """One ledger company, open for business. Every method but the builders is network."""

    def build(
        self,
        kind: DocumentKind,
        operation: Operation,
        plan: InvoicePlan | CustomerPlan | VoidPlan,
    ) -> bytes:
        """Put a plan into the exact bytes to be stored and sent: pure, no network.

        Raises ValueError with a sentence when the plan cannot be put into the ledger's words.
        """

    def packages(self, writes: Sequence[Write]) -> Sequence[Sequence[Write]]:
        """Cut writes into what travels together in one request: pure."""

    def send(self, package: Sequence[Write]) -> Sequence[Outcome]:
        """Send one request; one outcome per write, errors inside the outcomes."""

    def company(self) -> Company:
        """Read the company and its preferences."""

    def catalogue(self) -> Sequence[CatalogueEntry]:
        """Read items, tax codes, accounts and terms, inactive ones too."""

    def customers_named(self, names: Sequence[str]) -> Sequence[LedgerCustomer]:
        """Find customers by name, inactive ones too, in as few queries as the ledger allows."""

    def look_for(self, kind: DocumentKind, number: str) -> Sequence[Written]:
        """Find documents of a number (or customers of a name), to adopt after a lost answer."""

    def read(self, kind: DocumentKind, ledger_id: str) -> Written | None:
        """Read one document's present state; None when it is gone."""

    def changes(self, since: datetime, now: datetime) -> Changes:
        """Read everything that changed since a moment."""

    def invoices_dated(self, first: date, last: date) -> Iterator[Sequence[LedgerInvoice]]:
        """Page through all invoices issued in a window, for reconciliation."""

    def url(self, kind: DocumentKind, ledger_id: str) -> str:
        """Return where a person finds the document in the ledger."""


@dataclass(frozen=True, slots=True)
class LedgerKind:
    """A vendor, whole: its record, its doors, and how to open one company."""

    provider: Provider
    oauth: OAuth
    webhooks: Webhooks
    app_of: Callable[[Any], App]  # from the Settings
    open: Callable[[App, str, str, str, OnCall], Ledger]  # app, environment, company, token, meter
    explain: Callable[[LedgerError], Explanation]
