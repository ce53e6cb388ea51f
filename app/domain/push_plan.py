"""What exactly is to be written into a ledger: our document with every reference resolved."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from app.domain.customer import FIELDS
from app.domain.invoice import Customer, Invoice, Line
from app.domain.matching import carries
from app.domain.states import MappingKind
from app.domain.wording import day_long

_OUR_NOTE = re.compile(
    r"Booked on .+: .+ is in a closed period\.(?: Its number in billing is .+\.)?"
    r"|Its number in billing is .+\."
)


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """One line with the ledger's item and tax code; None where a line needs none."""

    line: Line
    item_id: str | None
    tax_code_id: str | None
    class_id: str | None = None


@dataclass(frozen=True, slots=True)
class InvoicePlan:
    """An invoice ready to be put into a ledger's words.

    marker: our signature inside the ledger's document, found again when an answer is lost.
    booked_on: set when the books are closed on the invoice's own date and finance chose the next
    open day. number: set when the ledger keeps less of it than billing has. note: says either
    inside the document. ledger_id, version: set when an existing document is updated; dated_there
    and note_there: what it says there today, None where that is not known. details: what the
    company said of itself, in words that only its ledger's folder reads. tax_rounding: where prices
    exclude tax, the ledger rounds it per rate or per line. automated_tax: the ledger finds the
    rates by itself, so that what it will book cannot be told before.
    """

    invoice: Invoice
    marker: str
    customer_ledger_id: str
    lines: tuple[PlannedLine, ...]
    country: str = "GB"
    multicurrency: bool = False
    tax_rounding: str = "rate"
    automated_tax: bool = False
    ledger_id: str | None = None
    version: str | None = None
    booked_on: date | None = None
    note: str | None = None
    dated_there: date | None = None
    note_there: str | None = None
    number: str | None = None
    department_id: str | None = None
    terms_id: str | None = None
    home_currency: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def number_there(self) -> str:
        """Return the number that the ledger's document bears."""
        return self.number or self.invoice.number


@dataclass(frozen=True, slots=True)
class CustomerPlan:
    """A customer ready to be created in a ledger, or to be changed there.

    name: the display name a person chose instead of billing's. parent_ledger_id: whose part they
    are. ledger_id, version, fields: set when an existing customer is changed, and what is changed;
    activate: they are made active again, under their name.
    """

    customer: Customer
    marker: str
    currency: str | None = None
    country: str = "GB"
    name: str | None = None
    parent_ledger_id: str | None = None
    ledger_id: str | None = None
    version: str | None = None
    fields: frozenset[str] = frozenset(FIELDS)
    activate: bool = False


@dataclass(frozen=True, slots=True)
class ItemPlan:
    """A service to be created in a ledger as something it sells, under a name a person saw."""

    name: str
    income_account_id: str


@dataclass(frozen=True, slots=True)
class AttachmentPlan:
    """A PDF to be attached to a booked invoice."""

    invoice_ledger_id: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class VoidPlan:
    """A booked document to be voided or deleted; version is the ledger's concurrency token."""

    ledger_id: str
    version: str


@dataclass(frozen=True, slots=True)
class GoneTarget:
    """An entry of the ledger that a code is mapped to and that no sale can use any more.

    why: inactive | absent (deleted there, or merged into another) | what it is instead, in a word
    that follows "a": category, bundle.
    """

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Mappings:
    """What a connection's people mapped: billing's code to the ledger's id.

    gone: by kind and code, what they mapped and the ledger does not let a sale use any more.
    """

    services: Mapping[str, str]
    tax_codes: Mapping[str, str]
    default_item_id: str | None = None
    gone: Mapping[tuple[str, str], GoneTarget] = field(default_factory=dict)
    optional: Mapping[MappingKind, Mapping[str, str]] = field(default_factory=dict)

    def of(self, kind: MappingKind, code: str | None) -> str | None:
        """Return the ledger's id of a code an invoice may do without; None where it must."""
        return self.optional.get(kind, {}).get(code or "")


_MARK = "Ledgerbridge "


def marker_for(external_id: str) -> str:
    """Return the note that proves a ledger document is ours."""
    return f"{_MARK}{external_id}"


def is_marked(note: str | None) -> bool:
    """Tell whether a note in a ledger document is one of ours."""
    return note is not None and note.startswith(_MARK)


def plan_invoice(
    invoice: Invoice,
    mappings: Mappings,
    *,
    customer_ledger_id: str,
    country: str,
    multicurrency: bool = False,
    tax_enabled: bool = True,
    ledger_id: str | None = None,
    version: str | None = None,
) -> InvoicePlan:
    """Resolve every reference of a ready invoice; raises KeyError for one that is not ready."""
    taxed = needs_tax_codes(invoice, tax_enabled=tax_enabled)
    if not tax_enabled:  # readiness let only an untaxed one through: it goes as a no_tax document
        invoice = replace(invoice, prices="no_tax")
    return InvoicePlan(
        invoice=invoice,
        marker=marker_for(invoice.external_id),
        customer_ledger_id=customer_ledger_id,
        lines=tuple(_planned(line, mappings, taxed) for line in invoice.lines),
        country=country,
        multicurrency=multicurrency,
        ledger_id=ledger_id,
        version=version,
        department_id=mappings.of(MappingKind.DEPARTMENT, invoice.department_code),
        terms_id=mappings.of(MappingKind.PAYMENT_TERMS, invoice.terms_code),
    )


def left_out(invoice: Invoice, mappings: Mappings) -> tuple[tuple[MappingKind, str], ...]:
    """Return the kind and code of everything an invoice goes without, each once."""
    return tuple(
        dict.fromkeys(
            (kind, code)
            for kind, code in _optional_codes(invoice)
            if code and mappings.of(kind, code) is None
        )
    )


def _optional_codes(invoice: Invoice) -> Iterator[tuple[MappingKind, str | None]]:
    for line in invoice.lines:
        if not line.text_only:
            yield MappingKind.CLASS, line.class_code
    yield MappingKind.DEPARTMENT, invoice.department_code
    yield MappingKind.PAYMENT_TERMS, invoice.terms_code


def on_open_day(plan: InvoicePlan, books_closed_to: date | None, policy: str) -> InvoicePlan:
    """Date a document outside a closed period where finance chose so, with a note that says it.

    One that is booked on an open day keeps that day. One that is booked in the closed period stays
    as it is: moving it would change a closed period, and no ledger allows that.
    """
    issued = plan.invoice.issue_date
    if books_closed_to is None or policy != "next_open_day" or issued > books_closed_to:
        return plan
    booked_on = books_closed_to + timedelta(days=1)
    if plan.ledger_id is not None:
        if plan.dated_there is None or plan.dated_there <= books_closed_to:
            return plan
        booked_on = plan.dated_there
    note = f"Booked on {day_long(booked_on)}: {day_long(issued)} is in a closed period."
    return replace(plan, booked_on=booked_on, note=note)


def note_of(plan: InvoicePlan) -> str | None:
    """Return the note to write; None where the one that is there stays as it is.

    A bookkeeper's own lines stay: only the lines that are ours are renewed.
    """
    if plan.ledger_id is None:
        return "\n".join(words for words in (plan.marker, plan.note) if words)
    if plan.note_there is None:
        return None
    there = plan.note_there.splitlines()
    theirs = [line for line in there if line != plan.marker and not _OUR_NOTE.fullmatch(line)]
    marker = [] if any(carries(line, plan.marker) for line in theirs) else [plan.marker]
    wanted = [*marker, *([plan.note] if plan.note else []), *theirs]
    return None if sorted(wanted) == sorted(there) else "\n".join(wanted)


def needs_tax_codes(invoice: Invoice, *, tax_enabled: bool) -> bool:
    """Tell whether the sales lines must name a tax code of the ledger.

    A company with VAT off ignores codes and has none to map to; a no_tax document carries none.
    """
    return tax_enabled and invoice.prices != "no_tax"


def _planned(line: Line, mappings: Mappings, taxed: bool) -> PlannedLine:
    if line.text_only:
        return PlannedLine(line=line, item_id=None, tax_code_id=None)
    return PlannedLine(
        line=line,
        item_id=_item_of(line, mappings),
        tax_code_id=mappings.tax_codes[line.tax_code or ""] if taxed else None,
        class_id=mappings.of(MappingKind.CLASS, line.class_code),
    )


def _item_of(line: Line, mappings: Mappings) -> str | None:
    if line.discount and mappings.default_item_id is None:
        return None  # the ledger has a line of its own for it, or refuses to be asked
    if line.service_code or mappings.default_item_id is None:
        return mappings.services[line.service_code or ""]
    return mappings.default_item_id
