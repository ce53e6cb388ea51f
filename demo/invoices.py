"""Make the invoices a managed-service provider finalises: the same ones for the same seed.

Every sum is exact: an amount is quantity × price rounded half-up, and the tax of a rate is worked
out on that rate's whole net and shared over its lines, so lines, taxes and totals agree.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from demo.catalogue import BUYERS, CERTIFICATION, MONTHLY, OCCASIONAL, Article, Buyer, Tax

PENNY = Decimal("0.01")
SEED = 20261120
FIRST_NUMBER = 2041
# Invoices of the last so many days; the newest are of the day itself.
SPREAD_DAYS = 12
# Who is quoted prices with VAT in them: this buyer's invoices come tax_inclusive.
_INCLUSIVE = "cus_05"

Json = dict[str, Any]
Sold = tuple[Article, Decimal, Decimal]  # what, how many, discount in percent


def demo_invoices(
    today: date,
    count: int = 40,
    *,
    buyers: Sequence[Buyer] = BUYERS,
    first_number: int = FIRST_NUMBER,
    seed: int = SEED,
    only_monthly: bool = False,
) -> list[Json]:
    """Return invoices as billing describes them, oldest first.

    Each buyer's first one holds monthly services only, which need no person to be mapped.
    """
    chance = random.Random(seed)
    made = []
    for position in range(count):
        buyer = buyers[position % len(buyers)]
        monthly = only_monthly or position < len(buyers)
        sold = _monthly(chance) if monthly else _occasional(chance, position)
        day = today - timedelta(days=SPREAD_DAYS - SPREAD_DAYS * (position + 1) // count)
        made.append(_invoice(first_number + position, buyer, sold, day, recurring=monthly))
    return made


def finalised(invoice: Json, at: str) -> Json:
    """Return the event that an invoice was finalised."""
    return {"type": "invoice.finalised", "timestamp": at, "data": invoice}


def _monthly(chance: random.Random) -> list[Sold]:
    seats = chance.choice(MONTHLY[0].quantities)
    sold = [(MONTHLY[0], Decimal(seats), Decimal(0)), (MONTHLY[2], Decimal(seats), Decimal(0))]
    others = chance.sample([a for a in MONTHLY if a not in (MONTHLY[0], MONTHLY[2])], 3)
    return sold + [_some(article, chance) for article in others]


def _occasional(chance: random.Random, position: int) -> list[Sold]:
    """Return one to four lines; over 40 invoices everything is sold at least once."""
    first = OCCASIONAL[position % len(OCCASIONAL)]
    sold = [_some(first, chance)]
    if position % 3 == 0:
        sold.append(_some(chance.choice(MONTHLY), chance, discount="7.5"))
    if position % 5 == 0:
        sold.append(_some(chance.choice([a for a in OCCASIONAL if a != first]), chance))
    if position % 13 == 0:
        sold.append(_some(CERTIFICATION, chance, discount="10"))
    return sold


def _some(article: Article, chance: random.Random, discount: str = "0") -> Sold:
    return article, Decimal(chance.choice(article.quantities)), Decimal(discount)


def _invoice(number: int, buyer: Buyer, sold: Sequence[Sold], day: date, recurring: bool) -> Json:
    inclusive = buyer.id == _INCLUSIVE
    lines = [_line(at, each, day, inclusive) for at, each in enumerate(sold, start=1)]
    _share_taxes(lines, inclusive)
    amounts = sum((line["amount"] for line in lines), Decimal(0))
    tax = sum((line["tax_amount"] for line in lines), Decimal(0))
    subtotal = amounts - tax if inclusive else amounts
    return {
        "id": f"inv_{number}",
        "number": f"INV-{number}",
        "revision": 1,
        "issue_date": day.isoformat(),
        "due_date": (day + timedelta(days=buyer.days)).isoformat(),
        "currency": "GBP",
        "prices": "tax_inclusive" if inclusive else "tax_exclusive",
        "entity": None,
        "recurring": recurring,
        "push": "auto",
        "reference": f"PO {number * 7 % 10_000:04}" if number % 3 == 0 else None,
        "memo": "Thank you for your business",
        "url": f"https://billing.example/invoices/inv_{number}",
        "customer": _customer(buyer),
        "lines": [_as_text(line) for line in lines],
        "subtotal": f"{subtotal:.2f}",
        "tax_total": f"{tax:.2f}",
        "total": f"{subtotal + tax:.2f}",
    }


def _line(position: int, sold: Sold, day: date, inclusive: bool) -> Json:
    article, quantity, discount = sold
    price = article.price * (1 + article.tax.rate / 100) if inclusive else article.price
    return {
        "id": str(position),
        "service": {"code": article.code, "name": article.name},
        "description": f"{article.name}, {day:%B %Y}",
        "service_date": day.isoformat(),
        "quantity": quantity,
        "unit_price": price.normalize(),
        "discount_percent": discount or None,
        "tax_code": article.tax,
        "amount": _pennies(quantity * price * (100 - discount) / 100),
        "tax_amount": Decimal(0),
    }


def _share_taxes(lines: Sequence[Json], inclusive: bool) -> None:
    """Give every line its tax.

    Prices that include tax hold it line by line; else a rate's tax is that of its whole net, and
    its last line takes the odd penny.
    """
    of_rate: dict[Tax, list[Json]] = defaultdict(list)
    for line in lines:
        of_rate[line["tax_code"]].append(line)
    for tax, theirs in of_rate.items():
        divisor = 100 + tax.rate if inclusive else Decimal(100)
        for line in theirs:
            line["tax_amount"] = _pennies(line["amount"] * tax.rate / divisor)
        if not inclusive:
            net = sum((line["amount"] for line in theirs), Decimal(0))
            odd = _pennies(net * tax.rate / 100) - sum(line["tax_amount"] for line in theirs)
            theirs[-1]["tax_amount"] += odd


def _customer(buyer: Buyer) -> Json:
    street, town, postcode = buyer.address
    place = {"line1": street, "line2": None, "city": town, "region": None, "postcode": postcode}
    return {
        "id": buyer.id,
        "name": buyer.name,
        "email": buyer.email,
        "phone": None,
        "tax_number": buyer.tax_number,
        "address": place | {"country": "GB"},
    }


def _as_text(line: Json) -> Json:
    tax: Tax = line["tax_code"]
    numbers = ("quantity", "unit_price", "discount_percent", "amount", "tax_amount")
    shown = {name: None if line[name] is None else f"{line[name]:f}" for name in numbers}
    code = {"code": tax.code, "name": tax.name, "rate": f"{tax.rate:f}"}
    return line | shown | {"tax_code": code}


def _pennies(amount: Decimal) -> Decimal:
    return amount.quantize(PENNY, ROUND_HALF_UP)
