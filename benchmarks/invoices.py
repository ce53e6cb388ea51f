"""Invoices for benchmarks: small, exact, and none like another."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from demo.catalogue import MONTHLY, VAT20, Buyer

Json = dict[str, Any]
# QuickBooks has items of these names; their prices times whole numbers have whole pennies of VAT.
SOLD = tuple(article for article in MONTHLY if article.code in ("MW-STD", "MS-STD", "SEC-EDR"))


def make_invoice(
    chance: random.Random, number: str, buyer: Buyer, entity: str | None = None
) -> Json:
    """Make an invoice of one or two lines; its id is its number's, unique in a workspace."""
    today = datetime.now(UTC).date()
    return _with_lines(
        chance,
        {
            "id": f"inv_{number}",
            "number": number,
            "revision": 1,
            "issue_date": today.isoformat(),
            "due_date": (today + timedelta(days=buyer.days)).isoformat(),
            "currency": "GBP",
            "prices": "tax_exclusive",
            "entity": entity,
            "push": "auto",
            "customer": {"id": buyer.id, "name": buyer.name, "email": buyer.email},
        },
    )


def changed(chance: random.Random, invoice: Json) -> Json:
    """Return the next revision of an invoice, with other lines and another total."""
    return _with_lines(chance, invoice | {"revision": invoice["revision"] + 1})


def event(type_: str, invoice: Json) -> Json:
    """Return what billing tells about an invoice."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return {"type": f"invoice.{type_}", "timestamp": at, "data": invoice}


def event_id(type_: str, invoice: Json) -> str:
    """Return the id under which billing tells it, as often as it does."""
    return f"evt_{invoice['number']}_{invoice['revision']}_{type_}"


def _with_lines(chance: random.Random, invoice: Json) -> Json:
    articles = chance.sample(SOLD, chance.choice((1, 1, 2)))
    lines = [_line(n, article, chance.randint(1, 40)) for n, article in enumerate(articles, 1)]
    subtotal = sum((Decimal(line["amount"]) for line in lines), Decimal(0))
    tax = subtotal * VAT20.rate / 100
    sums = {"subtotal": subtotal, "tax_total": tax, "total": subtotal + tax}
    return invoice | {"lines": lines} | {name: f"{value:.2f}" for name, value in sums.items()}


def _line(position: int, article: Any, quantity: int) -> Json:
    amount = article.price * quantity
    return {
        "id": str(position),
        "service": {"code": article.code, "name": article.name},
        "description": article.name,
        "quantity": str(quantity),
        "unit_price": f"{article.price:f}",
        "tax_code": {"code": VAT20.code, "name": VAT20.name, "rate": f"{VAT20.rate:f}"},
        "amount": f"{amount:.2f}",
        "tax_amount": f"{amount * VAT20.rate / 100:.2f}",
    }


def buyers(prefix: str, count: int, known: Sequence[str] = ()) -> list[Buyer]:
    """Make customers: those the ledger knows by name already, then new ones."""
    place = ("1 Mill Lane", "Leeds", "LS1 1AA")
    new = (f"Moorland Practice {prefix} {n:02} Ltd" for n in range(1, count + 1))
    names = [*known, *new][:count]
    return [
        Buyer(f"cus_{prefix}_{n}", name, f"ap{n}@moorland.example", place, 30)
        for n, name in enumerate(names, 1)
    ]
