"""Differences are counted in English."""

import pytest

from app.domain.drift import Kind
from app.domain.verdict import counted, kind_words


@pytest.mark.parametrize(
    ("kind", "count", "words"),
    [
        ("duplicate_number", 1, "1 number used twice in QuickBooks"),
        ("duplicate_number", 2, "2 numbers used twice in QuickBooks"),
        ("amount", 2, "2 amounts differ"),
        ("missing_there", 2, "2 not in QuickBooks"),
        ("balance", 3, "3 payments not in billing"),
        ("duplicate", 2, "2 twice in QuickBooks"),
    ],
)
def test_a_kind_is_counted(kind, count, words):
    assert counted(kind, count, "QuickBooks") == words


@pytest.mark.parametrize(
    ("kind", "count", "words"),
    [
        ("missing_there", 1, "1 credit note not in QuickBooks"),
        ("amount", 2, "2 credit notes with another amount"),
        ("balance", 1, "1 credit note used otherwise in QuickBooks"),
        ("duplicate", 1, "1 credit note twice in QuickBooks"),
    ],
)
def test_credit_notes_are_counted_as_such(kind, count, words):
    assert counted(kind, count, "QuickBooks", "credit_note") == words


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_words_for_both(kind):
    for document in ("invoice", "credit_note"):
        heading, _ = kind_words(kind, "QuickBooks", document)
        assert heading.startswith("Credit note: ") == (document == "credit_note")
        assert counted(kind, 1, "QuickBooks", document).startswith("1 ")
