"""What every ledger must tell of what happened in it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.domain.reading import BookKind
from app.domain.states import CatalogueKind
from app.ledgers.interface import Settlement
from tests.contract.books import Books, now

LATELY = timedelta(minutes=5)


def test_the_company_and_what_it_lets_us_do(books: Books) -> None:
    company = books.ledger.company()
    assert (company.name, company.country) == ("Northgate IT Services Ltd", "GB")
    assert (company.home_currency, company.tax_enabled) == ("GBP", True)
    assert company.problems == ()


def test_the_lists_people_map_to(books: Books) -> None:
    entries = books.ledger.catalogue()
    standard = next(e for e in entries if e.name == "20.0% S")
    item = next(e for e in entries if e.kind == CatalogueKind.ITEM and e.ledger_id == "7")
    assert (standard.kind, standard.ledger_id, standard.rate) == (
        CatalogueKind.TAX_CODE,
        "6",
        Decimal(20),
    )
    assert (item.name, item.active, item.account) == (
        "Managed Workstation",
        True,
        "Managed services income",
    )
    tracked = {CatalogueKind.CLASS, CatalogueKind.DEPARTMENT}
    assert {e.kind for e in entries} == set(CatalogueKind) - tracked


def test_classes_and_departments_are_read_where_the_company_tracks_them(books: Books) -> None:
    keeper, company_id = books.bookkeeper, books.company_id
    keeper.set_company(company_id, ClassTrackingPerTxnLine=True, TrackDepartments=True)
    field = keeper.create(company_id, "classes", Name="Field service")
    keeper.create(company_id, "classes", Name="Leeds", ParentRef={"value": field["Id"]})
    keeper.create(company_id, "departments", Name="North")

    entries = books.ledger.catalogue()

    named = {e.name: e.kind for e in entries}
    assert named["Field service:Leeds"] == CatalogueKind.CLASS
    assert named["North"] == CatalogueKind.DEPARTMENT


def test_an_inactive_entry_is_there_and_inactive(books: Books) -> None:
    books.bookkeeper.edit(books.company_id, "items", "7", Active=False)
    item = next(e for e in books.ledger.catalogue() if e.ledger_id == "7")
    assert not item.active


def test_a_part_payment_over_two_invoices(books: Books) -> None:
    customer = books.customer()
    first = books.invoice(customer).ledger_id
    second = books.invoice(customer, number="INV-2042").ledger_id
    books.bookkeeper.record_payment(
        books.company_id, customer, [(first, "540.00"), (second, "100.00")], ref="BACS-7781"
    )
    changes = books.ledger.changes(now() - LATELY, now())
    [payment] = changes.payments
    assert (payment.amount, payment.reference) == (640, "BACS-7781")
    assert set(payment.settlements) == {
        Settlement(first, Decimal(540)),
        Settlement(second, Decimal(100)),
    }
    assert {i.ledger_id: i.balance for i in changes.invoices} == {first: 0, second: 440}
    assert changes.complete


def test_a_credit_settles_as_money_does(books: Books) -> None:
    customer = books.customer()
    invoice = books.invoice(customer).ledger_id
    line = {
        "Amount": 100,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": "7"}, "TaxCodeRef": {"value": "6"}},
    }
    memo = books.bookkeeper.create(
        books.company_id, "credit-memos", CustomerRef={"value": customer}, Line=[line]
    )["Id"]
    books.bookkeeper.record_payment(
        books.company_id, customer, [(invoice, "120.00")], credits=[(memo, "120.00")], total=0
    )
    changes = books.ledger.changes(now() - LATELY, now())
    [payment] = changes.payments
    assert (payment.amount, payment.settlements) == (0, (Settlement(invoice, Decimal(120)),))
    [credit] = [i for i in changes.invoices if i.credit]
    assert (credit.ledger_id, credit.total, credit.balance) == (memo, 120, 0)


def test_a_voided_and_a_deleted_payment_are_told_apart(books: Books) -> None:
    customer = books.customer()
    invoice = books.invoice(customer).ledger_id
    pay = books.bookkeeper.record_payment
    voided = pay(books.company_id, customer, [(invoice, "100.00")])["Id"]
    deleted = pay(books.company_id, customer, [(invoice, "50.00")])["Id"]
    books.bookkeeper.void(books.company_id, "payments", voided)
    books.bookkeeper.delete(books.company_id, "payments", deleted)
    changes = books.ledger.changes(now() - LATELY, now())
    told = {p.ledger_id: (p.voided, p.deleted, p.settlements) for p in changes.payments}
    assert told == {voided: (True, False, ()), deleted: (False, True, ())}
    assert [i.balance for i in changes.invoices] == [540]


def test_an_invoice_deleted_there_is_told(books: Books) -> None:
    invoice = books.invoice(books.customer()).ledger_id
    books.bookkeeper.delete(books.company_id, "invoices", invoice)
    changes = books.ledger.changes(now() - LATELY, now())
    assert [(i.ledger_id, i.deleted) for i in changes.invoices] == [(invoice, True)]


def test_nothing_new_is_told_as_nothing(books: Books) -> None:
    changes = books.ledger.changes(now() + timedelta(seconds=2), now() + timedelta(seconds=3))
    assert (changes.invoices, changes.payments, changes.customers) == ((), (), ())


def test_the_cursor_never_runs_ahead_of_either_clock(books: Books) -> None:
    books.bookkeeper.set_clock(-30)
    started = now()
    assert books.ledger.changes(started - LATELY, started).covered_to <= started - timedelta(
        seconds=29
    )
    books.bookkeeper.set_clock(30)
    assert books.ledger.changes(started - LATELY, started).covered_to == started


def test_one_change_feed_call_covers_everything(books: Books) -> None:
    customer = books.customer()
    books.bookkeeper.record_payment(
        books.company_id, customer, [(books.invoice(customer).ledger_id, "1.00")]
    )
    before = len(books.calls)
    books.ledger.changes(now() - LATELY, now())
    assert len(books.calls) - before == 1


def test_a_window_holds_what_is_dated_in_it(books: Books) -> None:
    customer = books.customer()
    for number, day in (("A", 1), ("B", 15), ("C", 30)):
        books.invoice(customer, number=number, issue_date=date(2026, 11, day))
    pages = books.ledger.documents_dated(BookKind.INVOICE, date(2026, 11, 1), date(2026, 11, 15))
    assert sorted(i.number or "" for page in pages for i in page) == ["A", "B"]


def test_what_a_call_costs_is_told(books: Books) -> None:
    customer = books.customer()
    before = len(books.calls)
    books.invoice(customer)
    books.ledger.company()
    told = [(call.operation, call.metered, call.status) for call in books.calls[before:]]
    assert told[0] == ("invoice create", False, 200)
    assert {metered for _, metered, _ in told[1:]} == {True}


def test_our_count_of_metered_calls_is_theirs(books: Books) -> None:
    books.ledger.catalogue()
    books.invoice(books.customer())
    books.ledger.read("invoice", "99999")  # type: ignore[arg-type]
    ours = sum(call.metered for call in books.calls)
    assert ours == books.bookkeeper.counters(books.company_id)["metered"]


@pytest.mark.parametrize("kind", ["reset", "server_error"])
def test_a_call_that_broke_is_told_too_but_costs_nothing(books: Books, kind: str) -> None:
    customer = books.customer()
    books.bookkeeper.inject(kind, entity="Invoice", operation="create", when="before")
    books.write(books.plan(customer))
    call = books.calls[-1]
    assert (call.operation, call.metered) == ("invoice create", False)
