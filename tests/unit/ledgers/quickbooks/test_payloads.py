"""What exactly is sent to QuickBooks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.domain.push_plan import VoidPlan
from app.ledgers import exact_json
from app.ledgers.quickbooks.customers import customer_body
from app.ledgers.quickbooks.payloads import (
    credit_memo_body,
    invoice_body,
    void_body,
)
from tests.plans import OAK_AND_ASH, customer_plan, invoice_plan, planned


def sent(**changes: Any) -> Any:
    return exact_json.load(invoice_body(invoice_plan(**changes)))


def test_an_invoice_of_a_british_company_to_the_byte() -> None:
    plan = invoice_plan(
        planned(service_date=date(2026, 11, 30)), memo="Thank you", reference="PO 7731"
    )
    assert invoice_body(plan) == (
        b'{"DocNumber":"INV-2041","TxnDate":"2026-11-20","CustomerRef":{"value":"58"},'
        b'"CurrencyRef":{"value":"GBP"},"PrivateNote":"Ledgerbridge inv_8812",'
        b'"CustomerMemo":{"value":"PO 7731\\nThank you"},'
        b'"BillEmail":{"Address":"ap@oakash.example"},"GlobalTaxCalculation":"TaxExcluded",'
        b'"Line":[{"Description":"November, 12 seats","Amount":450.00,'
        b'"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"7"},'
        b'"Qty":12,"UnitPrice":37.5,"TaxCodeRef":{"value":"6"},"ServiceDate":"2026-11-30"}}],'
        b'"DueDate":"2026-12-20"}'
    )


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert invoice_body(invoice_plan()) == invoice_body(invoice_plan())


def test_a_change_names_the_document_and_leaves_what_others_added() -> None:
    body = sent(ledger_id="301", version="4")
    assert (body["Id"], body["SyncToken"], body["sparse"]) == ("301", "4", True)
    assert len(body["Line"]) == 1


def test_a_void_names_the_document_and_its_version() -> None:
    assert void_body(VoidPlan("301", "4")) == b'{"Id":"301","SyncToken":"4"}'


def test_a_credit_memo_is_an_invoice_without_a_due_date() -> None:
    plan = invoice_plan()
    body = exact_json.load(credit_memo_body(plan))
    assert body == {k: v for k, v in sent().items() if k != "DueDate"}


def test_no_invoice_ever_says_what_the_tax_is() -> None:
    assert "TxnTaxDetail" not in sent()


def test_an_address_quickbooks_would_refuse_is_left_out() -> None:
    customer = replace(OAK_AND_ASH, email="accounts at oakash")
    assert "BillEmail" not in sent(customer=customer)


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("", "cannot keep"),
        ("INV-2041-with-a-long-tail", "more than the 21 characters"),
        ("INV\t2041", "cannot keep"),
        ("AUTO_GENERATE", "would replace"),
    ],
)
def test_a_number_quickbooks_would_change_is_refused(number: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        sent(number=number)


def test_lines_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match=r"add up to 450\.00, the invoice says 450\.01"):
        sent(subtotal=Decimal("450.01"))


def test_a_line_without_a_tax_code_is_refused() -> None:
    plan = invoice_plan(planned(tax_code=None))
    with pytest.raises(ValueError, match="Line 1 has no QuickBooks tax code"):
        invoice_body(plan)


def test_a_company_without_vat_gets_an_invoice_without_vat() -> None:
    plan = invoice_plan(planned(tax="0", tax_code=None), planned(tax="0", tax_code=None))
    body: Any = exact_json.load(invoice_body(plan))
    assert body["GlobalTaxCalculation"] == "NotApplicable"


def test_one_code_missing_among_others_is_refused() -> None:
    plan = invoice_plan(planned(tax="0"), planned(tax="0", tax_code=None, position=2))
    with pytest.raises(ValueError, match="Line 2 has no QuickBooks tax code"):
        invoice_body(plan)


def test_without_tax_a_line_needs_no_code() -> None:
    plan = invoice_plan(planned(tax="0", tax_code=None), prices="no_tax")
    body: Any = exact_json.load(invoice_body(plan))
    assert body["GlobalTaxCalculation"] == "NotApplicable"
    assert "TaxCodeRef" not in body["Line"][0]["SalesItemLineDetail"]


class TestUnitedStates:
    def test_lines_say_taxable_or_not_and_the_document_has_one_rate(self) -> None:
        lines = (planned(tax_code="2"), planned("10", quantity="1", unit_price="10", tax_code=None))
        body: Any = exact_json.load(
            invoice_body(invoice_plan(*lines, country="US", currency="USD"))
        )
        codes = [line["SalesItemLineDetail"]["TaxCodeRef"]["value"] for line in body["Line"]]
        assert codes == ["TAX", "NON"]
        assert body["TxnTaxDetail"] == {"TxnTaxCodeRef": {"value": "2"}}
        assert "GlobalTaxCalculation" not in body

    def test_without_a_rate_quickbooks_finds_its_own(self) -> None:
        body: Any = exact_json.load(
            invoice_body(invoice_plan(planned(tax_code="TAX"), country="US"))
        )
        assert "TxnTaxDetail" not in body

    def test_two_rates_are_refused(self) -> None:
        plan = invoice_plan(planned(tax_code="2"), planned(tax_code="5"), country="US")
        with pytest.raises(ValueError, match="one tax rate"):
            invoice_body(plan)

    def test_prices_with_tax_inside_are_refused(self) -> None:
        with pytest.raises(ValueError, match="keeps them without"):
            sent(country="US", prices="tax_inclusive")

    def test_a_whole_address_is_where_it_is_shipped(self) -> None:
        address = {
            "line1": "2 Pier Rd",
            "city": "Portland",
            "region": "ME",
            "postcode": "04101",
            "country": "US",
        }
        body = sent(country="US", customer=replace(OAK_AND_ASH, address=address))
        assert body["ShipAddr"]["CountrySubDivisionCode"] == "ME"


class TestCustomers:
    def test_a_customer_to_the_byte(self) -> None:
        assert customer_body(customer_plan()) == (
            b'{"DisplayName":"Oak & Ash Ltd","PrimaryEmailAddr":{"Address":"ap@oakash.example"},'
            b'"PrimaryPhone":{"FreeFormNumber":"0113 496 0000"},'
            b'"PrimaryTaxIdentifier":"GB123456789",'
            b'"BillAddr":{"Line1":"1 Mill Lane","City":"Leeds","PostalCode":"LS1 1AA",'
            b'"Country":"GB"},"Notes":"Ledgerbridge cus_17"}'
        )

    def test_only_a_company_with_several_currencies_is_told_the_customers(self) -> None:
        body: Any = exact_json.load(customer_body(customer_plan(currency="EUR")))
        assert body["CurrencyRef"] == {"value": "EUR"}

    @pytest.mark.parametrize(
        ("billed", "kept"),
        [
            ("Meridian: Care Homes Ltd", "Meridian - Care Homes Ltd"),
            ("  Oak &\tAsh\n Ltd ", "Oak & Ash Ltd"),
            ("Café Zoë\u200b", "Café Zoë"),
            ("Happy 😀 Dental", "Happy Dental"),
            ("Cafe\u0301", "Café"),
        ],
    )
    def test_a_name_quickbooks_can_keep(self, billed: str, kept: str) -> None:
        body: Any = exact_json.load(customer_body(customer_plan(replace(OAK_AND_ASH, name=billed))))
        assert body["DisplayName"] == kept

    def test_a_customer_without_a_name_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no name"):
            customer_body(customer_plan(replace(OAK_AND_ASH, name=" \t😀")))
