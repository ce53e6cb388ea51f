"""What billing changes of a customer goes to the ledger when asked, over nobody's own change."""

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Alert, Connection, Push
from app.usecases.customers.send_customer_changes import send_changes
from app.usecases.receive_billing_event import receive
from simulator.client import NORTHGATE
from tests import billing
from tests.accounts_there import by, customers, id_of, link_of
from tests.connected import connect, now

pytestmark = pytest.mark.usefixtures("app_context")
OAK = "Oak & Ash Ltd"


@pytest.fixture
def northgate(app_context, simulator):
    """Oak & Ash Ltd as billing described them, created in the ledger; changes are sent."""
    made = connect(simulator)
    made.map_all()
    db.session.get_one(Connection, made.connection_id).customer_changes = "always"
    db.session.commit()
    made.bill("INV-0001", customer=billing.OAK_AND_ASH)
    made.drain()
    return made


def tell(northgate, event_id: str, **changes) -> None:
    body = billing.event("customer.updated", billing.OAK_AND_ASH | changes)
    receive(northgate.workspace_id, body, event_id, b"{}", "127.0.0.1", now())


def there(simulator) -> dict[str, object]:
    [found] = [c for c in customers(simulator).values() if "cus_17" in str(c.get("Notes"))]
    return found


def writes(simulator) -> int:
    return simulator.counters(NORTHGATE)["by_operation"].get("Customer update", 0)


def test_created_with_everything_billing_knows(northgate, simulator):
    made = there(simulator)
    assert made["PrimaryEmailAddr"]["Address"] == "ap@oakash.example"
    assert made["PrimaryTaxIdentifier"].endswith("56789")
    assert {k: v for k, v in made["BillAddr"].items() if k != "Id"} == {
        "Line1": "1 Mill Lane",
        "City": "Leeds",
        "PostalCode": "LS1 1AA",
        "Country": "GB",
    }


def test_only_what_changed_is_sent_and_nothing_is_read_for_it(northgate, simulator):
    simulator.reset_counters()
    tell(northgate, "evt_1", email="new@oakash.example")
    northgate.drain()
    assert there(simulator)["PrimaryEmailAddr"]["Address"] == "new@oakash.example"
    assert simulator.counters(NORTHGATE)["requests"] == 1
    assert simulator.counters(NORTHGATE)["metered"] == 0


def test_what_somebody_changed_there_stays_and_it_is_said(northgate, simulator):
    simulator.edit(
        NORTHGATE,
        "customers",
        there(simulator)["Id"],
        PrimaryEmailAddr={"Address": "theirs@oakash.example"},
    )
    tell(northgate, "evt_1", email="new@oakash.example", phone="0113 496 0000")
    northgate.drain()

    assert there(simulator)["PrimaryEmailAddr"]["Address"] == "theirs@oakash.example"
    assert there(simulator)["PrimaryPhone"]["FreeFormNumber"] == "0113 496 0000"
    push = db.session.scalars(select(Push).where(Push.operation == "update")).one()
    assert push.note == "Left as somebody changed it in QuickBooks: e-mail."

    tell(northgate, "evt_2", email="newer@oakash.example", phone="0113 496 0000")
    northgate.drain()
    assert there(simulator)["PrimaryEmailAddr"]["Address"] == "theirs@oakash.example"


def test_a_change_elsewhere_in_the_customer_does_not_stand_in_the_way(northgate, simulator):
    simulator.edit(NORTHGATE, "customers", there(simulator)["Id"], CompanyName="Oak & Ash")
    tell(northgate, "evt_1", email="new@oakash.example")
    northgate.drain()
    assert there(simulator)["PrimaryEmailAddr"]["Address"] == "new@oakash.example"
    assert there(simulator)["CompanyName"] == "Oak & Ash"


def test_a_change_whose_answer_was_lost_is_written_once(northgate, simulator):
    simulator.inject("reset", entity="Customer", operation="update", when="after")
    tell(northgate, "evt_1", email="new@oakash.example")
    northgate.drain()
    northgate.make_due()
    northgate.drain()
    assert there(simulator)["PrimaryEmailAddr"]["Address"] == "new@oakash.example"
    assert there(simulator)["SyncToken"] == "1"


def test_many_changes_before_the_first_is_sent_are_one_write(northgate, simulator):
    tell(northgate, "evt_1", email="one@oakash.example")
    tell(northgate, "evt_2", email="two@oakash.example")
    northgate.drain()
    assert there(simulator)["PrimaryEmailAddr"]["Address"] == "two@oakash.example"
    assert there(simulator)["SyncToken"] == "1"


def test_a_customer_found_by_name_is_read_before_it_is_changed(northgate, simulator):
    found = simulator.create(
        NORTHGATE,
        "customers",
        DisplayName="Elm Ltd",
        PrimaryEmailAddr={"Address": "books@elm.example"},
    )
    elm = {"id": "cus_elm", "name": "Elm Ltd", "email": "ap@elm.example", "phone": "1"}
    northgate.bill("INV-0002", customer=elm)
    northgate.drain()
    northgate.bill("INV-0003", customer=elm | {"email": "new@elm.example", "phone": "2"})
    northgate.drain()

    there_now = customers(simulator)["Elm Ltd"]
    assert link_of("Elm Ltd").ledger_id == found["Id"]
    assert there_now["PrimaryEmailAddr"]["Address"] == "books@elm.example"
    assert there_now["PrimaryPhone"]["FreeFormNumber"] == "2"


def test_by_default_nothing_is_sent_until_a_person_presses_the_button(northgate, simulator):
    db.session.get_one(Connection, northgate.connection_id).customer_changes = "never"
    db.session.commit()
    tell(northgate, "evt_1", email="new@oakash.example")
    northgate.drain()
    assert there(simulator)["PrimaryEmailAddr"]["Address"] == "ap@oakash.example"

    assert send_changes(northgate.connection_id, id_of(OAK), by())
    northgate.drain()
    assert there(simulator)["PrimaryEmailAddr"]["Address"] == "new@oakash.example"
    assert not send_changes(northgate.connection_id, id_of(OAK), by())


def test_a_change_the_ledger_refuses_rings_and_stops_no_invoice(northgate, simulator):
    simulator.create(NORTHGATE, "vendors", DisplayName="Elm Ltd")
    tell(northgate, "evt_1", name="Elm Ltd")
    northgate.bill("INV-0002", customer=billing.OAK_AND_ASH | {"name": "Elm Ltd"})
    northgate.drain()

    assert northgate.states() == {"INV-0001": "pushed", "INV-0002": "pushed"}
    alert = db.session.scalars(select(Alert).where(Alert.closed_at.is_(None))).one()
    assert "A supplier there already has the name “Elm Ltd”" in alert.message

    tell(northgate, "evt_3", name="Elm & Ash Ltd")
    northgate.drain()
    assert there(simulator)["DisplayName"] == "Elm & Ash Ltd"
    assert db.session.scalars(select(Alert).where(Alert.closed_at.is_(None))).all() == []


def test_what_somebody_changed_stays_also_when_billing_changes_it_later(northgate, simulator):
    simulator.edit(
        NORTHGATE, "customers", there(simulator)["Id"], PrimaryPhone={"FreeFormNumber": "9"}
    )
    tell(northgate, "evt_1", email="new@oakash.example")
    northgate.drain()
    assert there(simulator)["PrimaryEmailAddr"]["Address"] == "new@oakash.example"

    tell(northgate, "evt_2", email="new@oakash.example", phone="0113 496 0000")
    northgate.drain()
    assert there(simulator)["PrimaryPhone"]["FreeFormNumber"] == "9"
