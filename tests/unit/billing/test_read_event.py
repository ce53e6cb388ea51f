"""Bodies of billing: what they may hold, and the sentence for each thing they may not."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.billing.read_event import NotAcceptable, read_event, type_of
from app.domain.billing_event import (
    CustomerEvent,
    InvoiceEvent,
    NamedService,
    OtherEvent,
    RatedTaxCode,
    VoidEvent,
)
from tests.billing import event, finalised, invoice, line, one_line

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
MAY_BE_ABSENT = {"due_date", "entity", "recurring", "push", "reference", "memo", "url"}


def refused(body: Any) -> dict[str, str]:
    """Return what is said of each field of a body that is refused."""
    with pytest.raises(NotAcceptable) as caught:
        read_event(body, NOW)
    return caught.value.errors


def read(body: Any) -> Any:
    return read_event(body, NOW)


def test_an_invoice_is_read_to_the_last_field() -> None:
    told = read(finalised())

    assert isinstance(told, InvoiceEvent)
    assert told.at == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    assert told.services == (NamedService("MW-STD", "Managed Workstation"),)
    assert told.tax_codes == (RatedTaxCode("VAT20", "VAT Standard 20%", Decimal(20)),)
    assert (told.push, told.recurring, told.entity) == ("auto", True, None)
    assert told.invoice.due_date == date(2026, 12, 20)
    assert told.invoice.customer.address is not None
    assert told.invoice.customer.address["city"] == "Leeds"
    assert [(one.service_code, one.amount) for one in told.invoice.lines] == [
        ("MW-STD", Decimal("450.00"))
    ]


def test_without_a_timestamp_it_is_now() -> None:
    body = finalised()
    del body["timestamp"]

    assert read(body).at == NOW


def test_a_line_without_a_description_is_called_after_its_service() -> None:
    told = read(finalised(lines=[line(description=None)]))

    assert told.invoice.lines[0].description == "Managed Workstation"


def test_a_line_needs_neither_service_nor_tax_code() -> None:
    told = read(finalised(lines=[line(service=None, tax_code=None)]))

    assert (told.invoice.lines[0].service_code, told.services, told.tax_codes) == (None, (), ())


def test_a_void_needs_two_fields_and_takes_all() -> None:
    short = read(event("invoice.voided", {"id": "inv_8812", "revision": 2}))
    whole = read(event("invoice.voided", invoice(revision=2)))

    assert isinstance(short, VoidEvent)
    assert (short.revision, short.whole) == (2, None)
    assert whole.whole.invoice.number == "INV-2041"


def test_a_customer_is_read() -> None:
    told = read(event("customer.updated", {"id": "cus_17", "name": "Oak & Ash Ltd", "email": ""}))

    assert isinstance(told, CustomerEvent)
    assert (told.customer.name, told.customer.email) == ("Oak & Ash Ltd", None)


def test_what_nobody_acts_on_is_not_looked_into() -> None:
    assert read(event("moon.landed", {"crew": [1.5, None]})) == OtherEvent("moon.landed")


@pytest.mark.parametrize("body", [None, [], "text", 7, {}, {"type": 7}, {"type": "a\x00"}])
def test_of_what_has_no_type_none_is_shown(body: Any) -> None:
    assert type_of(body) is None


@pytest.mark.parametrize(
    "value",
    [450.0, 450, True, None, [], {}, "450,00", "4.5e2", "NaN", "Infinity", "-", "", " 450.00",
     "٤٥٠", "450.", ".5", "0x1C2", "£450", "1_000"],
    ids=repr,
)  # fmt: skip
def test_money_is_a_plain_decimal_in_a_string(value: Any) -> None:
    assert list(refused(finalised(total=value))) == ["data.total"]


def test_a_number_wider_than_any_ledger_is_refused() -> None:
    wide = "1" + "0" * 13 + ".00"

    assert set(refused(one_line(wide))) == {
        "data.lines.0.unit_price",
        "data.lines.0.amount",
        "data.subtotal",
        "data.total",
    }


def test_a_penny_has_no_parts() -> None:
    assert refused(one_line("450.005"))["data.subtotal"] == (
        "450.005 is too fine: GBP has 2 decimals."
    )


def test_a_negative_invoice_is_a_credit_note() -> None:
    assert refused(one_line("-450.00"))["data.total"] == (
        "The total is -450.00: that is a credit note."
    )


@pytest.mark.parametrize("path", ["number", "memo", "reference", "entity", "id", "url"])
@pytest.mark.parametrize("character", ["\x00", "\x07", "\x7f", "\x9b", "\ud800"], ids=ascii)
def test_characters_that_are_no_text_are_refused(path: str, character: str) -> None:
    errors = refused(finalised(**{path: f"https://a{character}b"}))

    assert list(errors) == [f"data.{path}"]
    assert f"U+{ord(character):04X}" in errors[f"data.{path}"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("issue_date", "2026-02-30"),
        ("issue_date", "20.11.2026"),
        ("issue_date", "20261120"),
        ("issue_date", 20261120),
        ("due_date", "2026-12-20T00:00:00"),
        ("currency", "gbp"),
        ("currency", "POUND"),
        ("currency", ["GBP"]),
        ("prices", "gross"),
        ("push", "maybe"),
        ("push", None),
        ("revision", 0),
        ("revision", -1),
        ("revision", "1"),
        ("revision", 1.0),
        ("revision", True),
        ("revision", 2**31),
        ("recurring", "yes"),
        ("lines", []),
        ("lines", {}),
        ("lines", None),
        ("customer", "Oak & Ash Ltd"),
        ("customer", None),
        ("number", "7" * 101),
        ("number", "  "),
        ("url", "javascript:alert(1)"),
    ],
)
def test_each_field_says_what_it_takes(field: str, value: Any) -> None:
    assert list(refused(finalised(**{field: value}))) == [f"data.{field}"]


@pytest.mark.parametrize("field", sorted(set(invoice()) - MAY_BE_ABSENT))
def test_what_must_be_there_is_named_when_it_is_not(field: str) -> None:
    body = finalised()
    del body["data"][field]

    assert refused(body) == {f"data.{field}": "This is missing."}


def test_751_lines_are_too_many() -> None:
    assert refused(finalised(lines=[line()] * 751)) == {
        "data.lines": "There are 751 lines; 750 is the most."
    }


def test_two_rates_for_one_code_are_refused() -> None:
    other = {"code": "VAT20", "name": "VAT Standard 20%", "rate": "5"}

    errors = refused(finalised(lines=[line(), line(id="2", tax_code=other)]))

    assert errors == {
        "data.lines.1.tax_code.rate": "VAT20 has the rate 5 here and 20 on an earlier line."
    }
