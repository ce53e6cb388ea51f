"""Payments: partial, spread, unapplied, changed and withdrawn; balances follow."""

from __future__ import annotations

from decimal import Decimal

import pytest

from simulator.client import SimulatorError
from tests.simulator.company_api import CompanyApi, Json, fault

D = Decimal


def balance(company: CompanyApi, invoice: Json) -> Decimal:
    return D(company.read("Invoice", invoice["Id"])["Balance"])


def share(kind: str, identifier: str, amount: str) -> Json:
    return {"Amount": D(amount), "LinkedTxn": [{"TxnId": identifier, "TxnType": kind}]}


def test_part_of_an_invoice_is_paid(northgate: CompanyApi) -> None:
    invoice = northgate.invoice("58", DocNumber="INV-2041")
    payment = northgate.pay("58", "50.00", (invoice["Id"], "50.00"), PaymentRefNum="BACS-7781")
    after = northgate.read("Invoice", invoice["Id"])
    assert (after["Balance"], after["SyncToken"]) == (D("70.00"), "1")
    assert after["LinkedTxn"] == [{"TxnId": payment["Id"], "TxnType": "Payment"}]
    assert payment["UnappliedAmt"] == 0
    assert payment["DepositToAccountRef"] == {"value": "4"}
    known = {x["value"]["Name"]: x["value"]["Value"] for x in payment["Line"][0]["LineEx"]["any"]}
    assert known == {
        "txnId": invoice["Id"],
        "txnOpenBalance": "120.00",
        "txnReferenceNumber": "INV-2041",
    }
    assert northgate.read("Customer", "58")["Balance"] == D("70.00")


def test_one_payment_over_several_invoices_leaves_the_rest_unapplied(
    northgate: CompanyApi,
) -> None:
    first, second = northgate.invoice("58"), northgate.invoice("58", "50.00")
    payment = northgate.pay("58", "200.00", (first["Id"], "120.00"), (second["Id"], "57.00"))
    assert payment["UnappliedAmt"] == D("23.00")
    assert (balance(northgate, first), balance(northgate, second)) == (0, D("3.00"))
    assert northgate.read("Customer", "58")["Balance"] == D("-20.00")


def test_transactions_share_one_sequence_of_ids(northgate: CompanyApi) -> None:
    invoice = northgate.invoice("58")
    payment = northgate.pay("58", "10.00")
    memo = northgate.write("CreditMemo", northgate.invoice_body("58"))
    assert [x["Id"] for x in (invoice, payment, memo)] == ["301", "302", "303"]


def test_a_credit_is_applied_by_a_payment_of_nothing(northgate: CompanyApi) -> None:
    invoice = northgate.invoice("58")
    memo = northgate.write("CreditMemo", northgate.invoice_body("58", "30.00"))
    lines = [share("Invoice", invoice["Id"], "36.00"), share("CreditMemo", memo["Id"], "36.00")]
    body = {"CustomerRef": {"value": "58"}, "TotalAmt": 0, "Line": lines}
    payment = northgate.write("Payment", body)
    assert (payment["TotalAmt"], payment["UnappliedAmt"]) == (0, 0)
    assert balance(northgate, invoice) == D("84.00")
    assert northgate.read("CreditMemo", memo["Id"])["RemainingCredit"] == 0


def test_credits_apply_themselves_where_the_preference_says_so(northgate: CompanyApi) -> None:
    northgate.simulator.set_company(northgate.realm, AutoApplyCredit=True)
    memo = northgate.write("CreditMemo", northgate.invoice_body("58", "30.00"))
    invoice = northgate.invoice("58")
    assert invoice["Balance"] == D("84.00")
    payments = northgate.query("SELECT * FROM Payment")["Payment"]
    assert [(x["TotalAmt"], len(x["Line"])) for x in payments] == [(0, 2)]
    assert northgate.read("CreditMemo", memo["Id"])["Balance"] == 0


def test_lines_left_out_of_an_update_are_unapplied(northgate: CompanyApi) -> None:
    first, second = northgate.invoice("58"), northgate.invoice("58")
    payment = northgate.pay("58", "240.00", (first["Id"], "120.00"), (second["Id"], "120.00"))
    sent = {"Id": payment["Id"], "SyncToken": "0", "sparse": True}
    after = northgate.write("Payment", {**sent, "Line": [share("Invoice", second["Id"], "120.00")]})
    assert (after["UnappliedAmt"], after["SyncToken"]) == (D("120.00"), "1")
    assert (balance(northgate, first), balance(northgate, second)) == (D("120.00"), 0)
    untouched = northgate.read("Invoice", second["Id"])
    assert untouched["SyncToken"] == "1"


def test_a_voided_payment_gives_the_balance_back(northgate: CompanyApi) -> None:
    invoice = northgate.invoice("58")
    payment = northgate.pay("58", "120.00", (invoice["Id"], "120.00"))
    sent = {"Id": payment["Id"], "SyncToken": "0", "sparse": True}
    voided = northgate.write("Payment", sent, operation="update", include="void")
    assert (voided["TotalAmt"], voided["UnappliedAmt"], voided["Line"]) == (0, 0, [])
    assert voided["PrivateNote"].startswith("Voided")
    after = northgate.read("Invoice", invoice["Id"])
    assert (after["Balance"], after["LinkedTxn"]) == (D("120.00"), [])
    assert northgate.read("Customer", "58")["Balance"] == D("120.00")


def test_a_deleted_payment_gives_the_balance_back_too(northgate: CompanyApi) -> None:
    invoice = northgate.invoice("58")
    payment = northgate.pay("58", "150.00", (invoice["Id"], "120.00"))
    sent = {"Id": payment["Id"], "SyncToken": "0"}
    assert northgate.write("Payment", sent, operation="delete")["status"] == "Deleted"
    assert balance(northgate, invoice) == D("120.00")
    assert northgate.read("Customer", "58")["Balance"] == D("120.00")


def test_an_invoice_made_smaller_frees_part_of_its_payment(northgate: CompanyApi) -> None:
    invoice = northgate.invoice("58")
    payment = northgate.pay("58", "120.00", (invoice["Id"], "120.00"))
    current = northgate.read("Invoice", invoice["Id"])
    current["Line"][0] |= {"Amount": D("50.00")}
    northgate.simulator.edit(northgate.realm, "invoices", invoice["Id"], Line=current["Line"][:1])
    assert balance(northgate, invoice) == 0
    assert northgate.read("Payment", payment["Id"])["UnappliedAmt"] == D("60.00")
    assert northgate.read("Customer", "58")["Balance"] == D("-60.00")


@pytest.mark.parametrize(
    ("total", "lines", "code"),
    [
        ("500.00", [("Invoice", "OWN", "120.01")], "6000"),
        ("500.00", [("Invoice", "OTHERS", "1.00")], "620"),
        ("500.00", [("Invoice", "PAID", "1.00")], "620"),
        ("500.00", [("Invoice", "VOIDED", "1.00")], "620"),
        ("500.00", [("Invoice", "9999", "1.00")], "610"),
        ("500.00", [("JournalEntry", "OWN", "1.00")], "610"),
        ("500.00", [("Bill", "OWN", "1.00")], "2500"),
        ("500.00", [("Invoice", "OWN", "0.00")], "2140"),
        ("10.00", [("Invoice", "OWN", "10.01")], "6000"),
        ("-1.00", [], "2140"),
    ],
)
def test_what_cannot_be_applied_is_refused(
    northgate: CompanyApi, total: str, lines: list[tuple[str, str, str]], code: str
) -> None:
    known = {"OWN": northgate.invoice("58")["Id"], "OTHERS": northgate.invoice("59")["Id"]}
    known["PAID"] = northgate.invoice("58")["Id"]
    northgate.pay("58", "120.00", (known["PAID"], "120.00"))
    known["VOIDED"] = northgate.invoice("58")["Id"]
    northgate.write("Invoice", {"Id": known["VOIDED"], "SyncToken": "0"}, operation="void")
    shares = [share(kind, known.get(target, target), amount) for kind, target, amount in lines]
    body = {"CustomerRef": {"value": "58"}, "TotalAmt": total, "Line": shares}
    answer = northgate.post("payment", body)
    assert (answer.status_code, fault(answer)["code"]) == (400, code)
    assert northgate.read("Invoice", known["OWN"])["Balance"] == D("120.00")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"TotalAmt": 1}, "2020"),
        ({"CustomerRef": {"value": "58"}}, "2020"),
        ({"CustomerRef": {"value": "777"}, "TotalAmt": 1}, "2500"),
        ({"CustomerRef": {"value": "58"}, "TotalAmt": 1, "PaymentRefNum": "X" * 22}, "2050"),
        (
            {
                "CustomerRef": {"value": "58"},
                "TotalAmt": 1,
                "DepositToAccountRef": {"value": "999"},
            },
            "2500",
        ),
    ],
)
def test_an_incomplete_payment_is_refused(northgate: CompanyApi, body: Json, code: str) -> None:
    assert fault(northgate.post("payment", body))["code"] == code


def test_a_deposited_payment_cannot_change(northgate: CompanyApi) -> None:
    payment = northgate.pay("58", "10.00")
    northgate.simulator.deposit_payment(northgate.realm, payment["Id"])
    sent = {"Id": payment["Id"], "SyncToken": "0", "sparse": True}
    for parameters in ({"operation": "delete"}, {"operation": "update", "include": "void"}, {}):
        assert fault(northgate.post("payment", sent, **parameters))["code"] == "6540"


def test_a_parent_pays_for_its_project(northgate: CompanyApi) -> None:
    project = northgate.customer("Roof", ParentRef={"value": "58"}, Job=True)
    invoice = northgate.invoice(project)
    assert northgate.read("Customer", "58")["BalanceWithJobs"] == D("120.00")
    assert northgate.read("Customer", "58")["Balance"] == 0
    northgate.pay("58", "120.00", (invoice["Id"], "120.00"))
    assert balance(northgate, invoice) == 0


def test_the_bookkeeper_records_and_withdraws_payments(northgate: CompanyApi) -> None:
    simulator, realm = northgate.simulator, northgate.realm
    first, second = northgate.invoice("58"), northgate.invoice("58")
    paid = simulator.record_payment(
        realm, "58", [(first["Id"], "20.00"), (second["Id"], "120.00")], ref="BACS-1", total="150"
    )
    assert (paid["TotalAmt"], paid["UnappliedAmt"]) == (D("150.00"), D("10.00"))
    assert simulator.books(realm)["totals"]["open"] == D("100.00")
    simulator.void(realm, "payments", paid["Id"])
    assert simulator.books(realm)["totals"] == {
        "invoices": 2,
        "invoiced": D("240.00"),
        "open": D("240.00"),
        "payments": 1,
        "received": 0,
        "unapplied": 0,
        "credits_left": 0,
    }
    with pytest.raises(SimulatorError, match="Object Not Found"):
        simulator.void(realm, "payments", "9999")


def test_the_bookkeeper_may_withdraw_a_paid_invoice(northgate: CompanyApi) -> None:
    invoice = northgate.invoice("58")
    payment = northgate.pay("58", "120.00", (invoice["Id"], "120.00"))
    northgate.simulator.delete(northgate.realm, "invoices", invoice["Id"])
    assert northgate.read("Payment", payment["Id"])["UnappliedAmt"] == D("120.00")
