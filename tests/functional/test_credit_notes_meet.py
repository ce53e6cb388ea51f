"""Credit notes meet what invoices are held to: tax, customers, classes, long numbers."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.domain.states import MappingKind
from app.extensions import db
from app.models import Attempt, CreditNote, OutboundEvent
from app.queries import customer_choices
from app.usecases.customers import choose_customer as choices
from app.usecases.manage_connection import save_settings
from app.usecases.mapping.map_codes import Choice, save
from app.usecases.push.actions import book_ledger_tax
from app.usecases.read_company import read_company
from simulator.client import NORTHGATE
from tests import billing
from tests.accounts_there import PRIYA, by, id_of
from tests.connected import connect, now
from tests.crediting import CREDIT, INVOICE, credit, memos, state_of

pytestmark = pytest.mark.usefixtures("app_context")
OAK = "Oak & Ash Ltd"
HARCOURT = "Harcourt & Finch LLP"
LONG = "2026-LEEDS-SUPPORT-CN-0001"
KEPT = LONG[-21:]


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    simulator.reset_counters()
    return made


def three_lines():
    """Return three lines of 10.12 at 20 %: 6.06 line by line, 6.07 of the sum as there."""
    lines = [
        billing.line(id=f"{n}", quantity="1", unit_price="10.12", amount="10.12", tax_amount="2.02")
        for n in (1, 2, 3)
    ]
    return {"lines": lines, "subtotal": "30.36", "tax_total": "6.06", "total": "36.42"}


def problem(number=CREDIT):
    return db.session.scalars(select(CreditNote.problem).where(CreditNote.number == number)).one()


def last_words():
    return db.session.scalars(select(Attempt.words).order_by(Attempt.id.desc())).first()


def test_tax_rounded_otherwise_keeps_a_credit_note_here_until_a_person_decides(
    northgate, simulator
):
    credit_id = credit(northgate, **three_lines())
    northgate.drain()
    assert state_of(CreditNote) == "blocked"
    assert problem()["code"] == "tax_differs"
    assert simulator.counters(NORTHGATE)["requests"] == 0  # not even its customer

    assert book_ledger_tax([credit_id], PRIYA, None, now()) == 1
    northgate.drain()

    assert state_of(CreditNote) == "differs"
    assert memos(northgate)[CREDIT][0] == Decimal("36.43")
    assert f"as {PRIYA} chose" in last_words()


def test_a_credit_note_waits_for_who_its_customer_is_and_goes_once_that_is_chosen(
    northgate, simulator
):
    there = simulator.create(NORTHGATE, "customers", DisplayName=HARCOURT)
    simulator.edit(NORTHGATE, "customers", there["Id"], Active=False)
    credit(northgate, customer={"id": f"cus_{HARCOURT}", "name": HARCOURT})
    northgate.drain()
    assert state_of(CreditNote) == "blocked"
    [asked] = customer_choices.asked_about()
    assert (asked.waits, asked.sums) == ("1 credit note", {})
    assert "inactive" in asked.reason

    assert (
        choices.activate(northgate.connection_id, id_of(HARCOURT), there["Id"], by()).released == 1
    )
    northgate.drain()

    assert state_of(CreditNote) == "pushed"
    assert list(memos(northgate)) == [CREDIT]


def test_a_customer_made_inactive_after_the_first_document_stops_the_next_credit_note(
    northgate, simulator
):
    northgate.bill(INVOICE)
    northgate.drain()
    there = northgate.booked(INVOICE)
    simulator.void(NORTHGATE, "invoices", there["Id"])  # who owes something cannot be made inactive
    customer = there["CustomerRef"]["value"]
    simulator.edit(NORTHGATE, "customers", customer, Active=False)
    credit(northgate)
    northgate.drain()
    assert state_of(CreditNote) == "blocked"
    assert problem()["title"] == f"The customer “{OAK}” is inactive there."

    assert choices.activate(northgate.connection_id, id_of(OAK), customer, by()).released == 1
    northgate.drain()
    assert state_of(CreditNote) == "pushed"


def test_a_class_goes_with_a_credit_note_and_what_is_not_mapped_is_said(northgate, simulator):
    simulator.set_company(NORTHGATE, ClassTrackingPerTxnLine=True)
    made = simulator.create(NORTHGATE, "classes", Name="Leeds office")
    read_company(northgate.connection_id, now())
    leeds = {"code": "LEEDS", "name": "Leeds office"}
    lines = [
        billing.line(
            quantity="1",
            unit_price="100.00",
            amount="100.00",
            tax_amount="20.00",
            **{"class": leeds},
        )
    ]
    credit(northgate, "CN-0001", lines=lines)
    northgate.drain()
    assert "Sent without class “Leeds office”" in last_words()

    choice = Choice(MappingKind.CLASS, "LEEDS", made["Id"])
    save(northgate.connection_id, choice, actor=PRIYA, user_id=None, now=now())
    credit(northgate, "CN-0002", lines=lines)
    northgate.drain()
    there = simulator.books(NORTHGATE)["credit_memos"]
    [memo] = [one for one in there if one["DocNumber"] == "CN-0002"]
    assert memo["Line"][0]["SalesItemLineDetail"]["ClassRef"]["value"] == made["Id"]


def test_a_shortened_number_meets_others_of_its_own_kind_only(northgate):
    first, second = LONG.replace("2026", "2027"), LONG.replace("2026", "2028")
    save_settings(northgate.connection_id, PRIYA, None, now(), long_numbers="shorten")
    northgate.bill(LONG)
    credit(northgate, first, on={LONG: "120.00"})
    credit(northgate, second)
    northgate.drain()

    assert northgate.states() == {LONG: "pushed"}
    assert state_of(CreditNote, number=first) == "pushed"
    assert problem(second)["code"] == "same_number"
    assert list(memos(northgate)) == [KEPT]


def test_a_credit_note_refused_tells_billing_where_that_is_settled(northgate, simulator):
    simulator.inject("fault", entity="CreditMemo", code="6000", times=1)
    credit(northgate, url="https://billing.example.com/credit-notes/7")
    northgate.drain()

    assert state_of(CreditNote) == "failed"
    event = db.session.scalars(
        select(OutboundEvent).where(OutboundEvent.type == "credit_note.push_failed")
    ).one()
    assert event.data["problem"]["link_words"]
    assert event.data["problem"]["title"] == problem()["title"]
