"""Class, department, terms and exchange rate: optional, and each says what it takes."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.billing.read_event import NotAcceptable, read_event
from app.domain.billing_event import InvoiceEvent, Named
from tests.billing import finalised, line

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
LEEDS = {"code": "LEEDS", "name": "Leeds office"}


def refused(body: Any) -> dict[str, str]:
    with pytest.raises(NotAcceptable) as caught:
        read_event(body, NOW)
    return caught.value.errors


def test_they_are_read_with_what_they_are_called() -> None:
    told = read_event(
        finalised(
            lines=[line(**{"class": LEEDS})],
            department={"code": "N", "name": "North"},
            terms={"code": "NET30", "name": "30 days"},
            exchange_rate="0.843712345678",
        ),
        NOW,
    )
    assert isinstance(told, InvoiceEvent)
    assert told.classes == (Named("LEEDS", "Leeds office"),)
    assert (told.department, told.terms) == (Named("N", "North"), Named("NET30", "30 days"))
    assert told.invoice.lines[0].class_code == "LEEDS"
    assert (told.invoice.department_code, told.invoice.terms_code) == ("N", "NET30")
    assert told.invoice.exchange_rate == Decimal("0.843712345678")


def test_none_of_them_must_be_there() -> None:
    told = read_event(finalised(lines=[line(**{"class": None})], department=None), NOW)
    assert isinstance(told, InvoiceEvent)
    assert (told.classes, told.department, told.terms) == ((), None, None)
    assert told.invoice.exchange_rate is None


@pytest.mark.parametrize("rate", ["0", "-1.2", "0.0000"])
def test_a_rate_is_above_zero(rate: str) -> None:
    assert refused(finalised(exchange_rate=rate)) == {"data.exchange_rate": "This must be above 0."}


def test_two_names_for_one_class_are_refused_by_the_name_billing_knows() -> None:
    one, other = line(**{"class": LEEDS}), line(id="2", **{"class": LEEDS | {"name": "Leeds"}})
    errors = refused(
        finalised(lines=[one, other], subtotal="900.00", tax_total="180.00", total="1080.00")
    )
    assert list(errors) == ["data.lines.1.class.name"]


@pytest.mark.parametrize("field", ["department", "terms"])
def test_a_code_without_a_name_is_refused(field: str) -> None:
    assert refused(finalised(**{field: {"code": "X"}})) == {
        f"data.{field}.name": "This is missing."
    }


@pytest.mark.parametrize("day", ["0026-11-30", "1899-12-31", "2200-01-01"])
def test_a_day_of_another_century_is_a_slip(day: str) -> None:
    assert "1900 to 2199" in refused(finalised(issue_date=day))["data.issue_date"]
