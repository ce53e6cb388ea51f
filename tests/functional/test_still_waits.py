"""What is promised of stopped invoices is what then goes, whatever else each one misses."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from sqlalchemy import event

from app.domain.states import MappingKind
from app.domain.still_waiting import Going, going_words
from app.extensions import db
from app.models import Connection, CustomerLink, Invoice, LedgerCustomerRow, Mapping, Push
from app.queries import held_back
from app.queries import mappings as queries
from app.usecases import manage_connection
from app.usecases.customers import choose_customer as choices
from app.usecases.mapping.map_codes import Choice, save, undo
from app.usecases.push.still_waits import Stopped
from simulator.client import NORTHGATE, SimulatorClient
from tests.accounts_there import by, id_of
from tests.connected import Connected, connect, now

pytestmark = pytest.mark.usefixtures("app_context")
SERVICE, TAX_CODE = MappingKind.SERVICE, MappingKind.TAX_CODE
WHO = {"actor": "Priya Nair", "user_id": None}

CUSTOMERS = ("linked", "gone", "supplier", "new", "there", "inactive there")
REST = ("nothing", "tax code", "review", "closed period", "currency")


@pytest.fixture
def northgate(app_context, simulator) -> Connected:
    made = connect(simulator)
    made.map_all()
    return made


def company(northgate: Connected) -> Connection:
    return db.session.get_one(Connection, northgate.connection_id, populate_existing=True)


def row_of(northgate: Connected, kind: MappingKind, code: str) -> queries.Unmapped:
    found = queries.unmapped_row(company(northgate), kind, code)
    assert found is not None, code
    return found


def accept(northgate: Connected, kind: MappingKind, code: str) -> Going:
    """Press the row's button."""
    there = row_of(northgate, kind, code).suggestion.ledger_id or ""
    return save(northgate.connection_id, Choice(kind, code, there), now=now(), **WHO).going


def unmap(northgate: Connected, code: str) -> None:
    db.session.delete(db.session.scalars(db.select(Mapping).filter_by(code=code)).one())
    db.session.commit()


def in_state(northgate: Connected, state: str) -> set[str]:
    return {number for number, found in northgate.states().items() if found == state}


def numbers_of(push_ids: frozenset[int]) -> set[str]:
    join = (Push.document_id == Invoice.id) & Push.id.in_(push_ids)
    return set(db.session.scalars(db.select(Invoice.number).join(Push, join)))


def introduce(northgate: Connected, simulator: SimulatorClient, kind: str) -> None:
    """Let a customer called after its kind be known, there and here, in that way."""
    if kind in ("linked", "gone"):
        northgate.bill(f"INV-{kind}", customer=kind)
        northgate.drain()
    if kind == "gone":
        link = db.session.scalars(db.select(CustomerLink).filter_by(ledger_name=kind)).one()
        link.gone = "gone is inactive there."
    if kind == "supplier":
        simulator.create(NORTHGATE, "vendors", DisplayName=kind)
    if kind in ("there", "inactive there"):
        there = simulator.create(NORTHGATE, "customers", DisplayName=kind)
        if kind == "inactive there":
            simulator.edit(NORTHGATE, "customers", there["Id"], Active=False)
        db.session.add(
            LedgerCustomerRow(
                workspace_id=northgate.workspace_id,
                connection_id=northgate.connection_id,
                ledger_id=there["Id"],
                name=kind,
                active=kind == "there",
                read_at=now(),
            )
        )
    db.session.commit()


def bill(northgate: Connected, customer: str, rest: str) -> None:
    """Bill a service that nobody mapped to a customer, with one thing more that it misses."""
    changes = {
        "tax code": {"tax": {"code": "VAT5", "name": "VAT Reduced 5%", "rate": "5"}},
        "review": {"push": "review"},
        "closed period": {"issue_date": "2025-01-31"},
        "currency": {"currency": "USD"},
    }
    number, more = f"{customer}/{rest}"[:21], changes.get(rest, {})
    northgate.bill(number, code="BK", name="Cloud backup", customer=customer, **more)


def test_what_the_button_and_the_sentence_promise_is_what_then_goes(northgate, simulator):
    for customer in CUSTOMERS:
        introduce(northgate, simulator, customer)
    company(northgate).books_closed_to = date(2025, 3, 31)
    db.session.commit()
    for customer, rest in product(CUSTOMERS, REST):
        bill(northgate, customer, rest)
    northgate.drain()
    before = in_state(northgate, "pushed")
    there = row_of(northgate, SERVICE, "BK").suggestion.ledger_id
    promised = numbers_of(Stopped(company(northgate)).go_with(SERVICE, "BK", there))

    shown = row_of(northgate, SERVICE, "BK").held.ready
    going = accept(northgate, SERVICE, "BK")
    northgate.drain()

    went = in_state(northgate, "pushed") - before
    assert promised == {f"{who}/nothing" for who in ("linked", "there", "new", "supplier")}
    assert shown == going.invoices == len(promised)
    # That a supplier has the name nobody knows before: it was said that one is created first.
    assert promised - went == {"supplier/nothing"}
    assert went <= promised
    assert (going.new, going.looked_for) == (2, 0)
    assert going.still == len(CUSTOMERS) * 4 - going.released


@pytest.fixture
def asked(northgate, simulator) -> str:
    """INV-1 was asked about for its customer, and its service is not mapped any more."""
    simulator.create(NORTHGATE, "vendors", DisplayName="Oak & Ash Ltd")
    northgate.bill("INV-1")
    northgate.drain()
    unmap(northgate, "MW-STD")
    simulator.create(NORTHGATE, "customers", DisplayName="Oak and Ash")
    there = simulator.books(NORTHGATE)["customers"]
    return next(one["Id"] for one in there if one["DisplayName"] == "Oak and Ash")


def test_a_customer_chosen_for_what_misses_a_mapping_too_promises_nothing(northgate, asked):
    stopped = Stopped(company(northgate))
    assert stopped.go_once_settled("cus_Oak & Ash Ltd").released == 0
    going = choices.link_to(northgate.connection_id, id_of("Oak & Ash Ltd"), asked, by())
    assert going_words(going, "QuickBooks") == "1 still waits for: a service (1)."
    northgate.drain()
    assert northgate.states() == {"INV-1": "blocked"}


def test_a_mapping_for_what_waits_for_its_customer_too_says_so_and_undo_counts_it_again(
    northgate, asked
):
    held = row_of(northgate, SERVICE, "MW-STD").held
    assert (held.invoices, held.ready, held.also) == (1, 0, {"a customer": 1})
    going = accept(northgate, SERVICE, "MW-STD")
    assert going_words(going, "QuickBooks") == "1 still waits for: a customer (1)."
    northgate.drain()
    undo(northgate.connection_id, SERVICE, "MW-STD", now=now(), **WHO)

    again = row_of(northgate, SERVICE, "MW-STD").held
    assert again == held
    here = company(northgate)
    assert held_back.for_mappings(held_back.waiting_of(here, Stopped(here))).invoices == 1


def test_nothing_is_promised_of_a_company_that_is_paused(northgate):
    unmap(northgate, "MW-STD")
    northgate.bill("INV-1")
    northgate.drain()
    manage_connection.pause(northgate.connection_id, "Priya Nair", None, now())
    assert row_of(northgate, SERVICE, "MW-STD").held.ready == 0
    going = accept(northgate, SERVICE, "MW-STD")
    assert going_words(going, "QuickBooks") == "1 still waits for: pushing to be resumed (1)."


def test_many_stopped_invoices_take_as_many_queries_as_one(northgate):
    unmap(northgate, "MW-STD")
    northgate.bill("INV-1")
    northgate.look()
    one = queries_of(northgate)
    for n in range(2, 12):
        northgate.bill(f"INV-{n}", customer=f"Customer {n}")
    northgate.look()
    assert queries_of(northgate) == one


def queries_of(northgate: Connected) -> int:
    here, asked = company(northgate), []
    db.session.expire_all()
    db.session.refresh(here)

    def note(*_: object) -> None:
        asked.append(1)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        stopped = Stopped(here)
        assert stopped.standings
        stopped.go_with(SERVICE, "MW-STD", "1")
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(asked)
