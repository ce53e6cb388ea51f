"""What every ledger must do with what we write."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.domain.push_plan import VoidPlan
from app.domain.states import DocumentKind, Operation
from app.ledgers.errors import (
    Gone,
    NameTaken,
    NotAuthorised,
    NumberTaken,
    Refused,
    Stale,
    Throttled,
    Unavailable,
    Unsure,
)
from tests.contract.books import Books, booked
from tests.plans import customer_plan, planned


def test_an_invoice_is_booked_to_the_penny(books: Books) -> None:
    written = books.invoice(books.customer(), "450.00")
    assert (written.total, written.tax_total, written.balance) == (540, 90, 540)
    assert (written.number, written.currency) == ("INV-2041", "GBP")
    assert written.marker == "Ledgerbridge inv_8812"
    assert written.request_id


def test_the_same_write_again_books_nothing_new(books: Books) -> None:
    plan = books.plan(books.customer())
    first = booked(books.write(plan, key="push-1"))
    again = booked(books.write(plan, key="push-1"))
    assert (again.ledger_id, again.total) == (first.ledger_id, first.total)
    assert len(books.bookkeeper.books(books.company_id)["invoices"]) == 1


def test_a_number_that_is_taken_tells_by_whom(books: Books) -> None:
    customer = books.customer()
    first = books.invoice(customer)
    error = books.write(books.plan(customer)).error
    assert isinstance(error, NumberTaken)
    assert error.existing_id == first.ledger_id


def test_a_name_that_is_taken(books: Books) -> None:
    books.customer("Meridian Care Homes Ltd")
    plan = customer_plan(replace(customer_plan().customer, name="MERIDIAN CARE HOMES LTD"))
    error = books.write(plan, kind=DocumentKind.CUSTOMER).error
    assert isinstance(error, NameTaken)


def test_a_change_replaces_the_lines(books: Books) -> None:
    customer = books.customer()
    first = books.invoice(customer)
    plan = books.plan(customer, "100.00", ledger_id=first.ledger_id, version=first.version)
    changed = booked(books.write(plan, operation=Operation.UPDATE))
    assert (changed.ledger_id, changed.total) == (first.ledger_id, Decimal(120))
    assert changed.version != first.version


def test_a_change_of_an_old_version_is_stale(books: Books) -> None:
    customer = books.customer()
    first = books.invoice(customer)
    books.bookkeeper.edit(books.company_id, "invoices", first.ledger_id, PrivateNote="Mine")
    plan = books.plan(customer, ledger_id=first.ledger_id, version=first.version)
    assert isinstance(books.write(plan, operation=Operation.UPDATE).error, Stale)


def test_a_void_leaves_nothing_to_pay(books: Books) -> None:
    first = books.invoice(books.customer())
    plan = VoidPlan(first.ledger_id, first.version)
    void = booked(books.write(plan, operation=Operation.VOID))
    assert (void.voided, void.total, void.balance) == (True, 0, 0)
    read = books.ledger.read(DocumentKind.INVOICE, first.ledger_id)
    assert read is not None
    assert read.voided


def test_a_deletion_leaves_nothing_and_frees_the_number(books: Books) -> None:
    customer = books.customer()
    first = books.invoice(customer)
    plan = VoidPlan(first.ledger_id, first.version)
    gone = booked(books.write(plan, operation=Operation.DELETE, key="delete-1"))
    assert (gone.deleted, gone.ledger_id) == (True, first.ledger_id)
    assert gone.request_id
    assert books.ledger.read(DocumentKind.INVOICE, first.ledger_id) is None
    again = booked(books.write(plan, operation=Operation.DELETE, key="delete-1"))
    assert again.ledger_id == first.ledger_id
    assert booked(books.write(books.plan(customer))).number == first.number


def test_a_deletion_of_an_older_version_is_stale(books: Books) -> None:
    first = books.invoice(books.customer())
    plan = VoidPlan(first.ledger_id, str(int(first.version) + 7))
    assert isinstance(books.write(plan, operation=Operation.DELETE).error, Stale)


def test_what_was_deleted_there_is_gone(books: Books) -> None:
    first = books.invoice(books.customer())
    books.bookkeeper.delete(books.company_id, "invoices", first.ledger_id)
    plan = VoidPlan(first.ledger_id, first.version)
    assert isinstance(books.write(plan, operation=Operation.VOID).error, Gone)


def test_a_refusal_carries_the_ledgers_own_words(books: Books) -> None:
    plan = books.plan(books.customer(), lines=(planned(item="99999", tax_code="6"),))
    error = books.write(plan).error
    assert isinstance(error, Refused | Gone)
    assert "99999" in error.message
    assert error.code
    assert error.request_id


def test_odd_lines_add_up_there_as_they_do_here(books: Books) -> None:
    code, item = books.tax_codes[20], books.item_id
    lines = (
        planned("1861.08", quantity="128.350", unit_price="14.50", tax="372.22", item=item),
        planned("100.00", quantity="3", unit_price="33.33", tax="20.00", item=item, position=2),
        planned("405.00", tax="81.00", discount_percent=Decimal(10), item=item, position=3),
        planned("-45.00", quantity="1", unit_price="-45", tax="-9.00", item=item, position=4),
        planned("0", quantity="0", item=None, tax_code=None, tax="0", position=5),
    )
    assert {line.tax_code_id for line in lines[:4]} == {code}
    written = books.invoice(books.customer(), lines=lines)
    assert (written.total, written.tax_total) == (Decimal("2785.30"), Decimal("464.22"))


def test_a_discount_over_everything_is_taken_off_before_tax(books: Books) -> None:
    item = books.item_id
    lines = (
        planned("450.00", item=item),
        planned("-50.00", quantity="1", unit_price="-50", tax="-10", item=None, position=2),
    )
    written = books.invoice(books.customer(), lines=lines)
    assert (written.total, written.tax_total) == (480, 80)


def test_prices_with_tax_inside_keep_their_total(books: Books) -> None:
    line = planned("20.00", quantity="1", unit_price="20.00", tax="3.33", item=books.item_id)
    written = books.invoice(books.customer(), lines=(line,), prices="tax_inclusive")
    assert (written.total, written.tax_total) == (Decimal("20.00"), Decimal("3.33"))


def test_a_customer_billing_describes_in_full(books: Books) -> None:
    written = booked(books.write(customer_plan(), kind=DocumentKind.CUSTOMER))
    assert (written.name, written.marker) == ("Oak & Ash Ltd", "Ledgerbridge cus_17")


@pytest.mark.parametrize(
    "name",
    ["Amy's Bird Sanctuary", r"Back\slash & Sons", "Meridian: Care", 'The "Quay" +1%', "Café Zoë"],
)
def test_a_customer_is_found_again_however_the_name_is_written(books: Books, name: str) -> None:
    created = books.customer(name)
    [found] = books.ledger.customers_named(["Nobody Ltd", name])
    assert (found.ledger_id, found.answers) == (created, name)
    [looked] = books.ledger.look_for(DocumentKind.CUSTOMER, name)
    assert looked.ledger_id == created


def test_an_inactive_customer_is_found_and_known_as_inactive(books: Books) -> None:
    created = books.customer()
    books.bookkeeper.edit(books.company_id, "customers", created, Active=False)
    [found] = books.ledger.customers_named(["Oak & Ash Ltd"])
    assert (found.ledger_id, found.active, found.answers) == (created, False, "Oak & Ash Ltd")


def test_a_document_is_found_by_its_number(books: Books) -> None:
    written = books.invoice(books.customer(), number="INV'20\\41")
    [found] = books.ledger.look_for(DocumentKind.INVOICE, "INV'20\\41")
    assert replace(found, request_id=None) == replace(written, request_id=None)
    assert books.ledger.look_for(DocumentKind.INVOICE, "INV-9999") == []


def test_what_is_not_there_reads_as_nothing(books: Books) -> None:
    assert books.ledger.read(DocumentKind.INVOICE, "99999") is None


class TestTrouble:
    """What may have been booked is unsure, and the same write again finds out."""

    @pytest.mark.parametrize("kind", ["reset", "server_error", "html", "truncated", "invalid_json"])
    def test_a_lost_answer_is_unsure_and_the_same_key_finds_what_was_booked(
        self, books: Books, kind: str
    ) -> None:
        plan = books.plan(books.customer())
        books.bookkeeper.inject(kind, entity="Invoice", operation="create", when="after")
        lost = books.write(plan, key="push-1")
        assert isinstance(lost.error, Unsure)
        again = booked(books.write(plan, key="push-1"))
        assert again.total == 540
        assert len(books.bookkeeper.books(books.company_id)["invoices"]) == 1

    def test_a_lost_answer_can_be_looked_for_by_number_and_marker(self, books: Books) -> None:
        customer = books.customer()
        books.bookkeeper.inject("reset", entity="Invoice", operation="create", when="after")
        assert isinstance(books.write(books.plan(customer)).error, Unsure)
        [found] = books.ledger.look_for(DocumentKind.INVOICE, "INV-2041")
        assert (found.marker, found.customer_ledger_id) == ("Ledgerbridge inv_8812", customer)

    @pytest.mark.parametrize("shape", ["json", "xml"])
    def test_too_fast_says_how_long_to_wait(self, books: Books, shape: str) -> None:
        customer = books.customer()
        books.bookkeeper.inject("throttled", operation="create", retry_after=30, format=shape)
        error = books.write(books.plan(customer)).error
        assert isinstance(error, Throttled)
        assert error.retry_after == 30

    def test_an_expired_token(self, books: Books) -> None:
        books.bookkeeper.expire_tokens(books.company_id)
        with pytest.raises(NotAuthorised):
            books.ledger.company()

    @pytest.mark.parametrize("kind", ["expired_token", "forbidden"])
    def test_a_write_without_permission_books_nothing(self, books: Books, kind: str) -> None:
        customer = books.customer()
        books.bookkeeper.inject(kind, operation="create")
        assert isinstance(books.write(books.plan(customer)).error, NotAuthorised)

    @pytest.mark.parametrize("kind", ["server_error", "unavailable", "html", "xml", "reset"])
    def test_a_read_that_breaks_can_simply_be_repeated(self, books: Books, kind: str) -> None:
        books.bookkeeper.inject(kind, operation="read")
        with pytest.raises(Unavailable):
            books.ledger.company()
        assert books.ledger.company().name == "Northgate IT Services Ltd"

    def test_closed_books_refuse_and_say_why(self, books: Books) -> None:
        customer = books.customer()
        books.bookkeeper.set_company(books.company_id, BookCloseDate="2026-11-30")
        error = books.write(books.plan(customer)).error
        assert isinstance(error, Refused)
        assert books.ledger.company().books_closed_to == date(2026, 11, 30)
        assert "closed for the period" in books.kind.explain(error).happened

    def test_a_subscription_that_ended_stops_the_company(self, books: Books) -> None:
        customer = books.customer()
        books.bookkeeper.set_company(books.company_id, SubscriptionStatus="EXPIRED")
        error = books.write(books.plan(customer)).error
        assert isinstance(error, Refused)
        assert error.company_wide
        assert "subscription has ended" in books.ledger.company().problems[0]
