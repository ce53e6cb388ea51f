"""People of the ledger, as every ledger must tell them apart."""

from __future__ import annotations

from dataclasses import replace

from app.domain.push_plan import CustomerPlan
from app.domain.states import DocumentKind, Operation
from tests.contract.books import Books, booked
from tests.plans import OAK_AND_ASH, customer_plan


def made(books: Books, plan: CustomerPlan | None = None) -> str:
    return booked(books.write(plan or customer_plan(), kind=DocumentKind.CUSTOMER)).ledger_id


def test_one_is_read_as_billing_said_it(books: Books) -> None:
    there = books.ledger.customer(made(books))
    assert there is not None
    assert there.details == books.ledger.kept_of(OAK_AND_ASH)
    assert (there.active, there.currency, there.plain_name) == (True, "GBP", "Oak & Ash Ltd")


def test_one_that_never_was_or_was_merged_is_none(books: Books) -> None:
    kept, gone = made(books), made(books, customer_plan(replace(OAK_AND_ASH, name="Elm Ltd")))
    books.bookkeeper.merge_customers(books.company_id, kept, gone)
    assert books.ledger.customer(gone) is None
    assert books.ledger.customer("999999") is None


def test_some_are_found_by_part_of_a_name_or_by_e_mail(books: Books) -> None:
    one = made(books)
    for typed in ("ash l", "ap@oakash.example"):
        assert [c.ledger_id for c in books.ledger.find_customers(typed)] == [one]
    assert books.ledger.find_customers("%") == ()


def test_a_name_is_held_by_whoever_has_it(books: Books) -> None:
    books.bookkeeper.create(books.company_id, "vendors", DisplayName="Harcourt & Finch LLP")
    [holder] = books.ledger.name_holders("harcourt & finch llp")
    assert (holder.kind, holder.active) == ("supplier", True)
    assert books.ledger.name_holders("Nobody Ltd") == []


def test_some_fields_are_changed_and_the_others_stay(books: Books) -> None:
    one = made(books)
    plan = replace(
        customer_plan(replace(OAK_AND_ASH, email="new@oakash.example", phone="1")),
        ledger_id=one,
        version="0",
        fields=frozenset({"email"}),
    )
    booked(books.write(plan, kind=DocumentKind.CUSTOMER, operation=Operation.UPDATE))
    there = books.ledger.customer(one)
    assert there is not None
    assert (there.email, there.details.phone) == ("new@oakash.example", "0113 496 0000")


def test_one_made_inactive_is_made_active_under_its_plain_name(books: Books) -> None:
    one = made(books)
    books.bookkeeper.edit(books.company_id, "customers", one, Active=False)
    there = books.ledger.customer(one)
    assert there is not None
    assert (there.active, there.plain_name) == (False, "Oak & Ash Ltd")
    plan = replace(
        customer_plan(), ledger_id=one, version=there.version, name=there.plain_name, activate=True
    )
    written = booked(books.write(plan, kind=DocumentKind.CUSTOMER, operation=Operation.UPDATE))
    assert (written.name, written.voided) == ("Oak & Ash Ltd", False)
