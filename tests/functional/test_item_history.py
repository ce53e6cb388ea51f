"""What people sold as what in the ledger, kept with its book and told on the mappings page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.domain.states import MappingKind
from app.extensions import db
from app.ledgers.interface import LedgerInvoice
from app.models import Connection, LedgerInvoiceRow
from app.queries.mapping_suggestions import Suggester
from app.usecases.book.mirror import Book, keep_invoices
from tests.northgate import make_northgate

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def northgate(app):
    with app.app_context():
        yield make_northgate()


def by_hand(number: int, *sold: tuple[str, str], marker: str | None = None) -> LedgerInvoice:
    """Return an invoice that somebody made in QuickBooks."""
    return LedgerInvoice(
        str(number), "0", f"H-{number}", "58", "Oak & Ash Ltd", date(2026, 11, number), None,
        "GBP", Decimal(10), Decimal(0), Decimal(10), marker, False, False, NOW, sold=sold,
    )  # fmt: skip


def read(northgate, *documents: LedgerInvoice, at: datetime = NOW) -> None:
    keep_invoices(Book(northgate.workspace_id, northgate.connection_id, at), documents)
    db.session.commit()


def suggested(northgate, name="Managed SOC (MDR)"):
    connection = db.session.get_one(Connection, northgate.connection_id)
    return Suggester(connection).suggest(MappingKind.SERVICE, name, None)


def test_what_people_put_on_their_own_invoices_is_suggested(northgate):
    read(northgate, *[by_hand(n, ("Managed SOC (MDR), Oct 2026", "32")) for n in (1, 2, 3)])
    found = suggested(northgate)
    assert (found.ledger_id, found.certainty.word) == ("32", "Certain")
    assert found.reason == "3 invoices in QuickBooks use it"


def test_what_we_pushed_ourselves_says_nothing(northgate):
    ours = by_hand(1, ("Managed SOC (MDR)", "32"), marker="Ledgerbridge inv_1")
    read(northgate, ours, by_hand(2), by_hand(3, ("November 2026", "32")))
    kept = db.session.scalars(select(LedgerInvoiceRow.sold)).all()
    assert kept == [None, None, None]
    assert suggested(northgate).ledger_id is None


def test_a_line_said_twice_on_an_invoice_counts_once_and_a_newer_read_replaces_it(northgate):
    first = by_hand(1, ("Managed SOC (MDR)", "32"), ("Managed SOC (MDR), Nov 2026", "32"))
    read(northgate, first)
    assert suggested(northgate).reason == "An invoice in QuickBooks uses it"
    later = NOW.replace(hour=10)
    read(northgate, replace(first, sold=(("Managed SOC (MDR)", "35"),), updated_at=later), at=later)
    assert suggested(northgate).ledger_id == "35"
    read(northgate, replace(first, voided=True, updated_at=later), at=later.replace(hour=11))
    assert suggested(northgate).ledger_id is None


def test_what_was_deleted_there_says_nothing(northgate):
    read(northgate, by_hand(1, ("Managed SOC (MDR)", "32")))
    read(northgate, replace(by_hand(1), deleted=True), at=NOW.replace(hour=10))
    assert suggested(northgate).ledger_id is None


def test_another_companys_invoices_say_nothing(northgate):
    other = make_northgate("harcourt", "9130358")
    read(other, by_hand(1, ("Managed SOC (MDR)", "32")))
    assert suggested(northgate).ledger_id is None
