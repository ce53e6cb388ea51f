"""A customer in QuickBooks' words: made, changed, made active, a part of another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.ledgers import exact_json
from app.ledgers.quickbooks import reader
from app.ledgers.quickbooks.customers import (
    customer_body,
    customer_change_body,
    kept_of,
    spellings,
)
from tests.plans import OAK_AND_ASH, customer_plan


def body(**changes: Any) -> Any:
    return exact_json.load(customer_body(replace(customer_plan(), **changes)))


def change(**changes: Any) -> Any:
    plan = replace(customer_plan(), ledger_id="58", version="3", **changes)
    return exact_json.load(customer_change_body(plan))


def test_a_part_of_another_owes_for_itself() -> None:
    made = body(parent_ledger_id="7")
    assert made["ParentRef"] == {"value": "7"}
    assert (made["Job"], made["BillWithParent"]) == (True, False)


def test_the_schema_of_the_united_states_has_no_tax_number_of_ours() -> None:
    assert "PrimaryTaxIdentifier" not in body(country="US")
    assert body()["PrimaryTaxIdentifier"] == "GB123456789"


def test_a_tax_number_too_long_is_left_out_whole() -> None:
    assert "PrimaryTaxIdentifier" not in body(customer=replace(OAK_AND_ASH, tax_number="1" * 21))


def test_a_change_says_what_changed_and_nothing_else() -> None:
    assert change(fields=frozenset({"email"})) == {
        "Id": "58",
        "SyncToken": "3",
        "sparse": True,
        "PrimaryEmailAddr": {"Address": "ap@oakash.example"},
    }


def test_active_again_under_the_plain_name() -> None:
    assert change(activate=True, name="Oak & Ash Ltd") == {
        "Id": "58",
        "SyncToken": "3",
        "sparse": True,
        "Active": True,
        "DisplayName": "Oak & Ash Ltd",
    }


@pytest.mark.parametrize("typed", ["Oak:Ash", "Oak\tAsh", "Oak 🙂", " Oak"])
def test_a_typed_name_goes_as_it_was_typed_or_not_at_all(typed: str) -> None:
    with pytest.raises(ValueError, match="Type it that way"):
        body(name=typed)


def test_what_is_kept_is_read_back_the_same() -> None:
    sent = body()
    answered = sent | {"PrimaryTaxIdentifier": "XXXXXX56789"}
    assert reader.customer_of(answered).details == kept_of(OAK_AND_ASH)


def test_an_inactive_ones_plain_name() -> None:
    gone = reader.customer_of({"Id": "58", "DisplayName": "Oak (deleted)", "Active": False})
    assert (gone.name, gone.plain_name) == ("Oak (deleted)", "Oak")


def test_a_name_of_ascii_is_asked_for_as_it_is() -> None:
    assert list(spellings("Oak")) == ["Oak", "Oak (deleted)"]
    assert "CAFÉ" in spellings("Café")
