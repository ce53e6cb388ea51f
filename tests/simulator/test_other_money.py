"""What settles invoices without a payment, and what gives money back; balances follow."""

from __future__ import annotations

from decimal import Decimal

import pytest

from simulator.client import SimulatorError
from tests.simulator.company_api import CompanyApi, Json, fault, line

D = Decimal


def credit_memo(company: CompanyApi, net: str = "30.00") -> Json:
    return company.write("CreditMemo", company.invoice_body("58", net))


@pytest.mark.parametrize(
    ("by", "kind"), [("journal-entries", "JournalEntry"), ("deposits", "Deposit")]
)
def test_a_balance_falls_without_a_payment_until_that_is_deleted(
    northgate: CompanyApi, by: str, kind: str
) -> None:
    simulator, realm, since = northgate.simulator, northgate.realm, northgate.now()
    invoice = northgate.invoice("58")
    done = simulator.settle_otherwise(realm, invoice["Id"], "20.00", by)
    after = northgate.read("Invoice", invoice["Id"])
    assert (after["Balance"], after["SyncToken"]) == (D("100.00"), "1")
    assert after["LinkedTxn"] == [{"TxnId": done["Id"], "TxnType": kind}]
    assert northgate.query("SELECT * FROM Payment") == {}
    assert northgate.read("Customer", "58")["Balance"] == D("100.00")
    assert northgate.read(kind, done["Id"])["Line"]
    assert [one["Id"] for one in northgate.cdc(kind, since)[0][kind]] == [done["Id"]]
    simulator.delete(realm, by, done["Id"])
    after = northgate.read("Invoice", invoice["Id"])
    assert (after["Balance"], after["LinkedTxn"]) == (D("120.00"), [])


def test_no_more_is_written_off_than_is_open(northgate: CompanyApi) -> None:
    invoice = northgate.invoice("58")
    with pytest.raises(SimulatorError):
        northgate.simulator.settle_otherwise(northgate.realm, invoice["Id"], "120.01")


def test_a_written_off_invoice_is_voided_all_the_same(northgate: CompanyApi) -> None:
    simulator, realm = northgate.simulator, northgate.realm
    invoice = northgate.invoice("58")
    simulator.settle_otherwise(realm, invoice["Id"], "120.00")
    assert simulator.void(realm, "invoices", invoice["Id"])["TotalAmt"] == 0


def test_a_payment_is_free_again_once_its_deposit_is_deleted(northgate: CompanyApi) -> None:
    payment = northgate.pay("58", "10.00")
    deposit = northgate.simulator.deposit_payment(northgate.realm, payment["Id"])
    assert northgate.read("Deposit", deposit["Id"])["TotalAmt"] == D("10.00")
    sent = {"Id": payment["Id"], "SyncToken": "0"}
    assert fault(northgate.post("payment", sent, operation="delete"))["code"] == "6540"
    northgate.simulator.delete(northgate.realm, "deposits", deposit["Id"])
    assert northgate.write("Payment", sent, operation="delete")["status"] == "Deleted"


def test_a_refund_receipt_stands_alone(northgate: CompanyApi) -> None:
    body = {"CustomerRef": {"value": "58"}, "Line": [line("7", "25.00", "6")]}
    answer = northgate.post("refundreceipt", body)
    assert fault(answer)["code"] == "2020"
    refund = northgate.write("RefundReceipt", body | {"DepositToAccountRef": {"value": "35"}})
    assert (refund["TotalAmt"], refund["Balance"]) == (D("30.00"), 0)
    assert northgate.read("Customer", "58")["Balance"] == 0
    asked = "SELECT * FROM RefundReceipt WHERE CustomerRef = '58'"
    assert [one["Id"] for one in northgate.query(asked)["RefundReceipt"]] == [refund["Id"]]


def test_a_credit_memo_is_paid_out(northgate: CompanyApi) -> None:
    memo = credit_memo(northgate)
    linking = northgate.simulator.refund(northgate.realm, "58", "36.00", credit_memo=memo["Id"])
    assert (linking["TotalAmt"], linking["UnappliedAmt"]) == (0, 0)
    kinds = {line["LinkedTxn"][0]["TxnType"] for line in linking["Line"]}
    assert kinds == {"Expense", "CreditMemo"}
    assert northgate.read("CreditMemo", memo["Id"])["Balance"] == 0


def test_what_a_payment_has_unapplied_is_paid_out(northgate: CompanyApi) -> None:
    invoice = northgate.invoice("58")
    payment = northgate.pay("58", "160.00", (invoice["Id"], "120.00"))
    after = northgate.simulator.refund(northgate.realm, "58", "40.00", payment=payment["Id"])
    assert (after["Id"], after["UnappliedAmt"]) == (payment["Id"], 0)
    assert northgate.read("Invoice", invoice["Id"])["Balance"] == 0


@pytest.mark.parametrize("deed", ["void", "delete"])
def test_what_a_credit_memo_paid_is_owed_again_when_it_goes(
    northgate: CompanyApi, deed: str
) -> None:
    simulator, realm = northgate.simulator, northgate.realm
    invoice, memo = northgate.invoice("58"), credit_memo(northgate)
    used = simulator.record_payment(
        realm, "58", [(invoice["Id"], "36.00")], [(memo["Id"], "36.00")]
    )
    getattr(simulator, deed)(realm, "credit-memos", memo["Id"])
    assert northgate.read("Invoice", invoice["Id"])["Balance"] == D("120.00")
    after = northgate.read("Payment", used["Id"])
    assert (after["UnappliedAmt"], after["Line"]) == (0, [])
