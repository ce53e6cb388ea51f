"""The judge of a storm finds what must not be: else the storm proves nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from benchmarks.billing_storm import Billed
from benchmarks.companies import Company
from benchmarks.verdict import Verdict, judge
from demo.billing import Billing

BILLING = Billing("http://127.0.0.1:9/", "whsec_")
QUIET = {"max_per_second": 9, "max_per_minute": 480, "max_in_flight": 3, "max_writes_in_flight": 2}


class Books:
    """Two companies' books as a test wants them; those of any other start with one customer."""

    def __init__(self, invoices: dict[str, list[dict[str, Any]]], **counted: int) -> None:
        self._invoices, self._counted = invoices, counted
        self.customers = {"1": ["Tamar Joinery Ltd", "Oak & Ash Ltd"], "2": ["Tamar Joinery Ltd"]}

    def books(self, realm: str) -> dict[str, Any]:
        names = self.customers.get(realm, ["Tamar Joinery Ltd"])
        return {
            "invoices": self._invoices.get(realm, []),
            "customers": [{"DisplayName": name} for name in names],
        }

    def counters(self, _realm: str) -> dict[str, int]:
        return {"free_writes": 1, "replayed": 0, **QUIET, **self._counted}


def booked(number: str, total: str = "540.00") -> dict[str, Any]:
    return {"DocNumber": number, "TotalAmt": Decimal(total)}


def judged(books: Books, *void: str) -> Verdict:
    companies = [Company(realm, int(realm), 1, f"c{realm}", 2, BILLING) for realm in "12"]
    totals = {"INV-1": Decimal("540.00"), "INV-2": Decimal("120.00")}
    billed = {"1": Billed(totals, set(void), {"Oak & Ash Ltd"}), "2": Billed()}
    return judge(books, companies, billed)  # type: ignore[arg-type]  # what it asks for is there


GOOD = [booked("INV-1"), booked("INV-2", "120.00")]


def test_what_is_as_it_should_be_is_square() -> None:
    assert judged(Books({"1": GOOD})).all == []


@pytest.mark.parametrize(
    ("invoices", "list_", "sentence"),
    [
        ({"1": [*GOOD, booked("INV-1")]}, "duplicates", "c1: INV-1 stands there 2 ×"),
        ({"1": GOOD[:1]}, "losses", "c1: INV-2 is missing"),
        (
            {"1": [GOOD[0], booked("INV-2", "119.99")]},
            "losses",
            "c1: INV-2 is 119.99 there and 120.00 in billing",
        ),
        ({"1": [*GOOD, booked("INV-9")]}, "strangers", "c1: INV-9 was not billed there"),
        ({"1": GOOD, "2": GOOD[:1]}, "strangers", "c2: INV-1 was not billed there"),
    ],
)
def test_every_kind_of_wrong_invoice_is_found(
    invoices: dict[str, list[dict[str, Any]]], list_: str, sentence: str
) -> None:
    verdict = judged(Books(invoices))

    assert verdict.all == getattr(verdict, list_) == [sentence]


def test_a_voided_invoice_stands_there_with_nothing_or_not_at_all() -> None:
    assert judged(Books({"1": [GOOD[0], booked("INV-2", "0")]}), "INV-2").all == []
    assert judged(Books({"1": GOOD[:1]}), "INV-2").all == []
    assert judged(Books({"1": GOOD}), "INV-2").losses == [
        "c1: INV-2 was voided and stands there with 120.00"
    ]


def test_a_customer_made_twice_or_for_nobody_is_found() -> None:
    books = Books({"1": GOOD})
    books.customers["1"] += ["OAK & ASH LTD", "Somebody Ltd"]

    verdict = judged(books)

    assert verdict.duplicates == ["c1: customer oak & ash ltd 2 ×"]
    assert verdict.strangers == ["c1: customer somebody ltd has no invoice in billing"]


@pytest.mark.parametrize(
    "counted",
    [
        {"max_per_second": 11},
        {"max_per_minute": 501},
        {"max_in_flight": 11},
        {"max_writes_in_flight": 3},  # the connection's setting is two
    ],
)
def test_every_limit_that_was_passed_is_found(counted: dict[str, int]) -> None:
    assert len(judged(Books({"1": GOOD}, **counted)).limits) == 2  # in each company
