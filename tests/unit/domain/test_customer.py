"""What of a customer is sent, and what somebody changed there and keeps."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest

from app.domain.customer import Aim, Details, changed_since, left_alone, name_key, said_of
from app.domain.invoice import Customer
from app.domain.matching import Ask, Candidate, Found, match_customer

OAK = Customer("cus_17", "Oak & Ash Ltd", email="ap@oak.example", address={"city": "Leeds"})
SENT = said_of(OAK)


def test_only_what_billing_changed_is_to_be_sent() -> None:
    assert changed_since(SENT, OAK) == frozenset()
    assert changed_since(SENT, replace(OAK, email="new@oak.example")) == {"email"}
    assert changed_since(SENT, replace(OAK, address={"city": "York"})) == {"address"}


def test_what_billing_emptied_is_left_where_it_is() -> None:
    assert changed_since(SENT, replace(OAK, email=None, address=None)) == frozenset()


def test_where_nothing_was_noted_everything_known_may_have_changed() -> None:
    assert changed_since(None, OAK) == {"name", "email", "address"}


@pytest.mark.parametrize(
    ("theirs", "kept"),
    [
        ("ap@oak.example", ()),  # as we last sent it
        ("new@oak.example", ()),  # as billing says now
        (None, ()),  # empty there
        ("books@oak.example", ("email",)),  # somebody's own
    ],
)
def test_what_somebody_changed_there_is_theirs(theirs: str | None, kept: tuple[str, ...]) -> None:
    sent, ours = Details(email="ap@oak.example"), Details(email="new@oak.example")
    assert left_alone({"email"}, sent, ours, Details(email=theirs)) == kept


def test_where_nothing_was_noted_whatever_is_there_is_somebodys() -> None:
    ours = Details(email="new@oak.example", phone="1")
    theirs = Details(email="ap@oak.example", phone="1")
    assert left_alone({"email", "phone"}, None, ours, theirs) == ("email",)


def test_an_aim_survives_being_stored() -> None:
    aim = Aim(name="Oak (C)", currency="EUR", kept=("email",), said=SENT)
    assert Aim.from_json(aim.as_json()) == aim
    assert Aim.from_json(None) == Aim()


@pytest.mark.parametrize(
    "other", ["OAK  & ASH LTD", " Oak & Ash Ltd ", "oak & ash ltd", "Oak\u00a0& Ash Ltd"]
)
def test_spellings_of_one_name(other: str) -> None:
    assert name_key(other) == name_key("Oak & Ash Ltd")


def test_unicode_forms_are_one_name() -> None:
    assert name_key(unicodedata.normalize("NFD", "Café")) == name_key("Café")


def test_a_part_of_somebody_else_is_not_taken() -> None:
    there = [Candidate("58", "Leeds", True, "GBP", parent_id="7")]
    assert isinstance(match_customer("Leeds", "GBP", there, parent_id="9"), Ask)
    assert match_customer("Leeds", "GBP", there, parent_id="7") == Found("58", "Leeds")
    assert match_customer("Leeds", "GBP", there) == Found("58", "Leeds")
