"""Invoices and credit memos: what QuickBooks fills in, computes, keeps and withdraws."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.simulator.company_api import CompanyApi, Json, fault, line, parsed

D = Decimal


def test_the_answer_to_a_create_is_the_whole_invoice(northgate: CompanyApi) -> None:
    customer = northgate.customer(BillAddr={"Line1": "1 Mill Lane", "City": "Leeds"})
    lines = [line("7", "112.50", "6", Qty=3, UnitPrice="37.50"), line("9", "40.00", "5")]
    invoice = northgate.write(
        "Invoice",
        {
            "CustomerRef": {"value": customer, "name": "ignored"},
            "DocNumber": "INV-2042",
            "TxnDate": "2026-11-20",
            "SalesTermRef": {"value": "3"},
            "GlobalTaxCalculation": "TaxExcluded",
            "CustomerMemo": {"value": "Thank you"},
            "Line": lines,
        },
    )
    assert (invoice["Id"], invoice["SyncToken"], invoice["sparse"]) == ("301", "0", False)
    assert (invoice["DueDate"], invoice["SalesTermRef"]["name"]) == ("2026-12-20", "Net 30")
    assert invoice["CustomerRef"] == {"value": customer, "name": "Oak & Ash Ltd"}
    assert invoice["BillAddr"]["City"] == "Leeds"
    assert (invoice["TotalAmt"], invoice["Balance"]) == (D("177.00"), D("177.00"))
    assert [x.get("Id") for x in invoice["Line"]] == ["1", "2", None]
    assert invoice["Line"][2] == {
        "Amount": D("152.50"),
        "DetailType": "SubTotalLineDetail",
        "SubTotalLineDetail": {},
    }
    assert [(x["Amount"], x["TaxLineDetail"]["TaxRateRef"]["value"]) for x in taxes(invoice)] == [
        (D("22.50"), "7"),
        (D("2.00"), "5"),
    ]
    assert (invoice["PrintStatus"], invoice["EmailStatus"]) == ("NeedToPrint", "NotSet")
    assert invoice["LinkedTxn"] == []


def taxes(invoice: Json) -> list[Json]:
    return list(invoice["TxnTaxDetail"].get("TaxLine", []))


@pytest.mark.parametrize(
    ("rounding", "nets", "tax"),
    [
        ("rate", ["10.12", "10.12", "10.12"], "1.52"),  # 5 % of 30.36 = 1.518
        ("line", ["10.12", "10.12", "10.12"], "1.53"),  # 3 × 0.506 = 3 × 0.51
        ("rate", ["0.10"], "0.01"),  # 0.005 goes up
        ("rate", ["1.90"], "0.10"),  # 0.095 goes up
    ],
)
def test_vat_is_rounded_half_up_per_rate_or_per_line(
    northgate: CompanyApi, rounding: str, nets: list[str], tax: str
) -> None:
    northgate.simulator.switch(vat_rounding=rounding)
    invoice = northgate.invoice("58", Line=[line("7", net, "5") for net in nets])
    assert invoice["TxnTaxDetail"]["TotalTax"] == D(tax)


def test_each_rate_has_one_tax_line_over_the_summed_net(northgate: CompanyApi) -> None:
    lines = [line("7", "10.00", "6"), line("9", "20.00", "4"), line("11", "5.50", "6")]
    found = {
        x["TaxLineDetail"]["TaxPercent"]: (x["Amount"], x["TaxLineDetail"]["NetAmountTaxable"])
        for x in taxes(northgate.invoice("58", Line=lines))
    }
    assert found == {20: (D("3.10"), D("15.50")), 0: (0, D("20.00"))}


@pytest.mark.parametrize(
    ("gross", "tax", "net"),
    [(["20.00"], "3.33", "16.67"), (["4.00"] * 5, "3.35", "16.65")],
)
def test_prices_that_include_vat_are_split_line_by_line(
    northgate: CompanyApi, gross: list[str], tax: str, net: str
) -> None:
    lines = [line("7", amount, "6", TaxInclusiveAmt=D(amount)) for amount in gross]
    invoice = northgate.invoice("58", Line=lines, GlobalTaxCalculation="TaxInclusive")
    assert invoice["TxnTaxDetail"]["TotalTax"] == D(tax)
    assert invoice["Line"][-1]["Amount"] == D(net)
    assert invoice["TotalAmt"] == D("20.00")
    detail = invoice["Line"][0]["SalesItemLineDetail"]
    assert detail["TaxInclusiveAmt"] == D(gross[0])


def test_an_answer_with_vat_included_can_be_sent_back(northgate: CompanyApi) -> None:
    sold = line("7", "60.00", "6", Qty=3, UnitPrice=20, TaxInclusiveAmt=D("60.00"))
    invoice = northgate.invoice("58", Line=[sold], GlobalTaxCalculation="TaxInclusive")
    assert invoice["Line"][0]["SalesItemLineDetail"]["UnitPrice"] == D("16.6666667")
    sent = {name: invoice[name] for name in ("Id", "SyncToken", "Line", "GlobalTaxCalculation")}
    after = northgate.write("Invoice", {**sent, "sparse": True})
    assert (after["SyncToken"], after["TotalAmt"]) == ("0", D("60.00"))


def test_the_tax_of_a_fixed_rate_cannot_be_overridden(northgate: CompanyApi) -> None:
    override = {"Amount": 1, "TaxLineDetail": {"TaxRateRef": {"value": "1"}}}
    body = northgate.invoice_body("58", Line=[line("7", "10.00", "2")])
    answer = northgate.post("invoice", {**body, "TxnTaxDetail": {"TaxLine": [override]}})
    assert fault(answer)["code"] == "6000"


def test_an_invoice_without_vat_needs_no_codes(northgate: CompanyApi) -> None:
    lines = [line("7", "50.00", None)]
    invoice = northgate.invoice("58", Line=lines, GlobalTaxCalculation="NotApplicable")
    assert invoice["TotalAmt"] == D("50.00")
    assert invoice["TxnTaxDetail"] == {"TotalTax": 0}


def test_tax_amounts_sent_for_every_rate_replace_the_computed(northgate: CompanyApi) -> None:
    override = {
        "TaxLine": [
            {
                "Amount": D("20.01"),
                "DetailType": "TaxLineDetail",
                "TaxLineDetail": {"TaxRateRef": {"value": "7"}},
            }
        ]
    }
    invoice = northgate.invoice("58", TxnTaxDetail=override)
    assert invoice["TotalAmt"] == D("120.01")
    assert taxes(invoice)[0]["TaxLineDetail"]["OverrideDeltaAmount"] == D("0.01")


def test_where_vat_is_off_codes_are_ignored(harrow_lane: CompanyApi) -> None:
    invoice = harrow_lane.invoice("402", Line=[line("211", "80.00", "6")])
    assert (invoice["TotalAmt"], invoice["TxnTaxDetail"]) == (D("80.00"), {"TotalTax": 0})
    assert "TaxCodeRef" not in invoice["Line"][0]["SalesItemLineDetail"]


def test_a_percentage_discount_comes_off_before_vat(northgate: CompanyApi) -> None:
    discount = {
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10},
    }
    lines = [line("7", "100.00", "6"), line("9", "50.00", "4"), discount]
    invoice = northgate.invoice("58", Line=lines)
    assert invoice["Line"][-1]["Amount"] == D("15.00")
    assert invoice["TxnTaxDetail"]["TotalTax"] == D("18.00")
    assert invoice["TotalAmt"] == D("153.00")


# United States


@pytest.mark.parametrize(
    ("lines", "detail", "tax", "total"),
    [
        ([line("101", "150.00", "TAX")], {"TxnTaxCodeRef": {"value": "2"}}, "12.00", "162.00"),
        ([line("101", "150.00", "NON")], {"TxnTaxCodeRef": {"value": "2"}}, "0", "150.00"),
        ([line("101", "150.00", None)], {"TxnTaxCodeRef": {"value": "2"}}, "0", "150.00"),
        ([line("101", "150.00", "TAX")], None, "0", "150.00"),
        (
            [line("101", "0.95", "TAX"), line("102", "9.00", "NON")],
            {"TxnTaxCodeRef": {"value": "5"}},
            "0.09",
            "10.04",
        ),
    ],
)
def test_us_tax_comes_from_one_code_for_the_whole_invoice(
    foghorn: CompanyApi, lines: list[Json], detail: Json | None, tax: str, total: str
) -> None:
    invoice = foghorn.invoice("204", Line=lines, TxnTaxDetail=detail)
    assert invoice["TxnTaxDetail"]["TotalTax"] == D(tax)
    assert invoice["TotalAmt"] == D(total)
    assert "GlobalTaxCalculation" not in invoice


@pytest.mark.parametrize(("after_discount", "tax"), [(False, "8.00"), (True, "7.20")])
def test_us_tax_is_on_the_full_or_the_discounted_price(
    foghorn: CompanyApi, after_discount: bool, tax: str
) -> None:
    discount = {"Amount": 10, "DetailType": "DiscountLineDetail", "DiscountLineDetail": {}}
    invoice = foghorn.invoice(
        "204",
        Line=[line("101", "100.00", "TAX"), discount],
        TxnTaxDetail={"TxnTaxCodeRef": {"value": "2"}},
        ApplyTaxAfterDiscount=after_discount,
    )
    assert invoice["TxnTaxDetail"]["TotalTax"] == D(tax)


def test_automated_tax_may_differ_from_ours_unless_overridden(bayline: CompanyApi) -> None:
    taxed = [line("701", "100.00", "TAX")]
    assert bayline.invoice("811", Line=taxed)["TotalAmt"] == D("110.25")
    sent = {"TxnTaxCodeRef": {"value": "33"}, "TotalTax": D("9.99")}
    invoice = bayline.invoice("811", Line=taxed, TxnTaxDetail=sent)
    assert invoice["TxnTaxDetail"]["TotalTax"] == D("9.99")


# Arithmetic


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [
        ("128.350", "14.50", "1861.08"),
        ("3", "0.415", "1.25"),
        ("1", "37.37499999", "37.38"),
        ("12", "37.50", None),
        ("0", "0", "12.34"),
    ],
)
def test_the_amount_is_quantity_times_price_half_up(
    northgate: CompanyApi, quantity: str, price: str, amount: str | None
) -> None:
    sold = line("7", amount, "4", Qty=D(quantity), UnitPrice=D(price))
    expected = D(amount or "450.00")
    assert northgate.invoice("58", Line=[sold])["TotalAmt"] == expected


@pytest.mark.parametrize("amount", ["1861.07", "1861.09"])
def test_another_amount_than_the_product_is_refused(northgate: CompanyApi, amount: str) -> None:
    sold = line("7", amount, "4", Qty=D("128.350"), UnitPrice=D("14.50"))
    answer = northgate.post("invoice", northgate.invoice_body("58", Line=[sold]))
    assert fault(answer)["code"] == "6070"
    assert "Amount is not equal to UnitPrice * Qty" in fault(answer)["Detail"]


def test_amounts_may_be_numbers_or_text(northgate: CompanyApi) -> None:
    body = northgate.invoice_body("58")
    body["Line"][0]["Amount"] = "99.99"
    assert northgate.write("Invoice", body)["TotalAmt"] == D("119.99")
    northgate.simulator.switch(accept_string_amounts=False)
    assert fault(northgate.post("invoice", body))["code"] == "2080"


def test_a_line_without_item_is_only_words(northgate: CompanyApi) -> None:
    words = {"Amount": 500, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {}}
    invoice = northgate.invoice("58", Line=[line("7", "10.00", "4"), words])
    assert invoice["TotalAmt"] == D("10.00")
    assert invoice["Line"][1]["DetailType"] == "DescriptionOnly"


def test_empty_text_means_absent(northgate: CompanyApi) -> None:
    invoice = northgate.invoice("58", DueDate="", PrivateNote="", SalesTermRef=None, TotalAmt="")
    assert "PrivateNote" not in invoice
    assert invoice["TotalAmt"] == D("120.00")


# Numbers


def test_own_numbers_are_kept_and_none_stays_none(northgate: CompanyApi) -> None:
    assert northgate.invoice("58", DocNumber="INV-7")["DocNumber"] == "INV-7"
    assert "DocNumber" not in northgate.invoice("58")


def test_quickbooks_counts_on_where_numbers_are_its_own(foghorn: CompanyApi) -> None:
    assert foghorn.invoice("204")["DocNumber"] == "1001"
    assert foghorn.invoice("204", DocNumber="A-19")["DocNumber"] == "A-19"
    assert foghorn.invoice("204")["DocNumber"] == "A-20"


def test_a_generated_number_can_be_asked_for(northgate: CompanyApi) -> None:
    northgate.invoice("58", DocNumber="INV-2041")
    assert northgate.invoice("58", DocNumber="AUTO_GENERATE")["DocNumber"] == "INV-2042"
    assert northgate.invoice("58", AutoDocNumber=True)["DocNumber"] == "INV-2043"


def test_a_number_used_already_is_refused_naming_its_holder(northgate: CompanyApi) -> None:
    holder = northgate.invoice("58", DocNumber="INV-2041")["Id"]
    body = northgate.invoice_body("59", DocNumber="INV-2041")
    answer = northgate.post("invoice", body)
    assert (answer.status_code, fault(answer)["code"]) == (400, "6140")
    assert fault(answer)["Detail"].endswith(
        f"DocNumber=INV-2041 is assigned to TxnType=Invoice with TxnId={holder}"
    )
    assert northgate.post("invoice", body, include="allowduplicatedocnum").status_code == 200


def test_a_credit_memo_may_have_an_invoices_number(northgate: CompanyApi) -> None:
    northgate.invoice("58", DocNumber="2041")
    memo = northgate.write("CreditMemo", northgate.invoice_body("58", "30.00", DocNumber="2041"))
    assert (memo["RemainingCredit"], memo["Balance"]) == (D("36.00"), D("36.00"))


# Changes


def test_a_sparse_update_changes_only_what_is_sent(northgate: CompanyApi) -> None:
    before = northgate.invoice("58", DocNumber="INV-1", PrivateNote="src:inv_1")
    sent = {"Id": before["Id"], "SyncToken": "0", "sparse": True, "DueDate": "2027-01-31"}
    after = northgate.write("Invoice", sent)
    assert (after["SyncToken"], after["DueDate"]) == ("1", "2027-01-31")
    assert (after["PrivateNote"], after["DocNumber"]) == ("src:inv_1", "INV-1")
    assert (after["TotalAmt"], after["Line"]) == (before["TotalAmt"], before["Line"])


def test_a_full_update_clears_what_is_left_out(northgate: CompanyApi) -> None:
    before = northgate.invoice("58", DocNumber="INV-1", PrivateNote="x", PONumber="77")
    sent = {"Id": before["Id"], "SyncToken": "0", "Line": [line("7", "10.00", "4")]}
    after = northgate.write("Invoice", {**sent, "CustomerRef": {"value": "58"}})
    assert "PrivateNote" not in after
    assert "PONumber" not in after
    assert (after["DocNumber"], after["TxnDate"]) == ("INV-1", before["TxnDate"])


def test_lines_sent_replace_all_lines_and_known_ids_stay(northgate: CompanyApi) -> None:
    lines = [line("7", "10.00", "4"), line("9", "20.00", "4")]
    before = northgate.invoice("58", Line=lines)
    kept = {**line("9", "25.00", "4"), "Id": "2"}
    sent = {"Id": before["Id"], "SyncToken": "0", "sparse": True}
    after = northgate.write("Invoice", {**sent, "Line": [kept, line("11", "1.00", "4")]})
    assert [(x.get("Id"), x["Amount"]) for x in after["Line"]] == [
        ("2", D("25.00")),
        ("3", D("1.00")),
        (None, D("26.00")),
    ]


@pytest.mark.parametrize(("policy", "token"), [("keeps", "0"), ("bumps", "1")])
def test_an_update_that_changes_nothing(northgate: CompanyApi, policy: str, token: str) -> None:
    northgate.simulator.switch(noop_transaction_update=policy)
    before = northgate.invoice("58", PrivateNote="same")
    sent = {"Id": before["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "same"}
    assert northgate.write("Invoice", sent)["SyncToken"] == token


def test_an_old_sync_token_is_refused(northgate: CompanyApi) -> None:
    invoice = northgate.invoice("58")
    northgate.simulator.edit(northgate.realm, "invoices", invoice["Id"], PrivateNote="by Jo")
    sent = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "ours"}
    answer = northgate.post("invoice", sent)
    assert (answer.status_code, fault(answer)["code"]) == (400, "5010")
    assert northgate.read("Invoice", invoice["Id"])["PrivateNote"] == "by Jo"


# Withdrawal


def test_a_void_keeps_the_invoice_with_nothing_in_it(northgate: CompanyApi) -> None:
    invoice = northgate.invoice("58", DocNumber="INV-9", PrivateNote="src:inv_9")
    sent = {"Id": invoice["Id"], "SyncToken": "0"}
    voided = northgate.write("Invoice", sent, operation="void")
    assert (voided["TotalAmt"], voided["Balance"], voided["SyncToken"]) == (0, 0, "1")
    assert {x["Amount"] for x in voided["Line"]} == {0}
    assert voided["PrivateNote"].startswith("Voided")
    assert "src:inv_9" in voided["PrivateNote"]
    assert voided["DocNumber"] == "INV-9"
    assert northgate.read("Customer", "58")["Balance"] == 0
    again = northgate.write("Invoice", {**sent, "SyncToken": "1"}, operation="void")
    assert again["SyncToken"] == "1"


def test_a_deleted_invoice_is_gone(northgate: CompanyApi) -> None:
    invoice = northgate.invoice("58", DocNumber="INV-9")
    sent = {"Id": invoice["Id"], "SyncToken": "0"}
    stub = northgate.write("Invoice", sent, operation="delete")
    assert stub == {"domain": "QBO", "status": "Deleted", "Id": invoice["Id"]}
    assert fault(northgate.send("GET", f"invoice/{invoice['Id']}"))["code"] == "610"
    assert northgate.query("SELECT * FROM Invoice") == {}
    assert northgate.invoice("58", DocNumber="INV-9")["Id"] != invoice["Id"]


@pytest.mark.parametrize("operation", ["void", "delete"])
def test_a_paid_invoice_is_withdrawn_only_where_the_switch_allows(
    northgate: CompanyApi, operation: str
) -> None:
    invoice = northgate.invoice("58")
    payment = northgate.pay("58", "50.00", (invoice["Id"], "50.00"))
    sent = {"Id": invoice["Id"], "SyncToken": "1"}
    answer = northgate.post("invoice", sent, operation=operation)
    assert fault(answer)["code"] == "6000"
    northgate.simulator.switch(void_paid_invoice="unapply", delete_paid_invoice="unapply")
    assert northgate.post("invoice", sent, operation=operation).status_code == 200
    assert northgate.read("Payment", payment["Id"])["UnappliedAmt"] == D("50.00")
    assert northgate.read("Customer", "58")["Balance"] == D("-50.00")


def test_credit_memos_cannot_be_voided_by_api(northgate: CompanyApi) -> None:
    memo = northgate.write("CreditMemo", northgate.invoice_body("58"))
    sent = {"Id": memo["Id"], "SyncToken": "0"}
    assert fault(northgate.post("creditmemo", sent, operation="void"))["code"] == "500"


def test_sending_marks_the_invoice_as_mailed(northgate: CompanyApi) -> None:
    invoice = northgate.invoice("58")
    answer = northgate.post(f"invoice/{invoice['Id']}/send", None, sendTo="ap@oakash.example")
    sent = parsed(answer)["Invoice"]
    assert (sent["EmailStatus"], sent["BillEmail"]["Address"]) == ("EmailSent", "ap@oakash.example")


def test_currencies_must_be_the_customers(severnside: CompanyApi) -> None:
    body = {"Line": [line("407", "10.00", "25")], "CustomerRef": {"value": "902"}}
    assert fault(severnside.post("invoice", body))["code"] == "2020"
    assert (
        fault(severnside.post("invoice", {**body, "CurrencyRef": {"value": "USD"}}))["code"]
        == "6000"
    )
    invoice = severnside.write("Invoice", {**body, "CurrencyRef": {"value": "EUR"}})
    assert invoice["CurrencyRef"] == {"value": "EUR", "name": "Euro"}
