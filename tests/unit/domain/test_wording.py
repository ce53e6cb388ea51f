"""The words and figures that people read."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.domain.states import ConnectionState, InvoiceStatus, SyncState
from app.domain.wording import (
    BLOCKED_WORDS,
    day,
    day_long,
    days,
    done_words,
    format_money,
    format_sums,
    listed,
    number,
    plural,
    state_words,
    words_of,
)


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("18420", "GBP", "£18,420.00"),
        ("540.00000", "GBP", "£540.00"),
        ("-216", "GBP", "\u2212\u2060£216.00"),
        ("0", "GBP", "£0.00"),
        ("-0.001", "GBP", "£0.00"),
        ("1204", "CHF", "CHF\u00a01,204.00"),
        ("0.005", "EUR", "€0.01"),
        ("1500", "JPY", "JPY\u00a01,500"),
        ("1234567.89", "GBP", "£1,234,567.89"),
    ],
)
def test_an_amount_has_its_sign_symbol_and_decimals(amount, currency, shown):
    assert format_money(Decimal(amount), currency) == shown


def test_a_difference_says_its_direction():
    assert format_money(Decimal(456), "GBP", sign=True) == "+£456.00"
    assert format_money(Decimal(0), "GBP", sign=True) == "£0.00"


def test_totals_of_several_currencies_stand_beside_each_other_ours_first():
    sums = {"CHF": Decimal(90), "USD": Decimal(5), "GBP": Decimal(100)}

    assert format_sums(sums, "GBP") == "£100.00, CHF\u00a090.00 and USD\u00a05.00"


def test_dates_are_written_out():
    assert day(date(2026, 11, 2)) == "2 Nov 2026"
    assert day_long(date(2026, 11, 2)) == "2 November 2026"


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        (date(2026, 11, 1), date(2026, 11, 19), "1 to 19 Nov 2026"),
        (date(2026, 9, 22), date(2026, 11, 19), "22 Sep to 19 Nov 2026"),
        (date(2025, 12, 22), date(2026, 1, 19), "22 Dec 2025 to 19 Jan 2026"),
        (date(2026, 11, 1), date(2026, 11, 1), "1 Nov 2026"),
    ],
)
def test_a_range_says_each_part_once(first, last, shown):
    assert days(first, last) == shown


def test_counts_have_their_plural_and_their_comma():
    assert plural(1, "invoice") == "1 invoice"
    assert plural(1204, "invoice") == "1,204 invoices"
    assert number(Decimal("0.80")) == "0.80"


def test_a_list_ends_with_and():
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == [
        "a",
        "a and b",
        "a, b and c",
    ]


@pytest.mark.parametrize("code", [*SyncState, *InvoiceStatus, *ConnectionState])
def test_every_state_has_words_a_shape_and_a_tone(code):
    words, icon, tone = words_of(code)

    assert words
    assert icon
    assert tone in ("ok", "wait", "bad", "busy", "off")


@pytest.mark.parametrize("kind", BLOCKED_WORDS)
def test_a_stopped_invoice_says_what_it_waits_for(kind):
    problem = {"missing": [{"kind": kind, "code": "", "name": ""}]}

    assert state_words("blocked", problem) == BLOCKED_WORDS[kind]


def test_what_needs_a_person_and_what_does_not_never_look_alike():
    asks = {state_words(state).tone for state in ("blocked", "held", "failed", "dead", "differs")}
    rests = {state_words(state).tone for state in ("waiting", "pushed", "retrying", "not_sent")}

    assert asks.isdisjoint(rests)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (None, "Done in less than a minute."),
        (datetime(2026, 11, 30, 14, 20, tzinfo=UTC), "Done at about 14:20."),
        (datetime(2026, 12, 1, 0, 5, tzinfo=UTC), "Done on 1 December 2026 at about 00:05."),
    ],
)
def test_the_end_of_a_run_is_said_with_its_day_when_that_is_not_today(said, words):
    assert done_words(said, date(2026, 11, 30)) == words
