"""A number is kept whole, or its end is where finance allowed that."""

from __future__ import annotations

import pytest

from app.domain.long_numbers import number_there, with_kept_number
from tests.plans import invoice_plan

LONG = "2026-LEEDS-SUPPORT-INV-0001"


@pytest.mark.parametrize(
    ("number", "policy", "there"),
    [
        (LONG, "refuse", LONG),
        (LONG, "shorten", "EEDS-SUPPORT-INV-0001"),
        ("INV-2041", "shorten", "INV-2041"),
        (LONG[-21:], "shorten", LONG[-21:]),
        ("Long before 12345678901234567890", "shorten", "12345678901234567890"),
    ],
)
def test_the_end_of_a_long_number_is_kept_where_allowed(
    number: str, policy: str, there: str
) -> None:
    assert number_there(number, 21, policy) == there


def test_the_note_has_the_whole_number_behind_what_it_said_already() -> None:
    plan = with_kept_number(invoice_plan(number=LONG), 21, "shorten")
    assert plan.number_there == "EEDS-SUPPORT-INV-0001"
    assert plan.note == f"Its number in billing is {LONG}."


def test_a_number_that_fits_changes_nothing() -> None:
    plan = invoice_plan()
    assert with_kept_number(plan, 21, "shorten") is plan
