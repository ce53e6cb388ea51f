"""Merged, made inactive, renamed in the ledger: a question for people, never a dead end."""

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import AuditEntry, Connection
from app.usecases.book.pull import pull
from app.usecases.book.receive_webhook import receive
from app.usecases.customers import choose_customer as choices
from simulator.client import NORTHGATE
from simulator.quickbooks.webhooks import sign
from tests.accounts_there import by, customers, id_of, link_of
from tests.connected import connect, now, rest

pytestmark = pytest.mark.usefixtures("app_context")
OAK = "Oak & Ash Ltd"


@pytest.fixture
def northgate(app_context, simulator):
    """A customer with one invoice in the ledger."""
    made = connect(simulator)
    made.map_all()
    made.bill("INV-0001")
    made.drain()
    return made


@pytest.fixture
def settled_up(northgate, simulator):
    """They owe nothing there, so that they can be made inactive."""
    simulator.void(NORTHGATE, "invoices", northgate.booked("INV-0001")["Id"])
    return link_of(OAK).ledger_id


def merge_notice(survivor: str, absorbed: str) -> tuple[bytes, dict[str, str]]:
    body = (
        '[{"specversion":"1.0","id":"evt-merge","source":"intuit.x","type":"qbo.customer.merged.v1",'
        f'"time":"2026-11-20T10:15:04Z","intuitentityid":"{survivor}",'
        f'"intuitaccountid":"{NORTHGATE}","data":{{"deletedid":"{absorbed}"}}}}]'
    ).encode()
    return body, {"intuit-signature": sign(body, "demo-verifier")}


@pytest.mark.parametrize("code", ["610", "6250"])
def test_an_invoice_refused_for_an_inactive_customer_becomes_the_question(
    northgate, simulator, settled_up, code
):
    simulator.switch(inactive_customer=code)
    simulator.edit(NORTHGATE, "customers", settled_up, Active=False)
    northgate.bill("INV-0002")
    northgate.bill("INV-0003")
    northgate.drain()

    assert northgate.states()["INV-0002"] == northgate.states()["INV-0003"] == "blocked"
    problem = northgate.problem("INV-0002")
    assert problem["code"] == "customer_not_settled"
    assert problem["title"] == f"The customer “{OAK}” is inactive there."
    simulator.reset_counters()
    northgate.bill("INV-0004")
    northgate.drain()
    assert simulator.counters(NORTHGATE)["requests"] == 0  # known by now

    assert choices.activate(northgate.connection_id, id_of(OAK), settled_up, by()).released == 3
    northgate.drain()
    assert set(northgate.states().values()) - {"voided"} == {"pushed"}


def test_an_inactive_item_is_not_taken_for_the_customer(northgate, simulator):
    simulator.edit(NORTHGATE, "items", "7", Active=False)
    northgate.bill("INV-0002")
    northgate.drain()
    assert northgate.states()["INV-0002"] == "blocked"
    assert northgate.problem("INV-0002")["missing"][0]["kind"] == "service"
    assert link_of(OAK).gone is None


def test_a_customer_merged_into_another_is_never_made_anew(northgate, simulator):
    kept = simulator.create(NORTHGATE, "customers", DisplayName="Oak and Ash Limited")
    simulator.merge_customers(NORTHGATE, kept["Id"], link_of(OAK).ledger_id)
    before = len(customers(simulator))
    northgate.bill("INV-0002")
    northgate.drain()

    assert northgate.states()["INV-0002"] == "blocked"
    assert "merged into another" in northgate.problem("INV-0002")["title"]
    assert len(customers(simulator)) == before


def test_the_notice_of_a_merge_moves_the_link_and_lets_go_what_waited(northgate, simulator):
    kept = simulator.create(NORTHGATE, "customers", DisplayName="Oak and Ash Limited")
    absorbed = link_of(OAK).ledger_id
    simulator.merge_customers(NORTHGATE, kept["Id"], absorbed)
    northgate.bill("INV-0002")
    northgate.drain()
    for _ in range(2):  # delivered twice
        raw, headers = merge_notice(kept["Id"], absorbed)
        assert receive("quickbooks", raw, headers, "127.0.0.1", now()).status_code == 200
    northgate.drain()

    assert northgate.states()["INV-0002"] == "pushed"
    assert northgate.booked("INV-0002")["CustomerRef"]["value"] == kept["Id"]
    moved = select(AuditEntry).where(AuditEntry.action == "customer.merged_there")
    assert db.session.scalars(moved).one().detail["before"] == absorbed


def test_a_forged_notice_of_a_merge_moves_nothing(northgate):
    before = link_of(OAK).ledger_id
    raw, _ = merge_notice("999", before)
    answer = receive("quickbooks", raw, {"intuit-signature": "bm8="}, "127.0.0.1", now())
    assert answer.status_code == 401
    assert link_of(OAK).ledger_id == before


def test_what_a_pull_tells_is_known_before_anything_is_sent(northgate, simulator, settled_up):
    simulator.edit(NORTHGATE, "customers", settled_up, Active=False)
    pull(northgate.connection_id, now())
    simulator.reset_counters()
    northgate.bill("INV-0002")
    northgate.drain()
    assert northgate.states()["INV-0002"] == "blocked"
    assert simulator.counters(NORTHGATE)["requests"] == 0

    simulator.edit(NORTHGATE, "customers", settled_up, Active=True, DisplayName="Oak Ltd")
    pull(northgate.connection_id, now())
    northgate.drain()

    assert northgate.states()["INV-0002"] == "pushed"
    assert link_of(OAK).ledger_name == "Oak Ltd"


def test_an_invoice_built_for_the_one_merged_away_goes_to_where_the_link_was_moved(
    northgate, simulator
):
    kept = simulator.create(NORTHGATE, "customers", DisplayName="Oak and Ash Limited")
    absorbed = link_of(OAK).ledger_id
    northgate.bill("INV-0002")
    simulator.inject("throttled", entity="Invoice", operation="create", times=1)
    northgate.drain()  # the body is stored with the customer of now, and nothing is booked
    simulator.merge_customers(NORTHGATE, kept["Id"], absorbed)
    raw, headers = merge_notice(kept["Id"], absorbed)
    receive("quickbooks", raw, headers, "127.0.0.1", now())
    db.session.get_one(Connection, northgate.connection_id).quiet_until = None
    db.session.commit()
    rest()
    northgate.make_due()
    northgate.drain()

    assert northgate.states()["INV-0002"] == "pushed"
    assert northgate.booked("INV-0002")["CustomerRef"]["value"] == kept["Id"]
    assert link_of(OAK).gone is None
