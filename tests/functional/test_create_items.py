"""An item is made in the ledger when a person asks, once, and what waited for it goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.domain.states import CatalogueKind, MappingKind, PushState
from app.extensions import db
from app.ledgers.quickbooks.company import QuickBooksCompany
from app.models import AuditEntry, CatalogueRow, Connection, Mapping, Push
from app.queries.item_creations import creations
from app.usecases.manage_connection import disconnect
from app.usecases.mapping.create_items import ItemsRefused, Wanted, create_items
from app.usecases.mapping.map_codes import Choice, save
from app.usecases.read_company import read_company
from simulator.client import NORTHGATE
from tests.connected import Connected, connect, now

pytestmark = pytest.mark.usefixtures("app_context")

SOC = "Managed SOC (MDR)"
SALES, LICENCES = "80", "82"


@pytest.fixture
def northgate(app_context: Any, simulator: Any) -> Connected:
    """Two invoices wait for a service that nothing in the ledger stands for."""
    made = connect(simulator)
    made.map_all()
    made.bill("INV-0001", code="SOC", name=SOC)
    made.bill("INV-0002", code="SOC", name=SOC)
    made.drain()
    assert made.states() == {"INV-0001": "blocked", "INV-0002": "blocked"}
    simulator.reset_counters()
    return made


def ask(northgate: Connected, *wanted: Wanted, account: str | None = SALES) -> Sequence[Push]:
    """Press "Create in QuickBooks"."""
    return create_items(
        northgate.connection_id,
        wanted or [Wanted("SOC")],
        actor="Priya Nair",
        user_id=None,
        now=now(),
        income_account=account,
    )


def items(northgate: Connected, name: str = SOC) -> list[dict[str, Any]]:
    """Return the ledger's items of a name."""
    there = northgate.simulator.books(NORTHGATE)["items"]
    return [item for item in there if item["Name"] == name]


def mapping(code: str = "SOC") -> Mapping | None:
    return db.session.scalar(select(Mapping).where(Mapping.code == code))


def creation(northgate: Connected, code: str = "SOC") -> Any:
    connection = db.session.get_one(Connection, northgate.connection_id)
    return creations(connection)[code]


def refusal(northgate: Connected, *wanted: Wanted, account: str | None = SALES) -> Any:
    with pytest.raises(ItemsRefused) as caught:
        ask(northgate, *wanted, account=account)
    [error] = caught.value.errors
    return error


def test_the_item_is_made_mapped_and_what_waited_is_booked_in_one_turn(northgate, simulator):
    ask(northgate)
    northgate.drain()

    [item] = items(northgate)
    assert (item["Type"], item["IncomeAccountRef"]["value"]) == ("Service", SALES)
    assert "SalesTaxCodeRef" not in item
    assert (mapping().ledger_id, mapping().set_by) == (item["Id"], "Priya Nair")
    assert northgate.states() == {"INV-0001": "pushed", "INV-0002": "pushed"}
    assert (
        northgate.booked("INV-0001")["Line"][0]["SalesItemLineDetail"]["ItemRef"]["value"]
        == (item["Id"])
    )


def test_it_costs_one_write_and_no_read(northgate, simulator):
    ask(northgate)
    northgate.drain()
    calls = simulator.counters(NORTHGATE)
    assert calls["by_operation"]["Item.create"] == 1
    assert "Item.query" not in calls["by_operation"]


def test_the_item_is_on_the_list_with_its_account_and_can_be_chosen_for_others(northgate):
    ask(northgate)
    northgate.drain()
    entry = db.session.scalars(select(CatalogueRow).where(CatalogueRow.name == SOC)).one()
    assert (entry.kind, entry.active, entry.account) == (CatalogueKind.ITEM, True, "Sales")


def test_body_and_key_are_stored_before_anything_is_sent(northgate, simulator):
    [push] = ask(northgate)
    assert push.key
    assert push.body is not None
    assert simulator.counters(NORTHGATE)["requests"] == 0


def test_pressed_twice_it_is_asked_for_once(northgate):
    [first], [second] = ask(northgate), ask(northgate)
    assert first.id == second.id
    northgate.drain()
    assert len(items(northgate)) == 1


def test_several_go_before_the_invoices_that_wait_for_them(northgate, simulator):
    northgate.bill("INV-0003", code="STAR", name="Starlink backup line")
    ask(northgate, Wanted("SOC"), Wanted("STAR"))
    northgate.drain()
    writes = [r["entity"] for r in simulator.requests(NORTHGATE) if r["operation"] == "create"]
    assert writes[:2] == ["Item", "Item"]
    assert set(northgate.states().values()) == {"pushed"}


@pytest.mark.parametrize(
    ("kind", "when"), [("reset", "before"), ("server_error", "after"), ("truncated", "after")]
)
def test_an_answer_that_never_came_leaves_one_item(northgate, simulator, kind, when):
    simulator.inject(kind, entity="Item", operation="create", when=when)
    ask(northgate)
    northgate.drain()
    assert mapping() is None
    northgate.make_due()
    northgate.drain()
    assert len(items(northgate)) == 1
    assert set(northgate.states().values()) == {"pushed"}


def forget_keys(northgate: Connected, hours: int = 48) -> None:
    """Let the key be older than the ledger remembers."""
    age = timedelta(hours=hours)
    db.session.execute(update(Push).values(first_sent_at=Push.first_sent_at - age))
    db.session.commit()
    northgate.simulator.switch(requestid_retention_hours=1)
    northgate.simulator.advance_clock(hours=hours)
    northgate.make_due()


def test_a_key_the_ledger_forgot_leads_to_the_item_that_was_made(northgate, simulator):
    simulator.inject("reset", entity="Item", operation="create", when="after")
    ask(northgate)
    northgate.drain()
    forget_keys(northgate)
    northgate.drain()
    [item] = items(northgate)
    assert mapping().ledger_id == item["Id"]


def test_a_key_the_ledger_forgot_and_nothing_there_makes_it_once(northgate, simulator):
    simulator.inject("reset", entity="Item", operation="create", when="before")
    ask(northgate)
    northgate.drain()
    forget_keys(northgate)
    northgate.drain()
    assert len(items(northgate)) == 1
    assert mapping() is not None


def test_an_item_somebody_made_before_is_never_taken_for_ours(northgate, simulator):
    simulator.create(
        NORTHGATE, "items", Name=SOC, Type="Service", IncomeAccountRef={"value": SALES}
    )
    ask(northgate)
    northgate.drain()

    assert mapping() is None
    assert creation(northgate).refused
    assert creation(northgate).problem["code"] == "item_name_taken"
    assert set(northgate.states().values()) == {"blocked"}


def test_what_has_the_name_is_on_the_list_so_that_it_can_be_mapped_to(northgate, simulator):
    item = simulator.create(
        NORTHGATE, "items", Name=SOC, Type="Service", IncomeAccountRef={"value": SALES}
    )
    ask(northgate)
    northgate.drain()
    choice = Choice(MappingKind.SERVICE, "SOC", item["Id"])
    save(northgate.connection_id, choice, actor="Priya Nair", user_id=None, now=now())
    northgate.drain()
    assert set(northgate.states().values()) == {"pushed"}


def test_a_category_of_the_name_is_no_item(northgate, simulator):
    simulator.create(NORTHGATE, "items", Name=SOC, Type="Category")
    ask(northgate)
    northgate.drain()
    assert creation(northgate).refused
    sentence = refusal(northgate).sentence
    assert sentence == f"There is a category called “{SOC}” already. Choose another name."


def test_after_a_refusal_it_may_be_made_under_another_name(northgate, simulator):
    simulator.create(NORTHGATE, "items", Name=SOC, Type="Category")
    ask(northgate)
    northgate.drain()
    ask(northgate, Wanted("SOC", "SOC service"))
    northgate.drain()
    assert len(items(northgate, "SOC service")) == 1
    assert set(northgate.states().values()) == {"pushed"}


def test_given_up_unanswered_and_asked_for_again_it_is_the_same_item(northgate, simulator):
    simulator.inject("reset", entity="Item", operation="create", when="after")
    [push] = ask(northgate)
    northgate.drain()
    push.state, push.finished_at = PushState.CANCELLED, now()
    db.session.commit()
    ask(northgate)
    northgate.drain()
    assert len(items(northgate)) == 1
    assert mapping() is not None


def test_without_an_account_one_is_asked_for(northgate):
    error = refusal(northgate, account=None)
    assert (error.field, error.sentence) == (
        "income_account",
        "Choose the income account that new items post to.",
    )


def test_the_account_chosen_once_is_the_default_from_then_on(northgate):
    ask(northgate, account=LICENCES)
    connection = db.session.get_one(Connection, northgate.connection_id)
    assert connection.default_income_account_id == LICENCES
    assert connection.default_income_account_name == "Licence resale income"
    deeds = db.session.scalars(select(AuditEntry.action)).all()
    assert {"connection.settings", "item.create"} <= set(deeds)


@pytest.mark.parametrize("account", ["35", "90", "4711"])
def test_an_account_of_another_type_is_refused(northgate, account):
    assert refusal(northgate, account=account).field == "income_account"


def test_an_account_made_inactive_meanwhile_is_named_as_the_cause(northgate, simulator):
    simulator.edit(NORTHGATE, "accounts", SALES, Active=False)
    ask(northgate)
    northgate.drain()
    problem = creation(northgate).problem
    assert problem["code"] == "item_account_gone"
    assert "income account" in problem["title"]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Support: onsite", "Support - onsite"),
        ('24" display', "24'' display"),
        ("  Two   spaces\t", "Two spaces"),
    ],
)
def test_a_name_is_put_into_what_the_ledger_keeps(northgate, name, kept):
    ask(northgate, Wanted("SOC", name))
    northgate.drain()
    assert len(items(northgate, kept)) == 1


def test_a_name_too_long_is_refused_with_its_length(northgate):
    error = refusal(northgate, Wanted("SOC", "x" * 101))
    assert (error.field, error.code) == ("name", "SOC")
    assert "101 characters; QuickBooks keeps 100" in error.sentence


def test_a_name_that_is_on_the_list_is_refused_before_anything_is_sent(northgate, simulator):
    error = refusal(northgate, Wanted("SOC", "managed workstation"))
    assert error.existing.name == "Managed Workstation"
    assert simulator.counters(NORTHGATE)["requests"] == 0


def test_what_is_mapped_already_is_refused(northgate):
    assert refusal(northgate, Wanted("MW-STD", "Another")).field == "code"


def test_one_wrong_name_and_nothing_is_asked_for(northgate):
    northgate.bill("INV-0003", code="STAR", name="Starlink backup line")
    refusal(northgate, Wanted("STAR"), Wanted("SOC", "x" * 101))
    assert [p for p in northgate.pushes() if p.document_kind == "item"] == []


def test_who_mapped_it_meanwhile_keeps_their_mapping(northgate):
    ask(northgate)
    choice = Choice(MappingKind.SERVICE, "SOC", "7")
    save(northgate.connection_id, choice, actor="Tom Adeyemi", user_id=None, now=now())
    northgate.drain()
    assert (mapping().ledger_id, mapping().set_by) == ("7", "Tom Adeyemi")


def test_a_disconnect_ends_what_was_not_sent(northgate, simulator):
    ask(northgate)
    disconnect(northgate.connection_id, "Priya Nair", None, now())
    northgate.drain()
    assert items(northgate) == []


def test_lists_read_while_it_was_made_do_not_lose_it(northgate, monkeypatch):
    """The reading began before the item was there and ended after it was mapped."""
    catalogue = QuickBooksCompany.catalogue

    def read_meanwhile(company: Any) -> Any:
        found = catalogue(company)
        ask(northgate)
        monkeypatch.setattr(QuickBooksCompany, "catalogue", catalogue)
        northgate.drain()
        return found

    monkeypatch.setattr(QuickBooksCompany, "catalogue", read_meanwhile)
    read_company(northgate.connection_id, now())
    northgate.drain()
    assert set(northgate.states().values()) == {"pushed"}
    assert db.session.scalars(select(CatalogueRow).where(CatalogueRow.name == SOC)).one()


class PowerCut(BaseException):
    """The worker is gone, here and now."""


@pytest.mark.parametrize("booked", [False, True], ids=["before it was booked", "after"])
def test_a_worker_killed_over_it_leaves_one_item(northgate, monkeypatch, booked):
    from app.usecases.push import drain

    send = QuickBooksCompany.send

    def sent(company: Any, package: Any) -> Any:
        if booked:
            send(company, package)
        raise PowerCut

    ask(northgate)
    with monkeypatch.context() as cut:
        cut.setattr(drain, "hand_back", lambda *_: None)
        cut.setattr(QuickBooksCompany, "send", sent)
        with pytest.raises(PowerCut):
            northgate.drain()
    db.session.rollback()
    northgate.drain()
    assert len(items(northgate)) == 1
    assert set(northgate.states().values()) == {"pushed"}
