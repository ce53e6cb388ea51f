"""Differences are counted in English."""

import pytest

from app.domain.verdict import counted


@pytest.mark.parametrize(
    ("kind", "count", "words"),
    [
        ("duplicate_number", 1, "1 number used twice in QuickBooks"),
        ("duplicate_number", 2, "2 numbers used twice in QuickBooks"),
        ("amount", 2, "2 amounts differ"),
        ("missing_there", 2, "2 not in QuickBooks"),
        ("balance", 3, "3 payments not in billing"),
    ],
)
def test_a_kind_is_counted(kind, count, words):
    assert counted(kind, count, "QuickBooks") == words
