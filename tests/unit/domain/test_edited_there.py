"""What somebody changed in the ledger that a write of ours would undo."""

import pytest

from app.domain.edited_there import (
    Said,
    as_json,
    beside,
    described,
    edits,
    field_words,
    from_json,
    left_by_us,
    said_words,
)


def content(**fields):
    """Return a document; line_1_item stands for lines.1.item."""
    return {
        name.replace("line_1_", "lines.1.").replace("line_2_", "lines.2."): Said(value)
        for name, value in fields.items()
    }


WROTE = content(due_date="2026-12-20", memo="Thanks", line_1_item="7", line_1_amount="450")
OURS = content(due_date="2026-12-20", memo="Thanks", line_1_item="7", line_1_amount="460")


def changed(theirs, before=WROTE, ours=OURS):
    return [one.field for one in edits(before, theirs, ours)]


def test_what_nobody_changed_is_nobodys_question():
    assert changed(WROTE) == []


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        ({"due_date": Said("2027-01-31")}, "due_date"),
        ({"memo": Said("Paid by phone")}, "memo"),
        ({"lines.1.item": Said("8")}, "lines.1.item"),
        ({"lines.1.class": Said("200")}, "lines.1.class"),  # lost with the line we replace
        ({"lines.2.description": Said("As agreed")}, "lines.2.description"),
    ],
)
def test_a_field_that_ours_would_overwrite_is_a_question(edit, field):
    assert changed({**WROTE, **edit}) == [field]


def test_a_field_emptied_there_is_a_question():
    assert changed({k: v for k, v in WROTE.items() if k != "memo"}) == ["memo"]


def test_a_line_taken_out_there_is_a_question():
    theirs = {k: v for k, v in WROTE.items() if not k.startswith("lines.")}
    assert changed(theirs) == ["lines.1.item", "lines.1.amount"]


@pytest.mark.parametrize("field", ["class", "own fields", "note", "terms"])
def test_what_our_write_leaves_alone_stays_theirs(field):
    assert changed({**WROTE, field: Said("theirs")}, ours={**OURS, "note": Said("ours")}) == []


def test_what_was_changed_to_what_billing_says_is_no_question():
    assert changed({**WROTE, "lines.1.amount": Said("460")}) == []


def test_without_knowing_what_we_wrote_everything_that_is_not_ours_is_asked_about():
    assert changed(WROTE, before=None) == ["lines.1.amount"]


def told(theirs, ours=OURS, before=WROTE):
    """Return who changed what, and whether it stays, of everything a person sees."""
    found = (*edits(before, theirs, ours), *beside(before, theirs, ours))
    return [(one.field, one.by.value, one.stays) for one in found]


def test_a_field_that_both_changed_is_told_from_one_that_only_they_did():
    theirs = {**WROTE, "due_date": Said("2027-01-31"), "lines.1.amount": Said("470")}
    assert told(theirs) == [
        ("due_date", "ledger", False),
        ("lines.1.amount", "both", False),
    ]


def test_what_stays_there_and_what_only_billing_changes_are_told_beside():
    theirs = {**WROTE, "terms": Said("3"), "note": Said("Chased"), "memo": Said("By phone")}
    assert told(theirs) == [
        ("memo", "ledger", False),
        ("terms", "ledger", True),
        ("note", "ledger", True),
        ("lines.1.amount", "billing", False),
    ]


def test_a_line_that_billing_takes_out_is_a_change_and_what_the_ledger_adds_to_one_is_none():
    wrote = {**WROTE, "lines.1.class": Said("200"), "lines.2.item": Said("8")}
    theirs = {**wrote, "memo": Said("By phone")}
    assert told(theirs, before=wrote)[1:] == [
        ("lines.1.amount", "billing", False),
        ("lines.2.item", "billing", False),
    ]


def test_without_knowing_what_we_wrote_nobody_is_said_to_have_changed_it():
    assert told(WROTE, before=None) == [("lines.1.amount", "unknown", False)]
    [one] = described(edits(None, WROTE, OURS), "GBP")
    assert (one["before"], one["changed_by"]) == ("Not known", "unknown")


def test_a_renamed_entry_of_the_ledgers_lists_is_no_edit():
    theirs = {**WROTE, "lines.1.item": Said("7", "Workstation, managed")}
    assert changed(theirs) == []


def test_a_document_found_as_we_left_it_is_known():
    assert left_by_us(WROTE, WROTE) is None


def test_of_a_document_found_changed_what_we_left_is_remembered():
    theirs = {**WROTE, "due_date": Said("2027-01-31"), "class": Said("200")}
    left = left_by_us(theirs, WROTE)
    assert left == {**WROTE, "class": Said("200")}
    assert changed(theirs, before=left) == ["due_date"]


def test_a_document_comes_back_as_it_was_stored():
    kept = {"customer": Said("58", "Oak & Ash Ltd"), "memo": Said("Thanks")}
    assert from_json(as_json(kept)) == kept


@pytest.mark.parametrize(
    ("field", "said", "shown"),
    [
        ("due_date", Said("2027-01-31"), "31 Jan 2027"),
        ("lines.2.amount", Said("450"), "£450.00"),
        ("lines.2.item", Said("7", "Workstation"), "Workstation"),
        ("memo", None, "Nothing"),
        ("due_date", Said("soon"), "soon"),
    ],
)
def test_a_side_is_shown_as_people_read_it(field, said, shown):
    assert said_words(field, said, "GBP") == shown


def test_a_field_has_a_name():
    assert (field_words("due_date"), field_words("lines.2.item")) == ("Due date", "Line 2, item")
