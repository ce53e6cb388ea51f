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
from app.ledgers.quickbooks.remarks import Remarks

# A price may have this many decimals; more are rounded before they are multiplied.
_PRICE = Decimal("0.0000001")
# QuickBooks rounds the product to this, whatever the currency.
_AMOUNT = Decimal("0.01")
# An amount has ten digits before the point and five after it.
_TOO_LARGE = Decimal(10) ** 10
MOST = 750  # lines of a taxable transaction
_NO_LINES = "The invoice has no lines, and QuickBooks takes none without."

Line = dict[str, Any]
TaxCode = Callable[[PlannedLine], str | None]


def document_lines(
    lines: tuple[PlannedLine, ...],
    currency: str,
    *,
    inclusive: bool,
    tax_code: TaxCode,
    remarks: Remarks | None = None,
) -> list[Line]:
    """Return the Line array, discounts last. Raises ValueError with a sentence.

    remarks: learns what of the descriptions was lost.
    """
    remarks = remarks or Remarks()
    if not lines:
        raise ValueError(_NO_LINES)
    if len(lines) > MOST:
        raise ValueError(f"The invoice has {len(lines)} lines; QuickBooks takes {MOST}.")
    ordered = sorted(lines, key=lambda planned: planned.line.position)
    discounts = [planned for planned in ordered if _is_discount(planned)]
    built = [
        line
        for planned in ordered
        if not _is_discount(planned)
        and (line := _line(planned, currency, inclusive, tax_code, remarks)) is not None
    ]
    built += _discount(discounts, ordered, currency, inclusive, tax_code, remarks)
    if not built:
        raise ValueError(_NO_LINES)
    return built


def _line(
    planned: PlannedLine, currency: str, inclusive: bool, tax_code: TaxCode, remarks: Remarks
) -> Line | None:
    """Return one line; None for a text line that says nothing."""
    line = planned.line
    if planned.item_id is None:
        if line.amount != 0:
            # Without an item QuickBooks would keep the words and drop the money.
            raise ValueError(f"{_called(planned)} has an amount but no QuickBooks item.")
        words = _described(planned, "", remarks)
        kind = {"DetailType": "DescriptionOnly", "DescriptionLineDetail": {}}
        return {"Description": words} | kind if words else None
    detail: Line = {"ItemRef": {"value": planned.item_id}}
    if inclusive:
        amount, extra = _gross(planned, currency)
    else:
        amount, extra = _money(line.amount, currency, planned), _quantity(planned)
    detail |= extra
    if planned.class_id is not None:
        detail["ClassRef"] = {"value": planned.class_id}
    code = tax_code(planned)
    if code is not None:
        detail["TaxCodeRef"] = {"value": code}
    if line.service_date is not None:
        detail["ServiceDate"] = line.service_date.isoformat()
    exact = extra.get("Qty") == line.quantity and extra.get("UnitPrice") == line.unit_price
    description = _described(planned, "" if exact else _how(planned, currency), remarks)
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
    if line.quantity == 0 or not _fits(line.quantity):
        return {}
    for price in (line.unit_price, line.amount / line.quantity):
        if abs(price) >= _TOO_LARGE:
            continue
        rounded = price.quantize(_PRICE, rounding=ROUND_HALF_UP)
        product = line.quantity * rounded
        if _half_up(product) == line.amount and not _is_in_doubt(product):
            return {"Qty": _plain(line.quantity), "UnitPrice": _plain(rounded)}
    return {}


def _fits(quantity: Decimal) -> bool:
    """Tell whether a quantity needs no more digits than a price may have: its own are unknown."""
    return abs(quantity) < _TOO_LARGE and quantity == quantity.quantize(_PRICE)


def _half_up(product: Decimal) -> Decimal:
    return product.quantize(_AMOUNT, rounding=ROUND_HALF_UP)


def _is_in_doubt(product: Decimal) -> bool:
    """Tell whether it is a negative half penny: which way QuickBooks rounds one is not known."""
    return product < 0 and abs(_half_up(product) - product) == _AMOUNT / 2


def _gross(planned: PlannedLine, currency: str) -> tuple[Decimal, Line]:
    """Return the net amount, and the gross beside it.

    No quantity and no price: QuickBooks would hold their product, gross, against the net amount.
    """
    gross = _money(planned.line.amount, currency, planned)
    net = gross - _money(planned.line.tax_amount, currency, planned)
    return net, {"TaxInclusiveAmt": gross}


def _how(planned: PlannedLine, currency: str) -> str:
    """Return quantity, price and discount in words, for where QuickBooks does not get them so.

    Nothing where they say no more than the amount does.
    """
    line = planned.line
    if line.quantity == 1 and line.unit_price == line.amount:
        return ""
    if line.quantity == 0 and line.unit_price == 0:
        return ""
    price = _as_money(line.unit_price, currency)
    words = price if line.quantity == 1 else f"{_plain(line.quantity)} × {price}"
    less = f" less {_plain(line.discount_percent)}%" if line.discount_percent else ""
    return f"({words}{less})"


def _as_money(price: Decimal, currency: str) -> str:
    """Return 37.50 for 37.5 pounds, and 0.000138889 as it is."""
    plain = _plain(price)
    rounded = round_money(price, currency)
    return f"{rounded if rounded == plain else plain:f}"


def _described(planned: PlannedLine, words: str, remarks: Remarks) -> str:
    """Return a line's description with words of ours behind it; these are never cut."""
    line = planned.line
    room = text.DESCRIPTION - (len(words) + 1 if words else 0)
    place = f"the description of line {line.position}"
    return f"{remarks.many_lines(place, line.description, room)} {words}".strip()


def _is_discount(planned: PlannedLine) -> bool:
    return planned.item_id is None and planned.line.amount < 0


def _discount(
    discounts: list[PlannedLine],
    lines: list[PlannedLine],
    currency: str,
    inclusive: bool,
    tax_code: TaxCode,
    remarks: Remarks,
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
            "Description": remarks.many_lines(
                "the description of the discount", words, text.DESCRIPTION
            ),
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
    if abs(rounded) >= _TOO_LARGE:
        raise ValueError(
            f"{_called(planned)} amounts to {_plain(amount)} {currency}:"
            " QuickBooks keeps ten digits before the point."
        )
    return rounded


def _plain(number: Decimal) -> Decimal:
    """Return 12 for 12.00000, and never an exponent."""
    whole = number.to_integral_value()
    return whole.quantize(Decimal(1)) if number == whole else number.normalize()


def _called(planned: PlannedLine) -> str:
    described = text.one_line(planned.line.description, 60)
    return f"Line {planned.line.position}, “{described}”,"
