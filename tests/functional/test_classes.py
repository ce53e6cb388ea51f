"""Classes, departments and terms: from billing into the ledger, mapped by people, or without."""

import pytest

from app.domain.states import MappingKind
from app.extensions import db
from app.models import Attempt, Connection, Mapping
from app.queries import mappings
from app.usecases.mapping.map_codes import Choice, save, undo
from app.usecases.mapping.mapping_csv import export_csv, import_csv
from app.usecases.read_company import read_company
from simulator.client import NORTHGATE
from tests import billing
from tests.connected import connect, now

pytestmark = pytest.mark.usefixtures("app_context")

LEEDS = {"code": "LEEDS", "name": "Leeds office"}
NORTH = {"code": "NORTH", "name": "North"}
NET60 = {"code": "NET60", "name": "60 days net"}


@pytest.fixture
def northgate(app_context, simulator):
    simulator.set_company(NORTHGATE, ClassTrackingPerTxnLine=True, TrackDepartments=True)
    simulator.create(NORTHGATE, "classes", Name="Leeds office")
    simulator.create(NORTHGATE, "departments", Name="Northern branch")
    made = connect(simulator)
    made.map_all()
    return made


def bill(northgate, number="INV-0001"):
    lines = [billing.line(**{"class": LEEDS})]
    sums = {"subtotal": "450.00", "tax_total": "90.00", "total": "540.00"}
    northgate.bill(number, lines=lines, department=NORTH, terms=NET60, **sums)


def put(northgate, kind, code, ledger_id):
    choice = Choice(kind, code, ledger_id)
    return save(northgate.connection_id, choice, actor="Priya Nair", user_id=None, now=now())


def map_three(northgate):
    put(northgate, MappingKind.CLASS, "LEEDS", "1")
    put(northgate, MappingKind.DEPARTMENT, "NORTH", "1")
    put(northgate, MappingKind.PAYMENT_TERMS, "NET60", "4")


def connection_of(northgate):
    return db.session.get_one(Connection, northgate.connection_id)


def test_what_is_mapped_stands_in_the_ledger(northgate):
    bill(northgate)
    map_three(northgate)

    northgate.drain()

    there = northgate.booked("INV-0001")
    assert northgate.states() == {"INV-0001": "pushed"}
    assert there["Line"][0]["SalesItemLineDetail"]["ClassRef"]["name"] == "Leeds office"
    assert there["DepartmentRef"]["name"] == "Northern branch"
    assert (there["SalesTermRef"]["name"], there["DueDate"]) == ("Net 60", "2026-12-20")


def test_what_is_not_mapped_holds_nothing_back_and_the_timeline_says_so(northgate):
    bill(northgate)

    northgate.drain()

    assert northgate.states() == {"INV-0001": "pushed"}
    words = db.session.query(Attempt).order_by(Attempt.id.desc()).first().words
    assert words == (
        "Booked in QuickBooks (invoice). Sent without class “Leeds office”, department “North” and"
        " payment terms “60 days net”, which are not mapped to QuickBooks."
    )


def test_they_are_listed_as_optional_with_a_suggestion(northgate):
    bill(northgate)

    rows = {row.kind: row for row in mappings.unmapped(connection_of(northgate))}

    assert set(rows) == {"class", "department", "payment_terms"}
    assert all(row.optional for row in rows.values())
    assert rows["class"].suggestion.ledger_id == "1"
    assert rows["class"].suggestion.certainty.word == "Certain"


def test_where_the_company_tracks_none_none_is_asked_for(northgate, simulator):
    simulator.set_company(NORTHGATE, ClassTrackingPerTxnLine=False, TrackDepartments=False)
    read_company(northgate.connection_id, now())
    bill(northgate)

    kinds = [row.kind for row in mappings.unmapped(connection_of(northgate))]

    assert kinds == ["payment_terms"]


def test_switched_off_there_since_it_was_mapped_it_is_said_to_be_left_out(northgate, simulator):
    bill(northgate)
    map_three(northgate)
    simulator.set_company(NORTHGATE, ClassTrackingPerTxnLine=False, TrackDepartments=False)
    read_company(northgate.connection_id, now())

    northgate.drain()

    note = northgate.push_of("INV-0001").note
    assert "The class was left out: classes are switched off in QuickBooks." in note
    assert "The department was left out: locations are switched off in QuickBooks." in note
    assert northgate.states() == {"INV-0001": "pushed"}


def test_made_inactive_there_since_the_lists_were_read_it_goes_without(northgate, simulator):
    bill(northgate)
    map_three(northgate)
    simulator.edit(NORTHGATE, "classes", "1", Active=False)

    northgate.drain()

    assert northgate.states() == {"INV-0001": "pushed"}
    note = northgate.push_of("INV-0001").note
    assert note == "Sent without class “Leeds office”, which is not mapped to QuickBooks."


def test_a_mapping_is_counted_changed_and_undone_like_any_other(northgate):
    bill(northgate)
    map_three(northgate)

    [used] = [
        row.used
        for row in mappings.mapped(connection_of(northgate), now().date().replace(year=2020))
        if row.kind == "department"
    ]
    undo(
        northgate.connection_id,
        MappingKind.DEPARTMENT,
        "NORTH",
        actor="Priya Nair",
        user_id=None,
        now=now(),
    )

    assert used == 1
    left = {m.kind for m in db.session.query(Mapping).filter(Mapping.code == "NORTH")}
    assert left == set()


def test_the_file_has_them_and_takes_them(northgate):
    bill(northgate)
    content = export_csv(connection_of(northgate))
    assert "class,LEEDS,,\r\n" in content

    filled = content.replace("class,LEEDS,,", "class,LEEDS,,Leeds office")
    import_csv(northgate.connection_id, filled, actor="Priya Nair", user_id=None, now=now())

    [mapping] = db.session.query(Mapping).filter_by(kind="class")
    assert (mapping.code, mapping.ledger_id) == ("LEEDS", "1")
