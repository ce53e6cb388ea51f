"""Mapping a code: what is refused, what is released, what undo brings back."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.states import MappingKind
from app.extensions import db, redis_client
from app.models import AuditEntry, CatalogueRow, Mapping, scope
from app.usecases.mapping.map_codes import (
    AnotherTax,
    ChangedMeanwhile,
    Choice,
    MappingRefused,
    Saved,
    save,
    save_many,
    undo,
)
from app.usecases.push.claim import claim
from tests.northgate import NOW, VAT0, Northgate, make_northgate

SERVICE, TAX_CODE = MappingKind.SERVICE, MappingKind.TAX_CODE
WHO: dict[str, Any] = {"actor": "Priya Nair", "user_id": None, "now": NOW}


@pytest.fixture
def northgate(app_context: Flask) -> Iterator[Northgate]:
    made = make_northgate()
    yield made
    db.session.remove()


def put(northgate: Northgate, kind: MappingKind, code: str, to: str, **how: Any) -> Saved:
    return save(northgate.connection_id, Choice(kind, code, to, **how), **WHO)


def there(kind: MappingKind, code: str) -> str | None:
    return db.session.scalar(
        select(Mapping.ledger_id).where(Mapping.kind == kind, Mapping.code == code)
    )


def test_the_last_missing_mapping_releases_every_invoice_that_waited_for_it(northgate):
    northgate.map("VAT20", "6", TAX_CODE)
    northgate.bill("INV-1")
    northgate.bill("INV-2")
    northgate.look()
    assert set(northgate.states().values()) == {"blocked"}

    assert put(northgate, SERVICE, "MW-STD", "31").released == 2
    assert northgate.states() == {"INV-1": "waiting", "INV-2": "waiting"}
    assert redis_client().exists(f"lb:woken:drain:{northgate.connection_id}")


def test_an_invoice_that_still_misses_another_mapping_is_not_counted_and_comes_back(northgate):
    northgate.bill("INV-1")
    northgate.look()

    assert put(northgate, SERVICE, "MW-STD", "31").released == 0
    northgate.look()
    assert northgate.states() == {"INV-1": "blocked"}
    assert put(northgate, TAX_CODE, "VAT20", "6").released == 1


def test_one_that_a_drain_took_up_after_the_mapping_before_is_counted_too(northgate):
    northgate.bill("INV-1")
    northgate.look()
    put(northgate, SERVICE, "MW-STD", "31")
    claim(northgate.connection_id, "worker", NOW, 10)
    assert northgate.states() == {"INV-1": "pushing"}

    assert put(northgate, TAX_CODE, "VAT20", "6").released == 1


def test_mapping_two_codes_at_once_releases_what_waited_for_both(northgate):
    northgate.bill("INV-1")
    northgate.look()
    choices = [Choice(SERVICE, "MW-STD", "31"), Choice(TAX_CODE, "VAT20", "6")]

    assert save_many(northgate.connection_id, choices, **WHO).released == 1


def test_who_mapped_it_to_what_is_kept_in_the_audit_trail(northgate):
    northgate.bill("INV-1")
    put(northgate, SERVICE, "MW-STD", "31")

    entry = db.session.scalars(select(AuditEntry).filter_by(action="mapping.save")).one()
    assert (entry.actor, entry.subject) == ("Priya Nair", f"connection:{northgate.connection_id}")
    assert entry.detail == {
        "kind": "service",
        "code": "MW-STD",
        "ledger_id": "31",
        "ledger_name": "Managed Workstation",
        "before": None,
    }


@pytest.mark.parametrize(
    ("code", "to", "sentence"),
    [
        ("NO-SUCH", "31", "Billing has no such code."),
        ("MW-STD", "999", "It is not among the ledger's entries. Read them again, then choose."),
        ("MW-STD", "6", "It is not among the ledger's entries. Read them again, then choose."),
    ],
)
def test_a_service_is_mapped_to_an_item_the_ledger_has(northgate, code, to, sentence):
    northgate.bill("INV-1")
    with pytest.raises(MappingRefused, match=sentence):
        put(northgate, SERVICE, code, to)
    assert there(SERVICE, code) is None


def test_an_inactive_item_is_refused(northgate):
    northgate.bill("INV-1")
    db.session.scalars(select(CatalogueRow).filter_by(ledger_id="31")).one().active = False
    db.session.commit()

    with pytest.raises(MappingRefused, match="“Managed Workstation” is inactive"):
        put(northgate, SERVICE, "MW-STD", "31")


def test_a_tax_code_of_another_rate_takes_a_second_yes(northgate):
    northgate.bill("INV-1")
    sentence = "“VAT Standard 20%” is 20% in billing and “5.0% R” is 5%."
    with pytest.raises(AnotherTax, match=sentence):
        put(northgate, TAX_CODE, "VAT20", "5")
    assert there(TAX_CODE, "VAT20") is None

    put(northgate, TAX_CODE, "VAT20", "5", confirmed=True)
    assert there(TAX_CODE, "VAT20") == "5"


def test_one_refused_choice_of_several_maps_nothing(northgate):
    northgate.bill("INV-1")
    northgate.look()
    choices = [Choice(SERVICE, "MW-STD", "31"), Choice(TAX_CODE, "VAT20", "5")]

    with pytest.raises(AnotherTax):
        save_many(northgate.connection_id, choices, **WHO)
    assert there(SERVICE, "MW-STD") is None
    assert northgate.states() == {"INV-1": "blocked"}


def test_the_second_of_two_people_is_told_what_the_first_chose(northgate):
    northgate.bill("INV-1")
    put(northgate, SERVICE, "MW-STD", "31", expected="")

    with pytest.raises(ChangedMeanwhile, match="Priya Nair mapped it to “Managed Workstation”"):
        put(northgate, SERVICE, "MW-STD", "32", expected="")
    assert there(SERVICE, "MW-STD") == "31"


def test_of_two_people_at_the_same_moment_one_maps_and_the_other_is_told(northgate, app):
    northgate.bill("INV-1")
    start = Barrier(2)

    def choose(ledger_id: str) -> str:
        with app.app_context():
            start.wait()
            try:
                return put(northgate, SERVICE, "MW-STD", ledger_id, expected="").mapping.ledger_id
            except ChangedMeanwhile as error:
                return error.sentence
            finally:
                db.session.remove()

    with ThreadPoolExecutor(2) as people:
        first, second = sorted(people.map(choose, ("31", "32")), key=len)
    assert first == there(SERVICE, "MW-STD")
    assert second.startswith("Priya Nair mapped it to")


def test_pressing_twice_maps_once(northgate):
    northgate.bill("INV-1")
    put(northgate, SERVICE, "MW-STD", "31", expected="")
    put(northgate, SERVICE, "MW-STD", "31", expected="")

    assert len(db.session.scalars(select(AuditEntry).filter_by(action="mapping.save")).all()) == 1


def test_undo_unmaps_what_was_not_mapped_before(northgate):
    northgate.bill("INV-1")
    northgate.look()
    put(northgate, SERVICE, "MW-STD", "31")

    assert undo(northgate.connection_id, SERVICE, "MW-STD", **WHO) is None
    assert there(SERVICE, "MW-STD") is None
    northgate.look()
    assert northgate.states() == {"INV-1": "blocked"}


def test_undo_brings_back_the_entry_before_with_who_set_it(northgate):
    northgate.bill("INV-1")
    northgate.map("MW-STD", "31")
    put(northgate, SERVICE, "MW-STD", "32")

    restored = undo(northgate.connection_id, SERVICE, "MW-STD", **WHO)
    assert restored is not None
    assert (restored.ledger_id, restored.ledger_name) == ("31", "Managed Workstation")
    assert restored.set_by == "Priya Nair"
    assert restored.set_at < NOW


def test_a_change_is_undone_once(northgate):
    northgate.bill("INV-1")
    northgate.map("MW-STD", "31")
    put(northgate, SERVICE, "MW-STD", "32")
    undo(northgate.connection_id, SERVICE, "MW-STD", **WHO)

    with pytest.raises(MappingRefused, match="nothing to undo"):
        undo(northgate.connection_id, SERVICE, "MW-STD", **WHO)


def test_mapping_one_company_leaves_another_workspace_alone(northgate):
    other = make_northgate("harcourt", "9130358")
    northgate.bill("INV-1", tax=VAT0)
    other.bill("INV-1", tax=VAT0)
    other.look()
    scope.enter_workspace(db.session, northgate.workspace_id)
    put(northgate, SERVICE, "MW-STD", "31")
    del db.session.info["workspace_id"]

    assert other.states() == {"INV-1": "blocked"}
    assert [m.workspace_id for m in db.session.scalars(select(Mapping))] == [northgate.workspace_id]


def test_nothing_is_mapped_for_a_disconnected_company(northgate):
    from app.models import Connection

    northgate.bill("INV-1")
    db.session.get_one(Connection, northgate.connection_id).state = "disconnected"
    db.session.commit()
    with pytest.raises(MappingRefused, match="disconnected"):
        put(northgate, SERVICE, "MW-STD", "31")
