"""Show everything that waits for a company as it would be sent; nothing is written, nobody asked.

The same judgement and the same builders as a drain; the database refuses every write meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import selectinload

from app.domain.customer import name_key
from app.domain.perhaps_there import foreseen
from app.domain.problem import Problem
from app.domain.push_plan import InvoicePlan, VoidPlan
from app.domain.states import (
    FINISHED,
    NUMBERED,
    TAKES_OUT,
    DocumentKind,
    Operation,
    PushState,
)
from app.domain.wording import listed
from app.extensions import db
from app.ledgers import LEDGERS
from app.ledgers.interface import Ledger
from app.models import (
    Connection,
    CreditNote,
    Customer,
    CustomerLink,
    DocumentLink,
    LedgerCustomerRow,
    Push,
    SalesDocument,
)
from app.usecases.company.open_ledger import on_paper
from app.usecases.push.agreed import agreed_content, dated_there, moved_on
from app.usecases.push.expect import expect
from app.usecases.push.judge import described, in_the_way
from app.usecases.push.linked import links_of
from app.usecases.push.mappings import mappings_of, names_of, rates_of
from app.usecases.push.order import called, coming_off
from app.usecases.push.plan import plan_for, taken_out, unbuildable
from app.usecases.push.preview import NEW_CUSTOMER
from app.usecases.push.remarks import remarks_of
from app.usecases.push.those_there import alike_there

# Shown at once; more than that is worked through in portions.
MOST = 1000


class Fate(StrEnum):
    """Say what would become of a document if everything due went now."""

    GOES = "goes"
    HELD = "held"  # waits for review
    BLOCKED = "blocked"  # something is missing
    STOPPED = "stopped"  # refused or given up: a person must act
    UNDER_WAY = "under_way"  # left us already, or is leaving us


class Buyer(StrEnum):
    """Say how the ledger's customer of an invoice is found."""

    LINKED = "linked"
    FOUND = "found"  # one of this name was there when we last read; looked for once more
    NEW = "new"  # looked for by name, and created when nobody has it


@dataclass(frozen=True, slots=True)
class Would:
    """One document as it would be sent.

    kind: an invoice or a credit note. body: None where something is missing. looks_first: the
    document there moved on since we last wrote; it is read, and what somebody edited becomes a
    question.
    """

    invoice_id: int
    kind: DocumentKind
    number: str
    operation: Operation
    fate: Fate
    currency: str
    total: Decimal
    customer: str
    buyer: Buyer | None
    customer_ledger_id: str | None
    body: bytes | None
    problem: Problem | None
    note: str | None = None
    looks_first: bool = False


@dataclass(frozen=True, slots=True)
class DryRun:
    """Everything that waits for a company; left_out: how many more there are than are shown."""

    connection: Connection
    documents: tuple[Would, ...]
    left_out: int

    def of(self, fate: Fate) -> tuple[Would, ...]:
        """Return the documents of one fate."""
        return tuple(one for one in self.documents if one.fate == fate)

    def sums(self, fate: Fate, kind: str = DocumentKind.INVOICE) -> dict[str, Decimal]:
        """Return the totals of one kind, each currency for itself.

        What credit notes take off is never added up with what invoices ask for.
        """
        sums: dict[str, Decimal] = {}
        for one in self.of(fate):
            if one.kind != kind:
                continue
            sums[one.currency] = sums.get(one.currency, Decimal(0)) + one.total
        return sums

    def customers(self, buyer: Buyer) -> tuple[str, ...]:
        """Return the customers of what would go that are found one way, each once."""
        return tuple(dict.fromkeys(o.customer for o in self.of(Fate.GOES) if o.buyer == buyer))


def dry_run(connection_id: int, most: int = MOST) -> DryRun:
    """Work out what a company's waiting documents would be sent as; rolls back."""
    db.session.execute(text("SET TRANSACTION READ ONLY"))
    try:
        return _worked_through(db.session.get_one(Connection, connection_id), most)
    finally:
        db.session.rollback()


def _worked_through(connection: Connection, most: int) -> DryRun:
    waiting = _waiting(connection.id)
    found = db.session.execute(waiting.order_by(Push.lane, Push.due_at, Push.id).limit(most)).all()
    whole = select(func.count()).select_from(waiting.with_only_columns(Push.id).subquery())
    count = db.session.scalar(whole) or 0
    judged = _Judge(connection, [row[1] for row in found])
    documents = tuple(judged.would(push, invoice) for push, invoice in found)
    return DryRun(connection, documents, count - len(documents))


def _waiting(connection_id: int) -> Select[Push, SalesDocument]:
    return (
        select(Push, SalesDocument)
        .join(SalesDocument, SalesDocument.id == Push.document_id)
        .where(
            Push.connection_id == connection_id,
            Push.document_kind.in_(NUMBERED),
            Push.state.not_in(FINISHED),
        )
        .options(selectinload(SalesDocument.lines), selectinload(SalesDocument.customer))
    )


class _Judge:
    """What is known of a company and of some invoices for it, read once."""

    def __init__(self, connection: Connection, invoices: Sequence[SalesDocument]) -> None:
        self.connection = connection
        self.vendor = LEDGERS[connection.provider].provider.name
        self.paper: Ledger = on_paper(
            connection.provider, connection.environment, connection.company_id
        )
        self.mappings, self.names = mappings_of(connection), names_of(connection)
        self.rates = rates_of(connection)
        self.documents = links_of(connection.id, invoices)
        self.customers = _linked(connection.id, invoices)
        self.there = _customers_there(connection.id)
        self.alike = alike_there(connection)

    def would(self, push: Push, invoice: SalesDocument) -> Would:
        """Return one document as it would be sent."""
        link = self.documents.get(invoice.id)
        problem, body, note, total = self._worked_out(push, invoice, link)
        takes_out = push.operation in TAKES_OUT
        known = self.customers.get(invoice.customer_id)
        return Would(
            invoice_id=invoice.id,
            kind=DocumentKind(invoice.kind),
            number=invoice.number,
            operation=Operation(push.operation),
            fate=self._fate(push, problem),
            currency=invoice.currency,
            total=Decimal(0) if takes_out else total,
            customer=invoice.customer.name,
            buyer=None if takes_out else self._buyer(invoice.customer),
            customer_ledger_id=known,
            body=body,
            problem=problem,
            note=_with_what_comes_first(push, invoice, note),
            looks_first=link is not None and push.operation != Operation.CREATE and moved_on(link),
        )

    def _worked_out(
        self, push: Push, invoice: SalesDocument, link: DocumentLink | None
    ) -> tuple[Problem | None, bytes | None, str | None, Decimal]:
        """Return problem, body, note and the total the ledger will book."""
        if push.body is not None:  # these very bytes, whatever is mapped by now
            return None, push.body, push.note, push.total or invoice.total
        problem = self._known_problem(push, invoice, link)
        if problem is not None:
            return problem, None, None, invoice.total
        kind = DocumentKind(invoice.kind)
        try:
            plan = self._plan(push, invoice, link)
            body = self.paper.build(kind, Operation(push.operation), plan)
        except ValueError as error:
            return unbuildable(error), None, None, invoice.total
        if not isinstance(plan, InvoicePlan):
            return None, body, None, invoice.total
        expected = expect(invoice, plan, body, self.connection, self.paper, self.rates)
        if expected.problem is not None:
            return expected.problem, None, None, invoice.total
        said = remarks_of(kind, plan, self.mappings, self.paper, self.vendor, lambda: self.names)
        return None, body, expected.note(self.connection, said), expected.total

    def _known_problem(
        self, push: Push, invoice: SalesDocument, link: DocumentLink | None
    ) -> Problem | None:
        if push.state == PushState.FAILED and push.problem is not None:
            return Problem.from_json(push.problem)
        if alike := self.alike.get(invoice.id):
            ledger, policy = self.vendor, self.connection.duplicates
            return foreseen(alike.candidates, alike.ours, ledger, policy)
        booked = dated_there(agreed_content(link)) if link else None
        missing = in_the_way(push, invoice, self.connection, self.mappings, self.names, booked)
        if missing:
            return described(missing, self.connection, invoice)
        if push.state == PushState.BLOCKED and push.problem is not None:
            return Problem.from_json(push.problem)  # a customer to be chosen, say
        return None

    def _plan(
        self, push: Push, invoice: SalesDocument, link: DocumentLink | None
    ) -> InvoicePlan | VoidPlan:
        if push.operation in TAKES_OUT:
            if link is None:
                raise ValueError("The ledger's document is not linked any more.")
            return taken_out(push, link)
        customer = self.customers.get(invoice.customer_id, NEW_CUSTOMER)
        return plan_for(invoice, self.connection, self.mappings, customer, link)

    def _fate(self, push: Push, problem: Problem | None) -> Fate:
        fate = _fate(push, problem)
        # The one that is tried before the go-live goes already, and alone.
        connection = self.connection
        trial = not connection.live and push.document_id == connection.trial_id
        return Fate.UNDER_WAY if trial and fate == Fate.GOES else fate

    def _buyer(self, customer: Customer) -> Buyer:
        if customer.id in self.customers:
            return Buyer.LINKED
        return Buyer.FOUND if name_key(customer.name) in self.there else Buyer.NEW


def _with_what_comes_first(push: Push, document: SalesDocument, note: str | None) -> str | None:
    """Say of a credit note which invoices it comes off before its change."""
    if not isinstance(document, CreditNote) or push.operation == Operation.CREATE:
        return note
    off = [called(one) for one in coming_off(document)]
    return " ".join(filter(None, (note, f"It comes off {listed(off)} first." if off else None)))


def _fate(push: Push, problem: Problem | None) -> Fate:
    if push.state in (PushState.PUSHING, PushState.UNCONFIRMED):
        return Fate.UNDER_WAY
    if push.state in (PushState.FAILED, PushState.DEAD):
        return Fate.STOPPED
    if problem is not None:
        return Fate.BLOCKED
    return Fate.HELD if push.state == PushState.HELD else Fate.GOES


def _linked(connection_id: int, invoices: Iterable[SalesDocument]) -> Mapping[int, str]:
    rows = db.session.execute(
        select(CustomerLink.customer_id, CustomerLink.ledger_id).where(
            CustomerLink.connection_id == connection_id,
            CustomerLink.customer_id.in_([invoice.customer_id for invoice in invoices]),
        )
    )
    return {row.customer_id: row.ledger_id for row in rows}


def _customers_there(connection_id: int) -> frozenset[str]:
    names = db.session.scalars(
        select(LedgerCustomerRow.name).where(
            LedgerCustomerRow.connection_id == connection_id,
            LedgerCustomerRow.active,
            ~LedgerCustomerRow.deleted,
        )
    )
    return frozenset(map(name_key, names))
