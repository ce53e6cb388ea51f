"""What billing may say of a credit note, and one sentence for each mistake."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.billing.read_event import NotAcceptable, read_event
from app.domain.billing_event import Applied, InvoiceEvent, VoidEvent
from app.domain.states import DocumentKind
from tests.billing import event, line
from tests.crediting import credit_note

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def read(data, type_="credit_note.finalised"):
    return read_event(event(type_, data), NOW)


def errors_of(data, type_="credit_note.finalised"):
    with pytest.raises(NotAcceptable) as refused:
        read(data, type_)
    return refused.value.errors


def test_a_credit_note_is_an_invoices_body_with_what_it_is_put_on():
    event_ = read(credit_note(on={"INV-0001": "20.00", "INV-0002": "100.00"}))
    assert isinstance(event_, InvoiceEvent)
    assert (event_.kind, event_.invoice.total) == (DocumentKind.CREDIT_NOTE, Decimal(120))
    assert (event_.invoice.due_date, event_.recurring) == (None, False)
    assert event_.applies_to == (
        Applied("inv_INV-0001", Decimal(20)),
        Applied("inv_INV-0002", Decimal(100)),
    )


@pytest.mark.parametrize("on", [{}, {"applies_to": None}, {"applies_to": []}])
def test_what_it_is_put_on_may_be_left_out(on):
    assert read(credit_note() | on).applies_to == ()


def test_a_due_date_is_ignored_as_any_unknown_field():
    assert read(credit_note() | {"due_date": "nonsense", "recurring": 7}).invoice.due_date is None


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ([{"invoice": "inv_1", "amount": "120.01"}], "data.applies_to"),
        ([{"invoice": "inv_1", "amount": "0.00"}], "data.applies_to.0.amount"),
        ([{"invoice": "inv_1", "amount": 120}], "data.applies_to.0.amount"),
        ([{"invoice": "inv_1"}], "data.applies_to.0.amount"),
        ([{"amount": "1.00"}], "data.applies_to.0.invoice"),
        ("inv_1", "data.applies_to"),
    ],
)
def test_a_wrong_part_is_named_by_its_field(parts, path):
    assert list(errors_of(credit_note() | {"applies_to": parts})) == [path]


def test_amounts_are_positive():
    minus = line(quantity="1", unit_price="-100", amount="-100.00", tax_amount="-20.00")
    sums = {"subtotal": "-100.00", "tax_total": "-20.00", "total": "-120.00"}
    errors = errors_of(credit_note(lines=[minus], **sums))
    assert errors == {"data.total": "A credit note's amounts are written without a minus."}


def test_a_void_needs_no_more_than_its_id_and_revision():
    event_ = read({"id": "cn_1", "revision": 2}, "credit_note.voided")
    assert isinstance(event_, VoidEvent)
    assert (event_.kind, event_.whole) == (DocumentKind.CREDIT_NOTE, None)


def test_a_void_may_describe_the_whole_credit_note():
    event_ = read(credit_note(), "credit_note.voided")
    assert event_.whole.kind == DocumentKind.CREDIT_NOTE
