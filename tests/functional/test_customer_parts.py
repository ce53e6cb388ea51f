"""Customers that are a part of others, of several currencies, and names hard to tell apart."""

import itertools
import unicodedata

import pytest

from app.usecases.customers import choose_customer as choices
from app.usecases.receive_billing_event import Answer, receive
from simulator.client import NORTHGATE, SEVERNSIDE
from tests import billing
from tests.accounts_there import by, customers, id_of, link_of
from tests.connected import connect, now

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    return made


def part(name: str, of: str, **more: object) -> dict[str, object]:
    return {"id": f"cus_{name}", "name": name, "parent": {"id": f"cus_{of}", "name": of}, **more}


class TestParts:
    def test_a_part_is_made_under_whom_it_is_a_part_of(self, northgate, simulator):
        northgate.bill("INV-0001", customer=part("Meridian Leeds", "Meridian Care"))
        northgate.bill("INV-0002", customer=part("Meridian York", "Meridian Care"))
        northgate.drain()

        there = customers(simulator)
        top = there["Meridian Care"]["Id"]
        assert northgate.states() == {"INV-0001": "pushed", "INV-0002": "pushed"}
        for name in ("Meridian Leeds", "Meridian York"):
            made = there[name]
            assert (made["ParentRef"]["value"], made["Job"], made["BillWithParent"]) == (
                top,
                True,
                False,
            )

    def test_a_part_of_a_part_comes_after_both(self, northgate, simulator):
        northgate.bill("INV-0001", customer=part("Leeds", "Meridian"))
        northgate.bill("INV-0002", customer=part("Leeds kitchen", "Leeds"))
        northgate.drain()
        assert set(northgate.states().values()) == {"pushed"}
        assert customers(simulator)["Leeds kitchen"]["FullyQualifiedName"] == (
            "Meridian:Leeds:Leeds kitchen"
        )

    def test_whom_they_are_a_part_of_is_asked_about_first(self, northgate, simulator):
        gone = simulator.create(NORTHGATE, "customers", DisplayName="Meridian Care")
        simulator.edit(NORTHGATE, "customers", gone["Id"], Active=False)
        northgate.bill("INV-0001", customer=part("Meridian Leeds", "Meridian Care"))
        northgate.drain()
        missing = northgate.problem("INV-0001")["missing"][0]
        assert (missing["kind"], missing["name"]) == ("customer", "Meridian Care")

        assert choices.activate(northgate.connection_id, id_of("Meridian Care"), gone["Id"], by())
        northgate.drain()
        assert northgate.states() == {"INV-0001": "pushed"}
        assert customers(simulator)["Meridian Leeds"]["ParentRef"]["value"] == gone["Id"]

    def test_a_creation_the_ledger_refuses_stops_its_parts_too(self, northgate, simulator):
        simulator.create(NORTHGATE, "vendors", DisplayName="Meridian Care")
        northgate.bill("INV-0001", customer=part("Meridian Leeds", "Meridian Care"))
        northgate.drain()
        assert northgate.states() == {"INV-0001": "blocked"}
        assert northgate.problem("INV-0001")["missing"][0]["name"] == "Meridian Care"

    def test_one_of_the_same_name_elsewhere_is_not_taken(self, northgate, simulator):
        other = simulator.create(NORTHGATE, "customers", DisplayName="Harcourt")["Id"]
        parent = {"ParentRef": {"value": other}, "Job": True}
        simulator.create(NORTHGATE, "customers", DisplayName="Leeds office", **parent)
        northgate.bill("INV-0001", customer=part("Leeds office", "Meridian Care"))
        northgate.drain()
        assert northgate.states() == {"INV-0001": "blocked"}
        assert "not a part of the same customer" in northgate.problem("INV-0001")["title"]

    def test_six_levels_are_one_too_many(self, northgate):
        names = ["A", "B", "C", "D", "E", "F"]
        for number, (of, name) in enumerate(itertools.pairwise(names)):
            northgate.bill(f"INV-000{number}", customer=part(name, of))
        northgate.drain()
        assert northgate.states() == {
            "INV-0000": "pushed",
            "INV-0001": "pushed",
            "INV-0002": "pushed",
            "INV-0003": "pushed",
            "INV-0004": "blocked",
        }
        assert "nested more than 5" in northgate.problem("INV-0004")["title"]

    def test_two_that_are_a_part_of_each_other_are_asked_about(self, northgate):
        northgate.bill("INV-0001", customer=part("A", "B"))
        northgate.bill("INV-0002", customer=part("B", "A"))
        northgate.drain()
        assert set(northgate.states().values()) == {"blocked"}

    def test_nobody_is_a_part_of_themselves(self, northgate):
        body = billing.event("customer.updated", part("A", "A"))
        receipt = receive(northgate.workspace_id, body, "evt_1", b"{}", None, now())
        assert receipt.status == Answer.INVALID
        assert receipt.errors == {"data.parent": "A customer cannot be a part of itself."}

    def test_what_is_known_of_whom_they_are_a_part_of_stays(self, northgate):
        whole = {"id": "cus_M", "name": "M", "email": "ap@m.example"}
        for event_id, data in (("evt_1", whole), ("evt_2", part("L", "M"))):
            body = billing.event("customer.updated", data)
            receive(northgate.workspace_id, body, event_id, b"{}", None, now())
        northgate.bill("INV-0001", customer=whole)
        northgate.drain()
        assert northgate.states() == {"INV-0001": "pushed"}


class TestCurrencies:
    @pytest.fixture
    def severnside(self, app_context, simulator):
        """A company with several currencies."""
        made = connect(simulator, "severnside", SEVERNSIDE)
        made.map_all()
        return made

    def test_a_customer_billed_in_two_is_asked_about(self, severnside, simulator):
        severnside.bill("INV-0001", currency="GBP")
        severnside.bill("INV-0002", currency="EUR")
        severnside.drain()
        assert set(severnside.states().values()) == {"blocked"}
        assert severnside.problem("INV-0001")["title"] == (
            "Oak & Ash Ltd is billed in EUR and GBP, and a customer there has one currency."
        )

        there = (severnside.connection_id, id_of("Oak & Ash Ltd"))
        with pytest.raises(choices.ChoiceRefused, match="Choose which"):
            choices.create_as(*there, "Oak & Ash Ltd", by())
        choices.create_as(*there, "Oak & Ash Ltd", by(), currency="EUR")
        severnside.drain()
        assert severnside.states() == {"INV-0001": "blocked", "INV-0002": "pushed"}
        assert "is kept in EUR there" in severnside.problem("INV-0001")["title"]

    def test_a_later_invoice_in_another_one_is_never_sent(self, severnside, simulator):
        severnside.bill("INV-0001", currency="GBP")
        severnside.drain()
        assert link_of("Oak & Ash Ltd").currency == "GBP"
        simulator.reset_counters()
        severnside.bill("INV-0002", currency="EUR")
        severnside.drain()
        assert severnside.states() == {"INV-0001": "pushed", "INV-0002": "blocked"}
        assert simulator.counters(SEVERNSIDE)["requests"] == 0


class TestNames:
    def test_two_invoices_of_one_new_customer_make_them_once(self, northgate, simulator):
        northgate.bill("INV-0001", customer="Alder Ltd")
        northgate.bill("INV-0002", customer="Alder Ltd")
        northgate.drain()
        assert set(northgate.states().values()) == {"pushed"}
        assert len(customers(simulator)) == northgate.customers_before + 1

    @pytest.mark.parametrize(
        "there",
        ["CAFÉ ROUGE LTD", "Café  Rouge Ltd", unicodedata.normalize("NFD", "Café Rouge Ltd")],
    )
    def test_case_spaces_and_unicode_forms_are_one_name(self, northgate, simulator, there):
        found = simulator.create(NORTHGATE, "customers", DisplayName=" ".join(there.split()))
        northgate.bill("INV-0001", customer=unicodedata.normalize("NFC", "Café Rouge Ltd"))
        northgate.drain()
        assert northgate.states() == {"INV-0001": "pushed"}
        assert link_of("Café Rouge Ltd").ledger_id == found["Id"]

    def test_one_name_in_two_workspaces_is_a_customer_in_each_ones_ledger(
        self, northgate, simulator
    ):
        other = connect(simulator, "severnside", SEVERNSIDE)
        other.map_all()
        northgate.bill("INV-0001", customer="Alder Ltd")
        other.bill("INV-0001", customer="Alder Ltd")
        northgate.drain()
        other.drain()
        assert northgate.states() == other.states() == {"INV-0001": "pushed"}
        for realm in (NORTHGATE, SEVERNSIDE):
            assert "Alder Ltd" in customers(simulator, realm)

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("🙂🙂", "no name that QuickBooks could keep"),
            ("Oak:" * 125, "no name of more than 500 characters"),
        ],
    )
    def test_a_name_the_ledger_cannot_keep_is_asked_about(self, northgate, simulator, name, said):
        northgate.bill("INV-0001", customer={"id": "cus_1", "name": name})
        northgate.drain()
        assert northgate.states() == {"INV-0001": "blocked"}
        assert said in northgate.problem("INV-0001")["title"]
        there = (northgate.connection_id, id_of(name))
        choices.create_as(*there, "Smile Ltd", by())
        northgate.drain()
        assert northgate.states() == {"INV-0001": "pushed"}

    def test_a_colon_makes_no_part_of_anybody(self, northgate, simulator):
        northgate.bill("INV-0001", customer="Oak: Leeds")
        northgate.drain()
        made = customers(simulator)["Oak - Leeds"]
        assert "ParentRef" not in made
