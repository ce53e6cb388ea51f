"""What a line of the ledger is called, and which item is found for a service by it."""

import pytest

from app.domain.item_history import Habit, History, description_key


@pytest.mark.parametrize(
    ("description", "key"),
    [
        ("Managed SOC (MDR), November 2026", "managed soc mdr"),
        ("Managed SOC (MDR) – 1 Nov 2026 to 30 Nov 2026", "managed soc mdr"),
        ("Microsoft 365 Business Premium", "microsoft 365 business premium"),
        ("Microsoft 365", "microsoft 365"),
        ("Microsoft 365, Nov 2026", "microsoft 365"),
        ("For November 2026", ""),
        ("", ""),
    ],
)
def test_periods_are_no_part_of_what_a_line_is_called(description: str, key: str) -> None:
    assert description_key(description) == key


def test_the_whole_name_comes_before_a_beginning() -> None:
    history = History.of([("managed soc", "1", 2), ("managed soc lite", "2", 9)])
    assert history.of_service("Managed SOC") == Habit("1", 2, 2)


def test_one_word_begins_too_many() -> None:
    history = History.of([("hosting setup fee", "1", 5)])
    assert history.of_service("Hosting") is None
    assert history.of_service("Hosting setup") == Habit("1", 5, 5, begun=True)


def test_a_name_of_periods_alone_finds_nothing() -> None:
    assert History.of([("", "1", 5)]).of_service("November 2026") is None
