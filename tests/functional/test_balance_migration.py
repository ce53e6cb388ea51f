"""What migration 0039 makes of invoices whose balance was the ledger's."""

from __future__ import annotations

import importlib.util
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations

from app.extensions import db
from app.models import DocumentLink, Invoice
from tests.connected import Connected, connect, numbers

FILE = next(Path("migrations/versions").glob("0039_*.py"))

# sync state, status, balance before, the ledger's total, settled there; status and balance after
CASES = [
    ("differs", "open", "1080.00", "1080.00", "0.00", "open", "540.00"),
    ("differs", "part_paid", "980.00", "1080.00", "100.00", "part_paid", "440.00"),
    ("differs", "part_paid", "540.00", "1080.00", "540.00", "paid", "0.00"),
    ("differs", "open", "300.00", "300.00", "0.00", "open", "540.00"),
    ("differs", "paid", "0.00", "300.00", "300.00", "paid", "0.00"),  # settled in full there
    ("differs", "void", "0.00", "1080.00", "0.00", "void", "0.00"),
    ("pushed", "part_paid", "440.00", "540.00", "100.00", "part_paid", "440.00"),
    ("voided", "open", "540.00", "540.00", "0.00", "open", "540.00"),
]


@pytest.fixture
def northgate(app_context, simulator) -> Connected:
    made = connect(simulator)
    made.map_all()
    for number in numbers(len(CASES)):
        made.bill(number)
    made.drain()
    return made


def upgrade() -> None:
    spec = importlib.util.spec_from_file_location("migration", FILE)
    assert spec is not None
    assert spec.loader is not None
    migration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    with (
        db.engine.begin() as connection,
        Operations.context(MigrationContext.configure(connection)),
    ):
        migration.upgrade()


def test_only_what_differs_is_counted_anew(northgate: Connected) -> None:
    invoices = db.session.scalars(db.select(Invoice).order_by(Invoice.number)).all()
    for invoice, (state, status, balance, there, settled, *_) in zip(invoices, CASES, strict=True):
        link = db.session.scalars(
            db.select(DocumentLink).filter_by(document_kind=invoice.kind, document_id=invoice.id)
        ).one()
        invoice.sync_state, invoice.status, invoice.balance = state, status, Decimal(balance)
        link.ledger_total, link.settled = Decimal(there), Decimal(settled)
    db.session.commit()

    upgrade()

    db.session.expire_all()
    found = [
        (invoice.status, str(invoice.balance.quantize(Decimal("0.01")))) for invoice in invoices
    ]
    assert found == [(status, balance) for *_, status, balance in CASES]
