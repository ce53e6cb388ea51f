"""QuickBooks' JSON as our values, from its own recordings and from what people report."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.ledgers import exact_json
from app.ledgers.interface import LedgerInvoice, LedgerPayment, Settlement
from app.ledgers.quickbooks.payments import payment_of, refund_of
from app.ledgers.quickbooks.reader import (
    amount,
    customer_of,
    invoice_of,
    moment,
    written_customer,
    written_of,
)
from tests.outside import recorded_bodies

INVOICE: dict[str, Any] = {
    "Id": "301",
    "SyncToken": "2",
    "MetaData": {"LastUpdatedTime": "2026-11-20T02:11:07-08:00"},
    "DocNumber": "INV-2041",
    "TxnDate": "2026-11-20",
    "DueDate": "2026-12-20",
    "CurrencyRef": {"value": "GBP", "name": "British Pound Sterling"},
    "CustomerRef": {"value": "58", "name": "Oak & Ash Ltd"},
    "PrivateNote": "Ledgerbridge inv_8812",
    "TxnTaxDetail": {"TotalTax": Decimal("90.00")},
    "TotalAmt": Decimal("540.00"),
    "Balance": Decimal("440.00"),
}


def test_an_invoice() -> None:
    assert invoice_of(INVOICE) == LedgerInvoice(
        ledger_id="301",
        version="2",
        number="INV-2041",
        customer_ledger_id="58",
        customer_name="Oak & Ash Ltd",
        issue_date=date(2026, 11, 20),
        due_date=date(2026, 12, 20),
        currency="GBP",
        total=Decimal(540),
        tax_total=Decimal(90),
        balance=Decimal(440),
        marker="Ledgerbridge inv_8812",
        voided=False,
        deleted=False,
        updated_at=datetime(2026, 11, 20, 10, 11, 7, tzinfo=UTC),
    )


def test_what_lines_sell_is_read_with_its_item_also_inside_of_a_bundle() -> None:
    def sells(description: str | None, item: str | None) -> dict[str, Any]:
        detail = {"ItemRef": {"value": item}} if item else {}
        return {"Description": description, "SalesItemLineDetail": detail}

    lines = [
        sells("Managed SOC", "32"),
        sells("A remark", None),
        sells(None, "33"),
        {"DetailType": "GroupLineDetail", "GroupLineDetail": {"Line": [sells("Backup", "35")]}},
        {"DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}},
        "nonsense",
    ]
    assert invoice_of({**INVOICE, "Line": lines}).sold == (("Managed SOC", "32"), ("Backup", "35"))


def test_the_stub_of_a_deleted_invoice() -> None:
    stub = {
        "domain": "QBO",
        "status": "Deleted",
        "Id": "177",
        "MetaData": {"LastUpdatedTime": "2026-11-20T01:20:00-08:00"},
    }
    read = invoice_of(stub)
    assert (read.ledger_id, read.deleted, read.total, read.number) == ("177", True, 0, None)


@pytest.mark.parametrize(
    ("change", "voided"),
    [
        ({"TotalAmt": 0, "PrivateNote": "Voided"}, True),
        ({"TotalAmt": 0, "PrivateNote": "Voided - Ledgerbridge inv_8812"}, True),
        ({"TotalAmt": 0, "status": "Voided"}, True),
        ({"TotalAmt": 0}, False),  # a free invoice is an invoice
        ({"PrivateNote": "Voided cheque came back"}, False),  # with money in it
    ],
)
def test_a_void_has_no_money_and_says_so(change: dict[str, Any], voided: bool) -> None:
    assert invoice_of(INVOICE | change).voided is voided


def test_the_remaining_part_of_a_credit_is_its_balance() -> None:
    memo = {"Id": "9", "TotalAmt": 100, "RemainingCredit": 40, "Balance": 0}
    read = invoice_of(memo, credit=True)
    assert (read.credit, read.total, read.balance) == (True, 100, 40)


def payment(*lines: dict[str, Any], **fields: Any) -> LedgerPayment:
    return payment_of(
        {"Id": "312", "SyncToken": "0", "TotalAmt": 200, "Line": list(lines)} | fields
    )


def line(value: int | str, kind: str, identity: str) -> dict[str, Any]:
    return {"Amount": Decimal(value), "LinkedTxn": [{"TxnId": identity, "TxnType": kind}]}


def test_one_payment_settles_several_invoices() -> None:
    read = payment(line(120, "Invoice", "301"), line(57, "Invoice", "309"), UnappliedAmt=23)
    assert read.settlements == (
        Settlement("301", Decimal(120)),
        Settlement("309", Decimal(57)),
    )
    assert (read.amount, read.unapplied) == (200, 23)


def test_two_lines_to_one_invoice_are_one_settlement() -> None:
    read = payment(line(100, "Invoice", "301"), line("20.50", "Invoice", "301"))
    assert read.settlements == (Settlement("301", Decimal("120.50")),)


def test_a_credit_applied_by_a_payment_of_nothing_settles_the_invoice() -> None:
    lines = (line(40, "Invoice", "301"), line(40, "CreditMemo", "320"))
    read = payment(*lines, TotalAmt=0, UnappliedAmt=0)
    assert (read.amount, read.settlements) == (0, (Settlement("301", Decimal(40)),))


@pytest.mark.parametrize(
    "other",
    [
        line(5, "JournalEntry", "7"),
        {"Amount": Decimal(5)},
        {"Amount": Decimal(5), "LinkedTxn": []},
        {"Amount": Decimal(5), "LinkedTxn": [{"TxnType": "Invoice"}]},
        {"Amount": Decimal(5), "LinkedTxn": [{"TxnId": "1", "TxnType": "Invoice"}] * 2},
    ],
)
def test_what_settles_no_invoice_of_ours_is_passed_over(other: dict[str, Any]) -> None:
    assert payment(other).settlements == ()


@pytest.mark.parametrize(
    ("lines", "total", "kind", "amount"),
    [
        ([line(40, "Invoice", "301")], 40, "payment", 40),
        ([], 40, "payment", 40),
        ([line(40, "Invoice", "301"), line(40, "CreditMemo", "320")], 0, "credit", 0),
        ([line(60, "Invoice", "301"), line(40, "CreditMemo", "320")], 20, "payment", 20),
        ([line(40, "Expense", "330"), line(40, "CreditMemo", "320")], 0, "refund", 40),
        ([line(40, "Check", "330"), line(40, "CreditMemo", "320")], 0, "refund", 40),
        ([], 0, "payment", 0),
    ],
)
def test_a_payment_brings_money_uses_a_credit_or_gives_back(
    lines: list[dict[str, Any]], total: int, kind: str, amount: int
) -> None:
    read = payment(*lines, TotalAmt=total)
    assert (read.kind, read.amount) == (kind, amount)


def test_a_refund_receipt_settles_nothing() -> None:
    fields = {"TotalAmt": Decimal("30.00"), "TxnDate": "2026-11-21", "DocNumber": "RR-1"}
    read = refund_of({"Id": "340", "CustomerRef": {"value": "58"}, "Balance": 0} | fields)
    assert (read.kind, read.amount, read.settlements) == ("refund", Decimal("30.00"), ())
    assert (read.reference, read.unapplied) == ("RR-1", 0)
    assert refund_of({"Id": "340", "status": "Deleted"}).deleted


def test_a_voided_payment_settles_nothing() -> None:
    read = payment(TotalAmt=0, UnappliedAmt=0, PrivateNote="Voided")
    assert (read.voided, read.settlements) == (True, ())


def test_a_deleted_payment_is_a_stub() -> None:
    read = payment_of({"Id": "312", "status": "Deleted"})
    assert (read.deleted, read.amount, read.settlements) == (True, 0, ())


def test_an_inactive_customer_is_not_active() -> None:
    read = customer_of({"Id": "58", "DisplayName": "Oak & Ash Ltd (deleted)", "Active": False})
    assert (read.name, read.active) == ("Oak & Ash Ltd (deleted)", False)
    assert written_customer({"Id": "58", "Active": False}).voided


@pytest.mark.parametrize(
    "read", [invoice_of, payment_of, refund_of, customer_of, written_of, written_customer]
)
def test_an_empty_object_breaks_nothing(read: Any) -> None:
    assert read({}).ledger_id == ""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("12.34"), "12.34"),
        (0, "0"),
        ("12.34", "12.34"),
        (None, "0"),
        ("", "0"),
        ("NaN", "0"),
        (12.34, "12.34"),
    ],
)
def test_an_amount_however_it_comes(value: Any, expected: str) -> None:
    assert amount(value) == Decimal(expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-20T10:15:04.123456789Z", datetime(2026, 11, 20, 10, 15, 4, 123456, UTC)),
        ("2015-10-05T14:42:19-0700", datetime(2015, 10, 5, 21, 42, 19, tzinfo=UTC)),
        ("2026-11-20T10:15:04", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_a_time_however_it_is_written(value: Any, expected: datetime | None) -> None:
    assert moment(value) == expected


class TestRecordings:
    """Whole exchanges with the QuickBooks sandbox, recorded by others."""

    def test_a_created_invoice(self) -> None:
        _request, answer = recorded_bodies("create/invoice.yml")
        written = written_of(read_json(answer)["Invoice"])
        assert (written.total, written.version, written.currency) == (Decimal("100.0"), "0", "USD")
        assert written.balance == written.total

    def test_a_voided_invoice(self) -> None:
        answer = read_json(recorded_bodies("void/invoice.yml")[-1])
        assert written_of(answer["Invoice"]).voided

    def test_a_deleted_invoice(self) -> None:
        answer = read_json(recorded_bodies("delete/invoice.yml")[-1])
        assert invoice_of(answer["Invoice"]).deleted

    def test_a_created_customer(self) -> None:
        _request, answer = recorded_bodies("create/customer.yml")
        read = customer_of(read_json(answer)["Customer"])
        assert (read.name.startswith("Doe"), read.active, read.currency) == (True, True, "USD")


def read_json(text: str) -> Any:
    return exact_json.load(text)
