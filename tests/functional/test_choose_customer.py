"""Who a customer of billing is in the ledger: settled once by a person, all that waited goes."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import AuditEntry
from app.usecases import manage_connection
from app.usecases.company.open_ledger import on_paper
from app.usecases.customers import choose_customer as choices
from app.usecases.customers.choose_customer import AlreadyTaken, ChoiceRefused
from app.usecases.push import actions
from app.usecases.push.claim import claim
from app.usecases.push.customers import settle
from app.usecases.push.namesakes import Namesakes
from app.usecases.push.unknown import unknown_customers
from simulator.client import NORTHGATE
from tests.accounts_there import PRIYA, by, customers, id_of, link_of
from tests.connected import connect, now

pytestmark = pytest.mark.usefixtures("app_context")
HARCOURT = "Harcourt & Finch LLP"


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    return made


@pytest.fixture
def inactive(northgate, simulator):
    """A customer that the bookkeeper made inactive, and two invoices of billing for them."""
    there = simulator.create(NORTHGATE, "customers", DisplayName=HARCOURT)
    simulator.edit(NORTHGATE, "customers", there["Id"], Active=False)
    northgate.bill("INV-0001", customer=HARCOURT)
    northgate.bill("INV-0002", customer=HARCOURT)
    northgate.drain()
    return there


def test_an_inactive_customer_is_asked_about_and_made_active_by_one_press(
    northgate, simulator, inactive
):
    assert set(northgate.states().values()) == {"blocked"}
    assert "inactive" in northgate.problem("INV-0001")["title"]

    found = choices.activate(northgate.connection_id, id_of(HARCOURT), inactive["Id"], by())
    northgate.drain()

    assert found.released == 2
    assert set(northgate.states().values()) == {"pushed"}
    there = customers(simulator)[HARCOURT]
    assert (there["Id"], there["Active"]) == (inactive["Id"], True)
    assert northgate.booked("INV-0002")["CustomerRef"]["value"] == inactive["Id"]
    assert link_of(HARCOURT).how == "chosen"


def test_an_activation_whose_answer_was_lost_is_done_once(northgate, simulator, inactive):
    simulator.inject("reset", entity="Customer", operation="update", when="after")
    choices.activate(northgate.connection_id, id_of(HARCOURT), inactive["Id"], by())
    northgate.drain()
    northgate.make_due()
    northgate.drain()

    assert set(northgate.states().values()) == {"pushed"}
    assert customers(simulator)[HARCOURT]["SyncToken"] == "2"


def test_an_activation_the_ledger_refuses_becomes_the_question_again(
    northgate, simulator, inactive
):
    simulator.create(NORTHGATE, "vendors", DisplayName=HARCOURT)
    choices.activate(northgate.connection_id, id_of(HARCOURT), inactive["Id"], by())
    northgate.drain()

    assert set(northgate.states().values()) == {"blocked"}
    assert "supplier" in northgate.problem("INV-0001")["title"]


def test_linking_to_another_customer_releases_all_that_waited(northgate, simulator, inactive):
    other = simulator.create(NORTHGATE, "customers", DisplayName="Harcourt and Finch")
    found = choices.link_to(northgate.connection_id, id_of(HARCOURT), other["Id"], by())
    northgate.drain()

    assert found.released == 2
    assert set(northgate.states().values()) == {"pushed"}
    assert northgate.booked("INV-0001")["CustomerRef"]["value"] == other["Id"]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "customer.link")).one()
    assert (entry.actor, entry.detail["ledger_id"]) == (PRIYA, other["Id"])


@pytest.mark.parametrize(
    ("kinds", "holder"), [("vendors", "A supplier"), ("employees", "An employee")]
)
def test_a_name_somebody_else_has_is_said_and_another_one_created(
    northgate, simulator, kinds, holder
):
    simulator.create(NORTHGATE, kinds, DisplayName=HARCOURT)
    northgate.bill("INV-0001", customer=HARCOURT)
    northgate.drain()
    assert northgate.problem("INV-0001")["title"].startswith(f"{holder} there already has the name")

    with pytest.raises(ChoiceRefused, match=f"{holder} there already has the name"):
        choices.create_as(northgate.connection_id, id_of(HARCOURT), HARCOURT, by())
    name = f"{HARCOURT} (C)"
    choices.create_as(northgate.connection_id, id_of(HARCOURT), name, by())
    northgate.drain()

    assert northgate.states() == {"INV-0001": "pushed"}
    assert northgate.booked("INV-0001")["CustomerRef"]["value"] == customers(simulator)[name]["Id"]


def test_a_creation_under_another_name_adopts_nobody_else_of_that_name(northgate, simulator):
    simulator.create(NORTHGATE, "vendors", DisplayName=HARCOURT)
    northgate.bill("INV-0001", customer=HARCOURT)
    northgate.drain()
    choices.create_as(northgate.connection_id, id_of(HARCOURT), f"{HARCOURT} (C)", by())
    simulator.create(NORTHGATE, "customers", DisplayName=f"{HARCOURT} (C)")
    northgate.drain()

    assert northgate.states() == {"INV-0001": "blocked"}
    assert link_of(HARCOURT) is None


def test_a_name_the_ledger_would_spell_otherwise_is_refused_with_its_spelling(northgate, inactive):
    with pytest.raises(ChoiceRefused, match="Harcourt -Leeds"):
        choices.create_as(northgate.connection_id, id_of(HARCOURT), "Harcourt:Leeds", by())
    assert set(northgate.states().values()) == {"blocked"}


def test_two_of_ours_go_to_one_of_theirs_only_when_a_person_says_so(northgate, simulator):
    northgate.bill("INV-0001", customer={"id": "cus_1", "name": "Oak & Ash Ltd"})
    northgate.bill("INV-0002", customer={"id": "cus_2", "name": "OAK  & ash ltd"})
    northgate.drain()
    assert northgate.states() == {"INV-0001": "pushed", "INV-0002": "blocked"}

    there = link_of("Oak & Ash Ltd").ledger_id
    asked = (northgate.connection_id, id_of("OAK  & ash ltd"), there, by())
    with pytest.raises(AlreadyTaken, match="Oak & Ash Ltd"):
        choices.link_to(*asked)
    choices.link_to(*asked, confirmed=True)
    northgate.drain()

    assert northgate.states() == {"INV-0001": "pushed", "INV-0002": "pushed"}
    assert northgate.booked("INV-0002")["CustomerRef"]["value"] == there


def test_a_choice_is_undone_while_nothing_was_sent(northgate, simulator, inactive):
    manage_connection.pause(northgate.connection_id, PRIYA, None, now())
    other = simulator.create(NORTHGATE, "customers", DisplayName="Harcourt and Finch")
    choices.link_to(northgate.connection_id, id_of(HARCOURT), other["Id"], by())
    assert set(northgate.states().values()) == {"waiting"}

    choices.undo(northgate.connection_id, id_of(HARCOURT), by())

    assert set(northgate.states().values()) == {"blocked"}
    assert link_of(HARCOURT) is None


def test_a_creation_is_undone_before_it_leaves(northgate, simulator, inactive):
    manage_connection.pause(northgate.connection_id, PRIYA, None, now())
    choices.create_as(northgate.connection_id, id_of(HARCOURT), "Harcourt Ltd", by())
    choices.undo(northgate.connection_id, id_of(HARCOURT), by())
    manage_connection.resume(northgate.connection_id, PRIYA, None, now())
    northgate.drain()

    assert set(northgate.states().values()) == {"blocked"}
    assert "Harcourt Ltd" not in customers(simulator)


def test_a_choice_whose_invoices_are_booked_is_not_undone(northgate, simulator, inactive):
    other = simulator.create(NORTHGATE, "customers", DisplayName="Harcourt and Finch")
    choices.link_to(northgate.connection_id, id_of(HARCOURT), other["Id"], by())
    northgate.drain()

    with pytest.raises(ChoiceRefused, match="went to QuickBooks since"):
        choices.undo(northgate.connection_id, id_of(HARCOURT), by())
    assert link_of(HARCOURT).ledger_id == other["Id"]


def test_trying_again_without_a_choice_asks_again_and_links_nobody(northgate, inactive):
    ids = [northgate.push_of(number).document_id for number in ("INV-0001", "INV-0002")]
    actions.retry(ids, PRIYA, None, now())
    northgate.drain()
    assert set(northgate.states().values()) == {"blocked"}
    assert northgate.books() == {}
    assert link_of(HARCOURT) is None


def test_what_was_found_there_comes_with_what_tells_them_apart(northgate, simulator, inactive):
    simulator.create(
        NORTHGATE,
        "customers",
        DisplayName="Harcourt Finch Leeds",
        PrimaryEmailAddr={"Address": "ap@harcourt.example"},
        BillAddr={"City": "Leeds"},
    )
    found = choices.look(northgate.connection_id, id_of(HARCOURT), "finch leeds", now())

    assert [(one.plain_name, one.active) for one in found.alike] == [
        (HARCOURT, False),
        ("Harcourt Finch Leeds", True),
    ]
    leeds = found.alike[1]
    assert (leeds.email, leeds.currency) == ("ap@harcourt.example", "GBP")
    assert (leeds.details.address["city"], leeds.balance) == ("Leeds", Decimal(0))


def test_a_choice_made_while_the_drain_looks_is_seen_by_it(northgate, simulator, inactive):
    ids = [northgate.push_of(number).document_id for number in ("INV-0001", "INV-0002")]
    actions.retry(ids, PRIYA, None, now())
    claimed = claim(northgate.connection_id, "worker", now(), 20)
    unknown = unknown_customers(northgate.connection_id, claimed)
    other = simulator.create(NORTHGATE, "customers", DisplayName="Harcourt and Finch")
    choices.link_to(northgate.connection_id, id_of(HARCOURT), other["Id"], by())

    paper = on_paper("quickbooks", "sandbox", NORTHGATE)
    names = Namesakes(northgate.connection_id)
    settled = settle(unknown, names, northgate.connection_id, claimed, paper, "worker", now())

    assert (len(unknown), settled.push_ids) == (1, [])
    assert set(northgate.states().values()) == {"pushing"}
    northgate.drain()
    assert northgate.booked("INV-0002")["CustomerRef"]["value"] == other["Id"]
