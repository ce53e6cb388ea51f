"""One QuickBooks company behind the door Ledger."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.customer import Details, name_key
from app.domain.edited_there import Content
from app.domain.invoice import Customer
from app.domain.problem import Place
from app.domain.push_plan import InvoicePlan
from app.domain.states import DocumentKind, Operation
from app.domain.tax_prediction import Prediction, TaxRates
from app.ledgers.errors import Gone, LedgerError, Unsure
from app.ledgers.interface import (
    App,
    CatalogueEntry,
    Company,
    LedgerCustomer,
    LiveList,
    LiveRow,
    NameHolder,
    OnCall,
    Outcome,
    Write,
    Written,
)
from app.ledgers.quickbooks import (
    attachments,
    catalogue,
    contents,
    customers,
    items,
    live,
    payloads,
    queries,
    reader,
    tax,
    text,
)
from app.ledgers.quickbooks.bodies import Plan, body_of
from app.ledgers.quickbooks.book_reader import BookReader
from app.ledgers.quickbooks.client import Client
from app.ledgers.quickbooks.pages import Pages

_ENTITY = {
    DocumentKind.CUSTOMER: "Customer",
    DocumentKind.ITEM: "Item",
    DocumentKind.INVOICE: "Invoice",
    DocumentKind.CREDIT_NOTE: "CreditMemo",
    DocumentKind.CREDIT_APPLICATION: "Payment",  # of nothing: the credit pays the invoice
}
_READERS = {
    DocumentKind.CUSTOMER: reader.written_customer,
    DocumentKind.ITEM: items.written_item,
    DocumentKind.CREDIT_NOTE: reader.written_credit,
    DocumentKind.CREDIT_APPLICATION: reader.written_application,
    DocumentKind.ATTACHMENT: attachments.written_attachment,
}
# QuickBooks: what is not a create or an update is said in the address.
_OPERATIONS = {
    Operation.VOID: {"operation": "void"},
    Operation.DELETE: {"operation": "delete"},
}
# QuickBooks: CreditMemo has no void; a payment has one, but what we made is taken out whole.
_NO_VOID = (DocumentKind.CREDIT_NOTE, DocumentKind.CREDIT_APPLICATION)


def open_company(
    app: App, environment: str, company_id: str, token: str, on_call: OnCall
) -> QuickBooksCompany:
    """Open a company for one job; nothing is sent yet."""
    client = Client(
        app=app, environment=environment, company_id=company_id, token=token, on_call=on_call
    )
    return QuickBooksCompany(client, company_id, environment, app.api_url.rstrip("/"))


class QuickBooksCompany(BookReader):
    """Implement the door Ledger for one company."""

    def __init__(self, client: Client, company_id: str, environment: str, override: str) -> None:
        super().__init__(client)
        self._company_id = company_id
        self._pages = Pages(company_id, environment, override)
        self._read: Company | None = None

    def build(self, kind: DocumentKind, operation: Operation, plan: Plan) -> bytes:
        """Put a plan into bytes. Raises ValueError with a sentence."""
        return body_of(kind, operation, plan)

    def predict(self, plan: InvoicePlan, body: bytes, rates: TaxRates) -> Prediction | None:
        """Work out what QuickBooks will book for a body. Raises ValueError with a sentence."""
        return tax.predict(plan, body, rates)

    def remarks(self, kind: DocumentKind, plan: InvoicePlan) -> Sequence[str]:
        """Say what the body has otherwise than billing said it. Raises ValueError as build."""
        if kind == DocumentKind.CREDIT_NOTE:
            return payloads.credit_memo_remarks(plan)
        return payloads.invoice_remarks(plan)

    def content(self, body: bytes) -> Content:
        """Read field by field what a body of ours would write."""
        return contents.content_of_body(body)

    def packages(self, writes: Sequence[Write]) -> Sequence[Sequence[Write]]:
        """Let each write travel alone: single writes are free, a batch is metered."""
        return [[write] for write in writes]

    def send(self, package: Sequence[Write]) -> Sequence[Outcome]:
        """Send each write of the package on its own."""
        return [self._send(write) for write in package]

    def company(self) -> Company:
        """Read the company and its preferences: two metered calls."""
        self._read = catalogue.read_company(self._client, self._company_id)
        return self._read

    def catalogue(self) -> Sequence[CatalogueEntry]:
        """Read items, tax codes, income accounts and terms: five metered calls.

        And classes and departments where the company tracks them, a call each.
        """
        return catalogue.read_catalogue(self._client, self._read or self.company())

    def live(self, what: LiveList, most: int) -> Sequence[LiveRow]:
        """Read one list as it is now: a metered call, two for tax codes."""
        return live.read(self._client, what, most)

    def customers_named(self, names: Sequence[str]) -> Sequence[LedgerCustomer]:
        """Find customers by name, also under the name of those made inactive."""
        plain = {name: text.plain_name(name) for name in names}
        # Cut to what fits, a name would answer to whoever else begins like it.
        asked = {name_key(known): n for n, known in plain.items() if 0 < len(known) <= text.NAME}
        lots = queries.in_lots([plain[name] for name in asked.values()])
        return [
            reader.customer_of(document, customers.answers(document, asked))
            for lot in lots
            for document in self._customers(lot)
        ]

    def customer(self, ledger_id: str) -> LedgerCustomer | None:
        """Read one customer, an inactive one too; None when it was merged or deleted."""
        try:
            return customers.read_customer(self._client, _digits(ledger_id))
        except Gone:
            return None

    def find_customers(self, typed: str) -> Sequence[LedgerCustomer]:
        """Find some customers by a part of their name, or by e-mail; inactive ones too."""
        return customers.find_customers(self._client, typed)

    def name_holders(self, name: str) -> Sequence[NameHolder]:
        """Find which customer, supplier or employee has a name: three metered calls."""
        return customers.name_holders(self._client, name)

    def kept_of(self, customer: Customer, name: str | None = None) -> Details:
        """Return what QuickBooks would keep of a customer, in its spelling."""
        return customers.kept_of(customer, name)

    def look_for(self, kind: DocumentKind, number: str) -> Sequence[Written]:
        """Find documents of a number, or customers or items of a name."""
        if kind == DocumentKind.CUSTOMER:
            return [self._written(kind, one) for one in self._customers([text.name(number)])]
        if kind == DocumentKind.ITEM:
            return [self._written(kind, one) for one in items.named(self._client, number)]
        statement = queries.select(_entity(kind), f"DocNumber = {queries.literal(number)}")
        answer = self._client.ask(f"{_spoken(kind)} look-up", statement)
        return [self._written(kind, one) for one in reader.documents(answer, _entity(kind))]

    def attached(self, ledger_id: str) -> Sequence[Written]:
        """List what is attached to an invoice: one metered call."""
        found = attachments.attached_to(self._client, ledger_id)
        return [self._written(DocumentKind.ATTACHMENT, one) for one in found]

    def read(self, kind: DocumentKind, ledger_id: str) -> Written | None:
        """Read one document; None when QuickBooks has it no more."""
        entity = _entity(kind)
        path = f"{entity.lower()}/{_digits(ledger_id)}"
        try:
            answer = self._client.read(f"{_spoken(kind)} read", path)
        except Gone:
            return None
        document = answer.get(entity)
        if not isinstance(document, Mapping) or reader.is_deleted(document):
            return None
        return self._written(kind, document)

    def url(self, kind: DocumentKind, ledger_id: str) -> str:
        """Return where a person finds the document; they must be signed in to its company."""
        return self._pages.url(kind, ledger_id)

    def page(self, place: Place) -> str | None:
        """Return where in QuickBooks a place is; None for one that is not there."""
        return self._pages.page(place)

    def _send(self, write: Write) -> Outcome:
        started = time.monotonic()
        try:
            written, error = self._booked(write), None
        except LedgerError as refusal:
            written, error = None, refusal
        took = int((time.monotonic() - started) * 1000)
        return Outcome(write.push_id, written, error, took)

    def _booked(self, write: Write) -> Written:
        if write.kind == DocumentKind.ATTACHMENT:
            return self._uploaded(write)
        entity = _entity(write.kind)
        answer = self._client.write(
            f"{_spoken(write.kind)} {write.operation}",
            entity.lower(),
            write.key,
            write.body,
            _OPERATIONS.get(_in_their_words(write.kind, write.operation), {}),
        )
        document = answer.get(entity)
        done = _in_their_words(write.kind, write.operation)
        if not isinstance(document, Mapping) or not _answers_to(document, done):
            raise self._unshown()
        return self._written(write.kind, document)

    def _uploaded(self, write: Write) -> Written:
        answer = self._client.write(
            "attachment create",
            attachments.PATH,
            write.key,
            write.body,
            {},
            attachments.content_type(write.body),
        )
        document = attachments.uploaded(answer, self._client)
        if document is None:
            raise self._unshown()
        return self._written(write.kind, document)

    def _unshown(self) -> Unsure:
        return Unsure(
            "QuickBooks said yes but did not show what it booked.",
            request_id=self._client.request_id,
            status=self._client.status,
        )

    def _written(self, kind: DocumentKind, document: Mapping[str, Any]) -> Written:
        read = _READERS.get(kind, reader.written_of)
        return read(document, request_id=self._client.request_id, status=self._client.status)

    def _customers(self, names: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        spellings = [spelling for name in names for spelling in customers.spellings(name)]
        condition = queries.any_of("DisplayName", spellings)
        statement = queries.select("Customer", condition, queries.ANY_ACTIVE)
        return reader.documents(self._client.ask("customer look-up", statement), "Customer")


def _in_their_words(kind: DocumentKind, operation: Operation) -> Operation:
    void = operation == Operation.VOID
    return Operation.DELETE if void and kind in _NO_VOID else operation


def _answers_to(document: Mapping[str, Any], operation: Operation) -> bool:
    """Tell whether what came back is what was asked for: a deletion leaves a stub that says so."""
    gone = reader.is_deleted(document)
    return bool(document.get("Id")) and gone == (operation == Operation.DELETE)


def _digits(ledger_id: str) -> str:
    if not ledger_id.isdecimal():
        raise ValueError("A QuickBooks id is a row of digits.")
    return ledger_id


def _entity(kind: DocumentKind) -> str:
    if kind not in _ENTITY:
        raise ValueError(f"QuickBooks has no {kind.replace('_', ' ')} behind this door yet.")
    return _ENTITY[kind]


def _spoken(kind: DocumentKind) -> str:
    return kind.replace("_", " ")
