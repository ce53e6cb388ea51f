"""A long way back is read page by page, around what cannot be read, and what is gone is found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from app.domain.reading import BookKind
from app.ledgers.errors import Unavailable
from app.ledgers.interface import Page, Portion
from app.ledgers.quickbooks import portions
from tests.contract.books import Books, now

Open = Callable[[str], Books]
NORTHGATE = "9130357766900456"
LATELY = timedelta(minutes=5)
DAYS = (1, 1, 1, 2, 3, 3, 30)


@pytest.fixture
def books(open_quickbooks: Open) -> Books:
    """Seven invoices of November; their ids are in made."""
    opened = open_quickbooks(NORTHGATE)
    customer = opened.customer()
    for number, day in enumerate(DAYS):
        opened.invoice(customer, number=f"INV-{number}", issue_date=date(2026, 11, day))
    return opened


def read_all(books: Books, wanted: Portion) -> list[Page]:
    """Read page after page, each from nothing but the mark of the one before it."""
    pages = [books.ledger.read_page(wanted, None)]
    while pages[-1].mark is not None:
        assert len(pages) < 30, "it never ends"
        pages.append(books.ledger.read_page(wanted, pages[-1].mark))
    return pages


def numbers(pages: list[Page]) -> set[str | None]:
    return {invoice.number for page in pages for invoice in page.invoices}


def id_of(books: Books, number: str) -> str:
    return next(w.ledger_id for w in books.ledger.look_for("invoice", number))  # type: ignore[arg-type]


def break_record(books: Books, ledger_id: str) -> None:
    books.bookkeeper.call("POST", f"/books/{NORTHGATE}/invoices/{ledger_id}/break")


@pytest.mark.parametrize("rows", [1, 3, 500])
@pytest.mark.parametrize("by", ["date", "change"])
def test_pages_of_any_size_hold_everything(
    books: Books, monkeypatch: pytest.MonkeyPatch, rows: int, by: str
) -> None:
    monkeypatch.setattr(portions, "ROWS", rows)
    first = date(2026, 11, 1) if by == "date" else None
    since = now() - LATELY if by == "change" else None
    pages = read_all(books, Portion(BookKind.INVOICE, since=since, first=first))
    assert numbers(pages) >= {f"INV-{n}" for n in range(7)}
    assert all(page.calls == 1 for page in pages)


def test_a_window_ends_before_its_last_date(books: Books) -> None:
    window = Portion(BookKind.INVOICE, first=date(2026, 11, 2), before=date(2026, 11, 30))
    assert numbers(read_all(books, window)) == {"INV-3", "INV-4", "INV-5"}


def test_what_is_older_and_paid_is_not_owed(books: Books) -> None:
    paid = id_of(books, "INV-0")
    customer = books.bookkeeper.books(NORTHGATE)["invoices"][-1]["CustomerRef"]["value"]
    books.bookkeeper.record_payment(NORTHGATE, customer, [(paid, "540.00")])
    owed = Portion(BookKind.INVOICE, before=date(2026, 11, 2), owed=True)
    assert numbers(read_all(books, owed)) >= {"INV-1", "INV-2"}
    assert "INV-0" not in numbers(read_all(books, owed))


def test_customers_made_inactive_are_read_too(books: Books) -> None:
    made = books.bookkeeper.create(NORTHGATE, "customers", DisplayName="Gone & Away Ltd")
    books.bookkeeper.edit(NORTHGATE, "customers", made["Id"], Active=False)
    [page] = read_all(books, Portion(BookKind.CUSTOMER))
    assert {c.ledger_id: c.active for c in page.customers}[made["Id"]] is False


@pytest.mark.parametrize("number", ["INV-0", "INV-3", "INV-6"])
def test_a_broken_record_is_passed_over_and_named(
    books: Books, monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    broken = id_of(books, number)
    break_record(books, broken)
    monkeypatch.setattr(portions, "ROWS", 4)
    pages = read_all(books, Portion(BookKind.INVOICE, first=date(2026, 11, 1)))
    assert numbers(pages) >= {f"INV-{n}" for n in range(7)} - {number}
    assert {one for page in pages for one in page.unreadable} == {broken}


def test_a_record_that_can_be_read_alone_is_not_broken(books: Books) -> None:
    break_record(books, id_of(books, "INV-3"))
    books.bookkeeper.switch(broken_record_read="give")
    [page] = read_all(books, Portion(BookKind.INVOICE, first=date(2026, 11, 1)))
    assert "INV-3" in numbers([page])
    assert page.unreadable == ()


def test_where_all_is_broken_nothing_is_passed_over(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portions, "_MOST_BROKEN", 1)
    for number in ("INV-1", "INV-4"):
        break_record(books, id_of(books, number))
    with pytest.raises(Unavailable):
        read_all(books, Portion(BookKind.INVOICE, first=date(2026, 11, 1)))


def test_what_is_there_is_found_in_one_call_and_what_is_gone_costs_none(books: Books) -> None:
    ids = [id_of(books, f"INV-{n}") for n in range(7)]
    books.bookkeeper.delete(NORTHGATE, "invoices", ids[2])
    books.bookkeeper.void(NORTHGATE, "invoices", ids[3])
    page = books.ledger.find(BookKind.INVOICE, ids)
    assert (page.ids, page.calls) == (set(ids) - {ids[2]}, 1)
    assert {i.ledger_id for i in page.invoices if i.voided} == {ids[3]}
    before = sum(call.metered for call in books.calls)
    assert books.ledger.is_gone(BookKind.INVOICE, ids[2])
    assert sum(call.metered for call in books.calls) == before
    assert not books.ledger.is_gone(BookKind.INVOICE, ids[3])


def test_a_broken_record_among_those_looked_for_is_not_taken_for_gone(books: Books) -> None:
    ids = [id_of(books, f"INV-{n}") for n in range(7)]
    break_record(books, ids[4])
    page = books.ledger.find(BookKind.INVOICE, ids)
    assert (page.ids, page.unreadable) == (set(ids) - {ids[4]}, (ids[4],))
