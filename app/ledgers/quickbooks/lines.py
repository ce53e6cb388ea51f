"""Put the lines of an invoice into QuickBooks' words, to the penny.

QuickBooks: Invoice, Line; an amount beside a quantity and a price must be their product, rounded
half-up (6070).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from app.domain.money import round_money
from app.domain.push_plan import PlannedLine
from app.ledgers.quickbooks import text

# A price may have this many decimals; more are rounded before they are multiplied.
_PRICE = Decimal("0.0000001")
# QuickBooks rounds the product to this, whatever the currency.
_AMOUNT = Decimal("0.01")
MOST = 750  # lines of a taxable transaction

Line = dict[str, Any]
TaxCode = Callable[[PlannedLine], str | None]


def document_lines(
    lines: tuple[PlannedLine, ...], currency: str, *, inclusive: bool, tax_code: TaxCode
) -> list[Line]:
    """Return the Line array, discounts last. Raises ValueError with a sentence."""
    if not lines:
        raise ValueError("The invoice has no lines, and QuickBooks takes none without.")
    if len(lines) > MOST:
        raise ValueError(f"The invoice has {len(lines)} lines; QuickBooks takes {MOST}.")
    ordered = sorted(lines, key=lambda planned: planned.line.position)
    discounts = [planned for planned in ordered if _is_discount(planned)]
    built = [
        _line(planned, currency, inclusive, tax_code)
        for planned in ordered
        if planned not in discounts
    ]
    return built + _discount(discounts, ordered, currency, inclusive, tax_code)


def _line(planned: PlannedLine, currency: str, inclusive: bool, tax_code: TaxCode) -> Line:
    line = planned.line
    if planned.item_id is None:
        if line.amount != 0:
            # Without an item QuickBooks would keep the words and drop the money.
            raise ValueError(f"{_called(planned)} has an amount but no QuickBooks item.")
        return {
            "Description": text.many_lines(line.description, text.DESCRIPTION),
            "DetailType": "DescriptionOnly",
            "DescriptionLineDetail": {},
        }
    detail: Line = {"ItemRef": {"value": planned.item_id}}
    description = text.many_lines(line.description, text.DESCRIPTION)
    if inclusive:
        amount, extra = _gross(planned, currency)
        description = _with_quantity(planned, description)
    else:
        amount, extra = _money(line.amount, currency, planned), _quantity(planned)
    detail |= extra
    code = tax_code(planned)
    if code is not None:
        detail["TaxCodeRef"] = {"value": code}
    if line.service_date is not None:
        detail["ServiceDate"] = line.service_date.isoformat()
    finished: Line = {"Description": description} if description else {}
    return finished | {
        "Amount": amount,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": detail,
    }


def _quantity(planned: PlannedLine) -> Line:
    """Return Qty and UnitPrice when their product is the amount, else a price that makes it so.

    A discount on the line ends up in the price; where no price of seven decimals gives the amount,
    QuickBooks gets the amount alone.
    """
    line = planned.line
    if line.quantity == 0:
        return {}
    for price in (line.unit_price, line.amount / line.quantity):
        rounded = price.quantize(_PRICE, rounding=ROUND_HALF_UP)
        product = (line.quantity * rounded).quantize(_AMOUNT, rounding=ROUND_HALF_UP)
        if product == line.amount:
            return {"Qty": _plain(line.quantity), "UnitPrice": _plain(rounded)}
    return {}


def _gross(planned: PlannedLine, currency: str) -> tuple[Decimal, Line]:
    """Return the net amount, and the gross beside it.

    No quantity and no price: QuickBooks would hold their product, gross, against the net amount.
    """
    gross = _money(planned.line.amount, currency, planned)
    net = gross - _money(planned.line.tax_amount, currency, planned)
    return net, {"TaxInclusiveAmt": gross}


def _with_quantity(planned: PlannedLine, description: str) -> str:
    line = planned.line
    if line.quantity in (0, 1):
        return description
    words = f"({_plain(line.quantity)} × {_plain(line.unit_price)})"
    return f"{text.cut(description, text.DESCRIPTION - len(words) - 1)} {words}".strip()


def _is_discount(planned: PlannedLine) -> bool:
    return planned.item_id is None and planned.line.amount < 0


def _discount(
    discounts: list[PlannedLine],
    lines: list[PlannedLine],
    currency: str,
    inclusive: bool,
    tax_code: TaxCode,
) -> list[Line]:
    """Put discounts without an item into QuickBooks' one discount line, a positive amount."""
    if not discounts:
        return []
    if inclusive or not _bear_one_tax(lines, tax_code):
        raise ValueError(
            f"{_called(discounts[0])} is a discount over lines of different tax;"
            " QuickBooks needs an item for it."
        )
    amounts = [_money(planned.line.amount, currency, planned) for planned in discounts]
    words = ", ".join(planned.line.description for planned in discounts)
    return [
        {
            "Description": text.many_lines(words, text.DESCRIPTION),
            "Amount": -sum(amounts, Decimal()),
            "DetailType": "DiscountLineDetail",
            "DiscountLineDetail": {"PercentBased": False},
        }
    ]


def _bear_one_tax(lines: list[PlannedLine], tax_code: TaxCode) -> bool:
    """Tell whether every line with money, the discounts too, bears the same tax.

    QuickBooks spreads a discount over everything before it works out the tax; only then is that
    what billing meant.
    """
    return len({tax_code(planned) for planned in lines if planned.line.amount != 0}) == 1


def _money(amount: Decimal, currency: str, planned: PlannedLine) -> Decimal:
    rounded = round_money(amount, currency)
    if rounded != amount:
        raise ValueError(
            f"{_called(planned)} amounts to {_plain(amount)} {currency}:"
            " finer than the currency's smallest coin."
        )
    return rounded


def _plain(number: Decimal) -> Decimal:
    """Return 12 for 12.00000, and never an exponent."""
    whole = number.to_integral_value()
    return whole.quantize(Decimal(1)) if number == whole else number.normalize()


def _called(planned: PlannedLine) -> str:
    described = text.one_line(planned.line.description, 60)
    return f"Line {planned.line.position}, “{described}”,"
