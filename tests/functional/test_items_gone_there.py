"""A mapped item that the ledger lets no sale use any more is found out once, and named."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.domain.states import MappingKind
from app.extensions import db
from app.models import CatalogueRow, Connection, Invoice, Mapping
from app.usecases.mapping.map_codes import Choice, MappingRefused, save
from app.usecases.mapping.mapping_csv import export_csv, import_csv
from app.usecases.push import actions
from app.usecases.read_company import read_company
from simulator.client import NORTHGATE
from tests.connected import Connected, connect, now, numbers

pytestmark = pytest.mark.usefixtures("app_context")

WORKSTATION = "7"


@pytest.fixture
def northgate(app_context: Any, simulator: Any) -> Connected:
    made = connect(simulator)
    made.map_all()
    simulator.reset_counters()
    return made


def attempts_refused(simulator: Any) -> int:
    """Return how many invoices the ledger was sent and did not take."""
    return len(
        [r for r in simulator.requests(NORTHGATE) if r["entity"] == "Invoice" and r["fault"]]
    )


@pytest.mark.parametrize("code", ["2500", "610"])
def test_one_refusal_and_all_its_invoices_wait_with_a_sentence_that_names_both(
    northgate, simulator, code
):
    simulator.switch(inactive_item=code)
    simulator.edit(NORTHGATE, "items", WORKSTATION, Active=False)
    for number in numbers(30):
        northgate.bill(number)

    northgate.drain()

    assert set(northgate.states().values()) == {"blocked"}
    assert attempts_refused(simulator) == 1
    problem = northgate.problem("INV-0030")
    assert problem["title"] == (
        "“Managed Workstation” goes to the item “Managed Workstation”, which was made inactive in"
        " QuickBooks."
    )
    assert problem["missing"][0]["why"] == "inactive"


def test_it_costs_one_reading_of_the_lists(northgate, simulator):
    simulator.edit(NORTHGATE, "items", WORKSTATION, Active=False)
    for number in numbers(5):
        northgate.bill(number)
    northgate.drain()
    assert simulator.counters(NORTHGATE)["by_operation"]["Item.query"] == 1


def test_what_does_not_need_it_goes_on(northgate, simulator):
    northgate.bill("INV-0001")
    northgate.bill("INV-0002", code="BACKUP", name="Cloud backup")
    choice = Choice(MappingKind.SERVICE, "BACKUP", "14")
    save(northgate.connection_id, choice, actor="Priya Nair", user_id=None, now=now())
    simulator.edit(NORTHGATE, "items", WORKSTATION, Active=False)
    northgate.drain()
    assert northgate.states() == {"INV-0001": "blocked", "INV-0002": "pushed"}


def test_mapped_to_another_item_they_go(northgate, simulator):
    simulator.edit(NORTHGATE, "items", WORKSTATION, Active=False)
    northgate.bill("INV-0001")
    northgate.drain()
    choice = Choice(MappingKind.SERVICE, "MW-STD", "9")
    saved = save(northgate.connection_id, choice, actor="Priya Nair", user_id=None, now=now())
    northgate.drain()
    assert saved.released == 1
    assert northgate.states() == {"INV-0001": "pushed"}


def test_made_active_again_and_read_again_they_go(northgate, simulator):
    simulator.edit(NORTHGATE, "items", WORKSTATION, Active=False)
    northgate.bill("INV-0001")
    northgate.drain()
    simulator.edit(NORTHGATE, "items", WORKSTATION, Active=True, Name="Managed Workstation")
    read_company(northgate.connection_id, now())
    northgate.drain()
    assert northgate.states() == {"INV-0001": "pushed"}


def test_a_refusal_for_something_else_is_refused_once_the_lists_are_found_good(
    northgate, simulator
):
    """Terms of the customer, say, have the same code: it must neither loop nor block the item."""
    simulator.inject("fault", entity="Invoice", operation="create", status=400, code="610", times=9)
    for number in numbers(3):
        northgate.bill(number)
    northgate.drain()
    assert northgate.states() == dict.fromkeys(numbers(3), "failed")
    assert simulator.counters(NORTHGATE)["by_operation"]["Item.query"] == 1


def test_a_customer_that_is_gone_is_asked_about_before_the_lists(northgate, simulator):
    northgate.bill("INV-0001")
    northgate.drain()
    there = northgate.booked("INV-0001")
    simulator.void(NORTHGATE, "invoices", there["Id"])
    simulator.edit(NORTHGATE, "customers", there["CustomerRef"]["value"], Active=False)
    for number in numbers(3, first=2):
        northgate.bill(number)
    simulator.reset_counters()
    northgate.drain()
    assert [northgate.states()[n] for n in numbers(3, first=2)] == ["blocked"] * 3
    assert northgate.problem("INV-0002")["code"] == "customer_not_settled"
    assert "Item.query" not in simulator.counters(NORTHGATE)["by_operation"]


def test_the_next_turn_may_find_out_again(northgate, simulator):
    simulator.edit(NORTHGATE, "items", WORKSTATION, Active=False)
    northgate.bill("INV-0001")
    northgate.drain()
    simulator.edit(NORTHGATE, "items", WORKSTATION, Active=True, Name="Managed Workstation")
    read_company(northgate.connection_id, now())
    northgate.drain()
    simulator.edit(NORTHGATE, "items", WORKSTATION, Active=False)
    northgate.bill("INV-0002")
    northgate.drain()
    assert northgate.states() == {"INV-0001": "pushed", "INV-0002": "blocked"}


def test_an_item_merged_into_another_is_said_to_be_gone(northgate, simulator):
    simulator.merge_items(NORTHGATE, "9", WORKSTATION)
    northgate.bill("INV-0001")
    northgate.drain()
    assert northgate.states() == {"INV-0001": "blocked"}
    assert (
        "is not in QuickBooks any more: deleted or merged" in northgate.problem("INV-0001")["title"]
    )


def test_an_item_that_became_a_category_is_neither_used_nor_mapped_to(northgate, simulator):
    simulator.edit(NORTHGATE, "items", WORKSTATION, Type="Category")
    read_company(northgate.connection_id, now())
    northgate.bill("INV-0001")
    northgate.drain()
    assert attempts_refused(simulator) == 0
    assert "is a category in QuickBooks now" in northgate.problem("INV-0001")["title"]
    choice = Choice(MappingKind.SERVICE, "MW-STD", WORKSTATION)
    with pytest.raises(MappingRefused, match="is a category in the ledger and cannot stand"):
        save(northgate.connection_id, choice, actor="Priya Nair", user_id=None, now=now())


def test_a_renamed_item_stays_mapped_under_its_new_name(northgate, simulator):
    simulator.edit(NORTHGATE, "items", WORKSTATION, Name="Workstation, managed")
    read_company(northgate.connection_id, now())
    mapping = db.session.scalars(select(Mapping).where(Mapping.code == "MW-STD")).one()
    assert (mapping.ledger_id, mapping.ledger_name) == (WORKSTATION, "Workstation, managed")
    northgate.bill("INV-0001")
    northgate.drain()
    assert northgate.states() == {"INV-0001": "pushed"}


def test_a_file_exported_after_a_rename_can_be_imported(northgate, simulator):
    simulator.edit(NORTHGATE, "items", WORKSTATION, Name="Workstation, managed")
    read_company(northgate.connection_id, now())
    content = export_csv(db.session.get_one(Connection, northgate.connection_id))
    db.session.commit()
    import_csv(northgate.connection_id, content, actor="Priya Nair", user_id=None, now=now())


def test_lists_that_cannot_be_read_leave_the_invoice_waiting(northgate, simulator):
    simulator.edit(NORTHGATE, "items", WORKSTATION, Active=False)
    simulator.inject("server_error", entity="Item", operation="query", times=1)
    northgate.bill("INV-0001")
    northgate.drain()
    assert northgate.states() == {"INV-0001": "waiting"}


def test_a_push_that_was_answered_no_may_be_tried_again_by_hand(northgate, simulator):
    simulator.edit(NORTHGATE, "items", WORKSTATION, Active=False)
    northgate.bill("INV-0001")
    northgate.drain()
    [invoice_id] = db.session.scalars(select(Invoice.id))
    assert actions.retry([invoice_id], "Priya Nair", None, now()) == 1
    northgate.drain()
    assert northgate.states() == {"INV-0001": "blocked"}
    assert attempts_refused(simulator) == 1


def test_the_lists_keep_what_may_stand_on_no_line_apart(northgate, simulator):
    simulator.create(NORTHGATE, "items", Name="Managed services", Type="Category")
    read_company(northgate.connection_id, now())
    row = db.session.scalars(
        select(CatalogueRow).where(CatalogueRow.name == "Managed services")
    ).one()
    assert not row.usable
    assert row.why_unusable == "category"
