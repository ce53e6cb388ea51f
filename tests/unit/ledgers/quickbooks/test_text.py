"""Texts as QuickBooks takes them: nothing forbidden, cut between letters, never silently."""

from __future__ import annotations

import pytest

from app.ledgers.quickbooks import text
from app.ledgers.quickbooks.remarks import Remarks


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("a\u202e045\u202c", "a045"),  # an override turns the page around
        ("\u2066isolated\u2069", "isolated"),
        ("soft\u00adhyphen", "softhyphen"),
        ("heart ❤\ufe0f", "heart ❤"),
        ("👩\u200d💻 seats", "seats"),  # the joiner goes with what it joined
        ("نوفمبر\u200f (12)", "نوفمبر\u200f (12)"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("Łódź, Þór, Ŵyn", "Łódź, Þór, Ŵyn"),
    ],
)
def test_what_is_spelling_stays_and_what_is_not_goes(said: str, kept: str) -> None:
    assert text.one_line(said, 100) == kept
    assert text.loses(said) == (said != kept)


@pytest.mark.parametrize("sign", ["\u0301", "\u093e", "\u200d", "\u0e31"])
def test_a_cut_never_parts_a_letter_from_its_sign(sign: str) -> None:
    assert text.cut("a" * 8 + sign + "bc", 9) == "a" * 7 + "…"


def test_a_cut_is_marked_and_said() -> None:
    remarks = Remarks()
    assert remarks.many_lines("the memo", "Thank you", 6) == "Thank…"
    assert remarks.sentences() == ["Cut to 6 characters: the memo."]


def test_many_places_are_one_sentence() -> None:
    remarks = Remarks()
    for line in range(1, 751):
        remarks.many_lines(f"the description of line {line}", "🙂", 10)
    [sentence] = remarks.sentences()
    assert sentence == (
        "Characters that QuickBooks cannot keep were left out of the description of line 1, the"
        " description of line 2, the description of line 3 and 747 more."
    )


def test_a_text_that_fits_is_nothing_to_say() -> None:
    remarks = Remarks()
    remarks.many_lines("the memo", "  Thank you \r\n", 1000)
    assert remarks.sentences() == []
