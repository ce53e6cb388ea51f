"""Put what a ledger was read to hold into the words of the REST interface: pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from app.domain.book_status import book_status
from app.ledgers.interface import (
    CatalogueEntry,
    Company,
    LedgerCustomer,
    LedgerInvoice,
    LiveList,
)
from app.queries.api_invoices import amount

Json = dict[str, Any]


def company_row(company: Company) -> Json:
    """Return a company."""
    closed = company.books_closed_to
    return {
        "id": company.company_id,
        "name": company.name,
        "legal_name": company.details.get("legal_name") or None,
        "country": company.country,
        "home_currency": company.home_currency,
        "tax_enabled": company.tax_enabled,
        "multicurrency": company.multicurrency,
        "books_closed_to": closed.isoformat() if closed else None,
        "own_numbers": company.own_numbers,
        "problems": list(company.problems),
    }


def _customer(one: LedgerCustomer, home: str, _today: date) -> Json:
    currency = one.currency or home
    return {
        "ledger_id": one.ledger_id,
        "name": one.plain_name or one.name,
        "active": one.active,
        "email": one.email,
        "phone": one.details.phone,
        "address": dict(one.details.address),
        "currency": currency,
        "balance": amount(one.balance, currency) if one.balance is not None else None,
        "part_of": one.parent_id,
    }


def _invoice(one: LedgerInvoice, home: str, today: date) -> Json:
    currency = one.currency or home
    return {
        "ledger_id": one.ledger_id,
        "number": one.number,
        "customer_ledger_id": one.customer_ledger_id,
        "customer_name": one.customer_name,
        "issue_date": one.issue_date.isoformat() if one.issue_date else None,
        "due_date": one.due_date.isoformat() if one.due_date else None,
        "currency": currency,
        "total": amount(one.total, currency),
        "tax_total": amount(one.tax_total, currency),
        "balance": amount(one.balance, currency),
        "status": book_status(one.total, one.balance, one.due_date, today, gone=one.voided),
    }


def _named(one: CatalogueEntry) -> Json:
    return {"ledger_id": one.ledger_id, "name": one.name, "active": one.active}


def _item(one: CatalogueEntry, _home: str, _today: date) -> Json:
    more = {name: one.details.get(name) for name in ("type", "sku")}
    return _named(one) | more | {"income_account": one.account}


def _account(one: CatalogueEntry, _home: str, _today: date) -> Json:
    return _named(one) | {name: one.details.get(name) for name in ("type", "number")}


def _tax_code(one: CatalogueEntry, _home: str, _today: date) -> Json:
    return _named(one) | {
        "rate": None if one.rate is None else f"{one.rate.normalize():f}",
        "description": one.details.get("description"),
        "for_sales": one.details.get("for_sales") is not False,
    }


ROWS: Mapping[LiveList, Callable[[Any, str, date], Json]] = {
    LiveList.CUSTOMERS: _customer,
    LiveList.INVOICES: _invoice,
    LiveList.ITEMS: _item,
    LiveList.ACCOUNTS: _account,
    LiveList.TAX_CODES: _tax_code,
}
