"""The bookkeeper's pages and the panel, as a person without JavaScript uses them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests

from simulator.client import FOGHORN, NORTHGATE
from tests.simulator.company_api import CompanyApi, Json


class Browser:
    """Read pages and post forms."""

    def __init__(self, url: str) -> None:
        self._url, self._session = url, requests.Session()
        self._session.trust_env = False

    def get(self, path: str) -> str:
        answer = self._session.get(self._url + path, timeout=5)
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, path: str, expected: int = 200, **form: str) -> str:
        answer = self._session.post(self._url + path, data=form, timeout=5)
        assert answer.status_code == expected, answer.text[:500]
        return answer.text

    def close(self) -> None:
        self._session.close()


@pytest.fixture
def browser(northgate: CompanyApi) -> Iterator[Browser]:
    made = Browser(northgate.simulator.url)
    yield made
    made.close()


@pytest.fixture
def invoice(northgate: CompanyApi) -> Json:
    return northgate.invoice("58", DocNumber="INV-2041")


BOOKS = f"/books/{NORTHGATE}"


def test_the_first_page_lists_every_company(browser: Browser, invoice: Json) -> None:
    page = browser.get("/")
    assert re.findall(r"<strong>(.*?)</strong>", page)[:2] == [
        "Northgate IT Services Ltd",
        "Foghorn Managed IT Inc.",
    ]
    assert "1 invoices · 0 payments" in page


def test_the_books_show_invoices_with_their_balance(browser: Browser, invoice: Json) -> None:
    page = browser.get(BOOKS)
    assert "INV-2041" in page
    assert "£120.00" in page
    assert "Bramble &amp; Finch Interiors Ltd" in page


def test_part_of_two_invoices_is_paid_by_form(
    browser: Browser, northgate: CompanyApi, invoice: Json
) -> None:
    other = northgate.invoice("58", "50.00", DocNumber="INV-2042")
    page = browser.get(f"{BOOKS}/customers/58/pay?invoice={invoice['Id']}")
    assert f'name="invoice-{invoice["Id"]}" value="120.00"' in page
    form = {f"invoice-{invoice['Id']}": "20.00", f"invoice-{other['Id']}": "60.00"}
    done = browser.post(f"{BOOKS}/customers/58/pay", ref="BACS-7781", total="", **form)
    assert "Payment recorded." in done
    books = northgate.simulator.books(NORTHGATE)
    assert [x["Balance"] for x in books["invoices"]] == [100, 0]
    assert books["payments"][0]["PaymentRefNum"] == "BACS-7781"
    assert "Part-paid" in browser.get(BOOKS)


def test_a_payment_is_voided_and_deleted_by_form(
    browser: Browser, northgate: CompanyApi, invoice: Json
) -> None:
    payment = northgate.pay("58", "120.00", (invoice["Id"], "120.00"))
    assert "Paid" in browser.get(BOOKS)
    assert "Voided." in browser.post(f"{BOOKS}/payments/{payment['Id']}/void")
    assert northgate.read("Invoice", invoice["Id"])["Balance"] == 120
    assert "Deleted." in browser.post(f"{BOOKS}/payments/{payment['Id']}/delete")
    assert northgate.simulator.books(NORTHGATE)["payments"] == []


def test_an_invoice_is_edited_voided_and_deleted_by_form(
    browser: Browser, northgate: CompanyApi, invoice: Json
) -> None:
    path = f"{BOOKS}/invoices/{invoice['Id']}"
    saved = browser.post(path, **{"amount-1": "90.00", "PrivateNote": "agreed by phone"})
    assert "Changes saved." in saved
    after = northgate.read("Invoice", invoice["Id"])
    assert (after["TotalAmt"], after["PrivateNote"]) == (108, "agreed by phone")
    assert "Voided" in browser.post(f"{path}/void")
    assert northgate.read("Invoice", invoice["Id"])["TotalAmt"] == 0
    browser.post(f"{path}/delete")
    assert northgate.simulator.books(NORTHGATE)["invoices"] == []


def test_what_quickbooks_refuses_is_said_in_words(browser: Browser, invoice: Json) -> None:
    form = {f"invoice-{invoice['Id']}": "500.00"}
    page = browser.post(f"{BOOKS}/customers/58/pay", expected=400, **form)
    assert "more than the open balance" in page
    assert "a number such as" in browser.post(
        f"{BOOKS}/customers/58/pay", expected=400, **{f"invoice-{invoice['Id']}": "a lot"}
    )
    browser.post(f"{BOOKS}/invoices/9999/void", expected=400)


def test_the_books_are_closed_by_form(browser: Browser, northgate: CompanyApi) -> None:
    browser.post(f"{BOOKS}/settings", UsingSalesTax="on", BookCloseDate="2026-03-31")
    preferences = northgate.send("GET", "preferences").json()["Preferences"]
    assert preferences["AccountingInfoPrefs"]["BookCloseDate"] == "2026-03-31"
    assert preferences["SalesFormsPrefs"]["CustomTxnNumbers"] is False


def test_the_owner_disconnects_the_app(browser: Browser, northgate: CompanyApi) -> None:
    assert "its tokens are dead" in browser.post(f"{BOOKS}/disconnect")
    assert northgate.send("GET", "preferences").status_code == 401


def test_faults_and_switches_are_set_on_the_panel(browser: Browser, northgate: CompanyApi) -> None:
    page = browser.post(
        "/panel/faults", kind="server_error", entity="Invoice", operation="create", when="after",
        nth="1", times="0", seconds="", retry_after="", status="", code="", body="",
    )  # fmt: skip
    assert "server_error after" in page
    assert northgate.post("invoice", northgate.invoice_body("58")).status_code == 500
    assert "No fault is waiting." in browser.post("/panel/faults/clear")
    browser.post("/panel/switches", vat_rounding="line", latency_ms="5", throttle="True")
    switches = northgate.simulator.switches()
    assert [switches[n] for n in ("vat_rounding", "latency_ms", "throttle")] == ["line", 5, True]
    assert "must be one of" in browser.post("/panel/switches", expected=400, vat_rounding="both")
    assert "24" in browser.post("/panel/clock", hours="24")


def test_a_page_that_is_not_there(browser: Browser) -> None:
    answer = requests.get(f"{browser._url}/books/123", timeout=5)
    assert answer.status_code == 404
    assert "Not found" in answer.text


@pytest.mark.parametrize(
    ("kinds", "kept_as", "owed"),
    [("invoices", "invoices", 120), ("refund-receipts", "refund_receipts", 0)],
)
def test_a_sale_is_typed_by_hand(
    browser: Browser, northgate: CompanyApi, kinds: str, kept_as: str, owed: int
) -> None:
    form = browser.get(f"{BOOKS}/new/{kinds}?customer=58")
    choices = {name: _offered(form, name) for name in ("customer", "item", "tax")}
    typed = {
        "customer": "58",
        "item": choices["item"]["Managed Workstation"],
        "tax": choices["tax"]["20.0% S"],
    }
    assert "58" in choices["customer"].values()
    page = browser.post(f"{BOOKS}/new/{kinds}", number="G-1", amount="100.00", **typed)
    assert "Saved." in page
    assert "G-1" in page
    assert "G-1" in browser.get(BOOKS)
    [sale] = northgate.simulator.books(NORTHGATE)[kept_as]
    assert (sale["TotalAmt"], sale["Balance"], sale["CustomerRef"]["value"]) == (120, owed, "58")


def test_a_number_that_is_used_is_refused_by_the_form(browser: Browser, invoice: Json) -> None:
    form = browser.get(f"{BOOKS}/new/invoices")
    first = {name: next(iter(_offered(form, name).values())) for name in ("item", "tax")}
    page = browser.post(
        f"{BOOKS}/new/invoices", 400, customer="58", number="INV-2041", amount="1.00", **first
    )
    assert "already been used" in page


def test_a_sale_is_typed_in_america_with_its_own_tax_words(browser: Browser) -> None:
    books = f"/books/{FOGHORN}"
    form = browser.get(f"{books}/new/invoices")
    assert set(_offered(form, "tax").values()) == {"NON", "TAX"}
    first = {name: next(iter(_offered(form, name).values())) for name in ("customer", "item")}
    assert "Saved." in browser.post(f"{books}/new/invoices", amount="10.00", tax="NON", **first)


def _offered(page: str, name: str) -> dict[str, str]:
    [choice] = re.findall(rf'<select name="{name}">(.*?)</select>', page, re.DOTALL)
    found = re.findall(r'<option value="(.*?)"(?: selected)?>(.*?)</option>', choice)
    return {words: value for value, words in found}
