"""An invoice as billing finalised it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an invoice; amounts in the invoice's currency, exact as billing sent them."""

    position: int
    external_id: str
    description: str
    service_code: str | None
    tax_code: str | None
    tax_rate: Decimal | None
    quantity: Decimal
    unit_price: Decimal
    discount_percent: Decimal | None
    amount: Decimal
    tax_amount: Decimal
    service_date: date | None = None
    class_code: str | None = None

    @property
    def text_only(self) -> bool:
        """Tell whether the line only says something: nothing is sold, nothing is owed."""
        return not self.service_code and not self.amount and not self.tax_amount

    @property
    def discount(self) -> bool:
        """Tell whether the line takes something off the whole invoice: no service, below zero."""
        return not self.service_code and self.amount < 0


@dataclass(frozen=True, slots=True)
class Parent:
    """The customer that another one is a part of."""

    external_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Customer:
    """Whom an invoice is for, as billing describes them."""

    external_id: str
    name: str
    email: str | None = None
    phone: str | None = None
    tax_number: str | None = None
    address: Mapping[str, str | None] | None = None
    parent: Parent | None = None


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice of one revision; prices is tax_exclusive, tax_inclusive or no_tax.

    exchange_rate: units of the books' own currency for one of the invoice's.
    """

    external_id: str
    number: str
    revision: int
    issue_date: date
    due_date: date | None
    currency: str
    prices: str
    customer: Customer
    lines: tuple[Line, ...]
    subtotal: Decimal
    tax_total: Decimal
    total: Decimal
    memo: str | None = None
    reference: str | None = None
    department_code: str | None = None
    terms_code: str | None = None
    exchange_rate: Decimal | None = None

    @property
    def charges_tax(self) -> bool:
        """Tell whether any tax stands on the document, even one that adds up to nothing."""
        return bool(self.tax_total) or any(line.tax_amount or line.tax_rate for line in self.lines)
