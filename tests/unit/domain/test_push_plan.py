"""The note and the date of a change to what is booked already."""

from dataclasses import replace
from datetime import date

import pytest

from app.domain.push_plan import note_of, on_open_day
from tests.plans import invoice_plan

MARK = "Ledgerbridge inv_8812"
MOVED = "Booked on 1 December 2026: 20 November 2026 is in a closed period."
CLOSED_TO = date(2026, 11, 30)


def booked(**there):
    return replace(invoice_plan(ledger_id="301", version="4"), **there)


@pytest.mark.parametrize(
    "there", [MARK, f"Chased on Friday\n{MARK}", f"see {MARK}, agreed", f"{MARK}\nPaid by phone"]
)
def test_a_note_that_carries_our_mark_stays_as_it_is(there):
    assert note_of(booked(note_there=there)) is None


def test_a_note_that_is_not_known_is_left_alone():
    assert note_of(booked()) is None


def test_a_lost_mark_is_put_beside_theirs():
    assert note_of(booked(note_there="Paid by phone")) == f"{MARK}\nPaid by phone"


def test_our_own_line_about_a_closed_period_is_renewed_and_theirs_stay():
    there = f"{MARK}\n{MOVED}\nPaid by phone"
    assert note_of(booked(note_there=there, note=MOVED)) is None
    assert note_of(booked(note_there=there)) == f"{MARK}\nPaid by phone"


def test_what_is_booked_on_an_open_day_keeps_it():
    plan = on_open_day(booked(dated_there=date(2026, 12, 1)), CLOSED_TO, "next_open_day")
    assert (plan.booked_on, plan.note) == (date(2026, 12, 1), MOVED)


def test_what_is_booked_in_the_closed_period_is_not_moved():
    plan = on_open_day(booked(dated_there=date(2026, 11, 20)), CLOSED_TO, "next_open_day")
    assert plan.booked_on is None
