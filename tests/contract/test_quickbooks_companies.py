"""QuickBooks companies that differ: the United States, VAT off, several currencies, big feeds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.reading import BookKind
from app.domain.states import CatalogueKind, DocumentKind, Operation
from app.ledgers.errors import Unavailable, Unsure
from app.ledgers.quickbooks import changes as feed
from app.ledgers.quickbooks import queries
from tests.contract.books import Books, booked, now
from tests.plans import invoice_plan, planned

Open = Callable[[str], Books]
NORTHGATE, FOGHORN, HARROW_LANE = "9130357766900456", "4620816365012345670", "9130357766900999"
LATELY = timedelta(minutes=5)


class TestUnitedStates:
    def american(self, open_quickbooks: Open) -> Books:
        books = open_quickbooks(FOGHORN)
        entries = books.ledger.catalogue()
        books.item_id = next(e.ledger_id for e in entries if e.kind == CatalogueKind.ITEM)
        return books

    def test_the_company_is_american(self, open_quickbooks: Open) -> None:
        company = open_quickbooks(FOGHORN).ledger.company()
        assert (company.country, company.home_currency, company.problems) == ("US", "USD", ())

    def test_one_rate_taxes_the_taxable_lines(self, open_quickbooks: Open) -> None:
        books = self.american(open_quickbooks)
        taxed = {"quantity": "3", "unit_price": "50", "tax": "12.00", "tax_code": "2"}
        free = {"quantity": "1", "unit_price": "10", "tax": "0", "tax_code": "NON"}
        lines = (
            planned("150.00", item=books.item_id, **taxed),
            planned("10.00", item=books.item_id, **free, position=2),
        )
        customer = books.customer()
        plan = invoice_plan(*lines, customer_ledger_id=customer, country="US", currency="USD")
        written = booked(books.write(plan))
        assert (written.total, written.tax_total) == (Decimal("172.00"), Decimal("12.00"))

    def test_the_two_codes_of_lines_are_in_the_list(self, open_quickbooks: Open) -> None:
        entries = {e.ledger_id: e for e in open_quickbooks(FOGHORN).ledger.catalogue()}
        assert entries["NON"].rate == 0
        assert entries["TAX"].rate is None


def test_a_british_company_without_vat_says_so_once(open_quickbooks: Open) -> None:
    company = open_quickbooks(HARROW_LANE).ledger.company()
    assert not company.tax_enabled
    assert company.problems == ()  # only what charges VAT is held back: said with its count


def test_a_british_company_without_vat_books_what_has_none(open_quickbooks: Open) -> None:
    books = open_quickbooks(HARROW_LANE)
    entries = books.ledger.catalogue()
    item = next(e.ledger_id for e in entries if e.kind == CatalogueKind.ITEM)
    line = planned("450.00", tax="0", item=item, tax_code=None)
    written = books.invoice(books.customer(), lines=(line,))
    assert (written.total, written.tax_total) == (450, 0)


def test_a_foreign_invoice_is_never_booked_as_our_own_currency(open_quickbooks: Open) -> None:
    books = open_quickbooks(NORTHGATE)
    outcome = books.write(books.plan(books.customer(), currency="EUR"))
    assert outcome.written is None
    assert books.bookkeeper.books(NORTHGATE)["invoices"] == []


def test_a_production_token_is_never_sent_to_a_place_of_another_name(
    open_quickbooks: Open,
) -> None:
    books = open_quickbooks(NORTHGATE)
    app = type(books.app)("client", "secret")
    with pytest.raises(ValueError, match="no environment"):
        books.kind.open(app, "Sandbox", NORTHGATE, "token", lambda call: None)
    with pytest.raises(ValueError, match="row of digits"):
        books.kind.open(app, "sandbox", "../1", "token", lambda call: None)


def test_a_meter_that_breaks_does_not_lose_what_was_booked(open_quickbooks: Open) -> None:
    books = open_quickbooks(NORTHGATE)
    customer = books.customer()

    def broken(_call: object) -> None:
        raise RuntimeError("Redis is away.")

    books.ledger._client._on_call = broken  # type: ignore[attr-defined]
    assert books.invoice(customer).total == 540


@pytest.mark.parametrize(
    ("kind", "operation", "changes"),
    [
        (DocumentKind.INVOICE, Operation.UPDATE, {}),
        (DocumentKind.INVOICE, Operation.UPDATE, {"ledger_id": "301"}),
        (DocumentKind.INVOICE, Operation.CREATE, {"ledger_id": "301", "version": "0"}),
        (DocumentKind.INVOICE, Operation.VOID, {}),
        (DocumentKind.CUSTOMER, Operation.CREATE, {}),
        (DocumentKind.CREDIT_NOTE, Operation.VOID, {}),
    ],
)
def test_a_plan_that_does_not_fit_is_never_built(
    open_quickbooks: Open, kind: DocumentKind, operation: Operation, changes: dict[str, str]
) -> None:
    books = open_quickbooks(NORTHGATE)
    with pytest.raises(ValueError, match="from this plan"):
        books.ledger.build(kind, operation, invoice_plan(**changes))


@pytest.mark.parametrize("status", [201, 202, 204])
def test_a_yes_of_another_kind_is_unsure_not_undone(open_quickbooks: Open, status: int) -> None:
    books = open_quickbooks(NORTHGATE)
    customer = books.customer()
    books.bookkeeper.inject("answer", operation="create", status=status, body="{}", when="after")
    assert isinstance(books.write(books.plan(customer)).error, Unsure)


def test_a_document_is_where_people_work(open_quickbooks: Open) -> None:
    books = open_quickbooks(NORTHGATE)
    assert books.ledger.url(DocumentKind.INVOICE, "301").endswith(f"/books/{NORTHGATE}#invoice-301")
    real = type(books.app)("client", "secret")
    ledger = books.kind.open(real, "production", NORTHGATE, "token", lambda call: None)
    assert (
        ledger.url(DocumentKind.INVOICE, "301")
        == "https://app.qbo.intuit.com/app/invoice?txnId=301"
    )


class TestFeed:
    """When one change-data-capture answer is not enough."""

    def three_invoices(self, books: Books) -> set[str]:
        customer = books.customer()
        numbers = ("INV-1", "INV-2", "INV-3")
        return {books.invoice(customer, number=number).ledger_id for number in numbers}

    def test_an_answer_cut_off_is_asked_for_kind_by_kind(
        self, open_quickbooks: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        books = open_quickbooks(NORTHGATE)
        invoices = self.three_invoices(books)
        monkeypatch.setattr(feed, "MOST", 4)
        changes = books.ledger.changes(now() - LATELY, now())
        assert {i.ledger_id for i in changes.invoices} == invoices
        assert changes.complete

    def test_a_kind_cut_off_on_its_own_tells_its_deletions_and_is_left_to_its_pages(
        self, open_quickbooks: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        books = open_quickbooks(NORTHGATE)
        deleted = min(self.three_invoices(books))
        books.bookkeeper.delete(NORTHGATE, "invoices", deleted)
        monkeypatch.setattr(feed, "MOST", 2)
        changes = books.ledger.changes(now() - LATELY, now())
        assert [(i.ledger_id, i.deleted) for i in changes.invoices] == [(deleted, True)]
        assert changes.unread == {BookKind.INVOICE}
        assert "Oak & Ash Ltd" in {c.name for c in changes.customers}

    def test_what_is_older_than_the_feed_reaches_is_not_asked_of_it(
        self, open_quickbooks: Open
    ) -> None:
        books = open_quickbooks(NORTHGATE)
        before = len(books.calls)
        changes = books.ledger.changes(now() - timedelta(days=31), now())
        assert changes.unread == set(BookKind)
        assert len(books.calls) == before

    def test_what_quickbooks_calls_too_old_is_left_to_the_pages(
        self, open_quickbooks: Open
    ) -> None:
        books = open_quickbooks(NORTHGATE)
        books.bookkeeper.inject("fault", entity="cdc", code="2190")
        assert books.ledger.changes(now() - LATELY, now()).unread == set(BookKind)

    def test_one_broken_record_hides_only_its_own_kind(self, open_quickbooks: Open) -> None:
        books = open_quickbooks(NORTHGATE)
        self.three_invoices(books)
        books.bookkeeper.inject("fault", entity="cdc", code="4002", times=2)
        changes = books.ledger.changes(now() - LATELY, now())
        assert changes.unread == {BookKind.CUSTOMER}
        assert len(changes.invoices) == 3

    def test_another_fault_of_the_feed_is_raised(self, open_quickbooks: Open) -> None:
        books = open_quickbooks(NORTHGATE)
        books.bookkeeper.inject("server_error", entity="cdc")
        with pytest.raises(Unavailable):
            books.ledger.changes(now() - LATELY, now())

    @pytest.mark.parametrize("rows", [1, 2, 3, 4])
    def test_pages_of_any_size_hold_every_invoice_once(
        self, open_quickbooks: Open, monkeypatch: pytest.MonkeyPatch, rows: int
    ) -> None:
        books = open_quickbooks(NORTHGATE)
        customer = books.customer()
        for number, day in enumerate((1, 1, 1, 2, 3, 3, 30)):
            books.invoice(customer, number=f"INV-{number}", issue_date=date(2026, 11, day))
        monkeypatch.setattr(queries, "PAGE", rows)
        monkeypatch.setattr(
            queries.select, "__kwdefaults__", {"order": "", "start": 1, "rows": rows}
        )
        pages = books.ledger.documents_dated(
            BookKind.INVOICE, date(2026, 11, 1), date(2026, 11, 29)
        )
        found = [i.number for page in pages for i in page]
        assert sorted(found, key=str) == [f"INV-{n}" for n in range(6)]


def test_forty_names_cost_one_question(open_quickbooks: Open) -> None:
    books = open_quickbooks(NORTHGATE)
    before = len(books.calls)
    books.ledger.customers_named([f"Customer {n} Ltd" for n in range(40)])
    assert len(books.calls) - before == 1


def test_every_call_has_our_request_id_and_a_minor_version(
    open_quickbooks: Open, simulator: Any
) -> None:
    books = open_quickbooks(NORTHGATE)
    books.write(books.plan(books.customer()), key="push-77")
    created = [r for r in simulator.requests(NORTHGATE) if r["entity"] == "Invoice"]
    assert [r["requestid"] for r in created] == ["push-77"]
