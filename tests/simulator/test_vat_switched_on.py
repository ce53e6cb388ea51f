"""VAT switched on in a British company makes its codes; a typed sale is in its customer's money."""

from __future__ import annotations

import re

from simulator.client import HARROW_LANE, SEVERNSIDE
from tests.simulator.company_api import CompanyApi
from tests.simulator.test_pages import Browser


def codes(company: CompanyApi) -> set[str]:
    return {row["Name"] for row in company.query("SELECT * FROM TaxCode").get("TaxCode", [])}


def test_switching_vat_on_makes_the_codes_once(harrow_lane: CompanyApi) -> None:
    assert codes(harrow_lane) == set()
    for on in (True, False, True):
        harrow_lane.simulator.set_company(HARROW_LANE, UsingSalesTax=on)
    found = codes(harrow_lane)
    assert found == {"Exempt", "No VAT", "0.0% Z", "5.0% R", "20.0% S", "20.0% RC SG"}


def test_an_invoice_typed_by_hand_is_in_its_customers_currency(severnside: CompanyApi) -> None:
    browser = Browser(severnside.simulator.url)
    address = f"/books/{SEVERNSIDE}/new/invoices"
    form = browser.get(address)
    chosen = {
        name: re.findall(rf'name="{name}"><option value="(\w+)"', form)[0]
        for name in ("item", "tax")
    }
    for customer in severnside.simulator.books(SEVERNSIDE)["customers"]:
        page = browser.post(address, customer=customer["Id"], amount="10.00", **chosen)
        assert "Saved." in page
    browser.close()
    written = severnside.simulator.books(SEVERNSIDE)["invoices"]
    assert {one["CurrencyRef"]["value"] for one in written} == {"GBP", "EUR", "USD"}
