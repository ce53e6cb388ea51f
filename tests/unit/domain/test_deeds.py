"""Every entry of the audit is told in plain words."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from app.domain.deeds import DEEDS, KINDS, Fact, deed_words, facts_of
from app.domain.drift import Kind
from app.domain.perhaps_there import POLICIES
from app.domain.states import MappingKind

ROOT = Path(__file__).parents[3]
_CODE = re.compile(r"[a-z_]+\.[a-z_]+|[a-z_]+\.(?:[a-z_]*)\{\}")
# What an f-string makes of a code, where the words are chosen by another word.
_MADE = {
    "connection.{}": ("connection.active", "connection.paused"),
    "invoice.take_back_{}": ("invoice.take_back_delete", "invoice.take_back_void"),
    "event_endpoint.{}": ("event_endpoint.on", "event_endpoint.off"),
}


def trees():
    """Read every file that can hold an action; the others are not parsed."""
    texts = (path.read_text() for path in sorted((ROOT / "app").rglob("*.py")))
    return [ast.parse(text) for text in texts if "audit" in text or "action" in text]


def called(call):
    return getattr(call.func, "id", None) or getattr(call.func, "attr", "")


def template(node):
    """Return the text of a string; {} for what an f-string puts in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            template(part) if isinstance(part, ast.Constant) else "{}" for part in node.values
        )
    return ""


def carriers(found):
    """Return the functions that hand an action on to audit, themselves or through another."""
    names, before = {"audit"}, set()
    while names != before:
        before = set(names)
        for tree in found:
            for function in ast.walk(tree):
                if isinstance(function, ast.FunctionDef) and hands_on(function, names):
                    names.add(function.name)
    return names


def hands_on(function, names):
    given = {a.arg for a in (*function.args.args, *function.args.kwonlyargs)} & {"action"}
    return bool(given) and any(
        isinstance(node, ast.Call)
        and called(node) in names
        and any(
            getattr(a, "id", "") == "action"
            for a in (*node.args, *(k.value for k in node.keywords))
        )
        for node in ast.walk(function)
    )


@cache
def codes_written():
    """Return every action that is written anywhere in the application."""
    return frozenset(code for each in written() for code in _MADE.get(each, (each,)))


def constants(tree):
    """Return what a module calls by a name in capitals."""
    named = [node for node in tree.body if isinstance(node, ast.Assign)]
    found = [(getattr(target, "id", ""), node.value) for node in named for target in node.targets]
    return {name: value for name, value in found if name.isupper()}


def written():
    found = trees()
    names = carriers(found)
    for tree in found:
        fixed = constants(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node) in names:
                values = [*node.args, *(k.value for k in node.keywords if k.arg == "action")]
                values = [fixed.get(getattr(value, "id", ""), value) for value in values]
                yield from (template(v) for v in values if _CODE.fullmatch(template(v)))
            if isinstance(node, ast.FunctionDef) and node.name in names:
                defaults = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
                yield from (template(d) for d in defaults if _CODE.fullmatch(template(d)))
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_ACTION":
                yield template(node.value)


def test_every_action_in_the_code_has_words():
    codes = codes_written()

    assert len(codes) > 45, "the search for actions finds too little"
    assert codes - set(DEEDS) == set()


def test_no_words_are_kept_for_what_nothing_writes():
    codes = codes_written()

    assert set(DEEDS) - codes == set()


def test_every_deed_is_of_a_kind_that_can_be_chosen():
    assert {deed.kind for deed in DEEDS.values()} == set(KINDS)


@pytest.mark.parametrize("action", DEEDS)
def test_an_entry_that_kept_nothing_still_reads_as_a_sentence(action):
    words = deed_words(action, None, "")

    assert words[0].isupper()
    assert not set("{}_") & set(words)


def test_a_mapping_is_told_with_what_billing_calls_it_and_what_it_was_before():
    detail = {
        "kind": "tax_code",
        "code": "VAT0",
        "ledger_name": "0.0% Z",
        "ledger_id": "10",
        "before": {"ledger_name": "Exempt", "set_by": "Tom"},
    }

    assert deed_words("mapping.save", detail, "", "VAT Zero 0%") == "Mapped VAT Zero 0% to 0.0% Z"
    assert Fact("In the ledger", "Exempt", "0.0% Z") in facts_of(detail)


def test_what_changed_has_its_before():
    detail = {"changed": {"reconcile_hour": [6, 7], "push_mode": ["auto", "review"]}}

    assert facts_of(detail) == [
        Fact("Hour of the daily check", "06:00", "07:00"),
        Fact("When finalised", "Push it straight away", "Hold it for review"),
    ]


def test_an_action_of_another_release_is_shown_and_no_error():
    assert "balloon.inflate" in deed_words("balloon.inflate", {}, "")


# Every word that may be stored where one of a list is.
_CHOICES = {
    "push_mode": ("auto", "review"),
    "mode": ("auto", "review"),
    "closed_period_policy": ("hold", "next_open_day"),
    "tax_rounding": ("rate", "line"),
    "long_numbers": ("refuse", "shorten"),
    "customer_changes": ("never", "always"),
    "duplicates": POLICIES,
    "reconcile_mail": ("daily", "difference", "never"),
    "role": ("owner", "finance", "viewer"),
    "kind": (*MappingKind, *Kind),
    "how": ("void", "delete"),
}
_DAYS = ("starts_on", "history_from", "since", "until")
_MOMENT = "2026-11-16T09:30:12+00:00"


def everything_kept():
    """Return details that together hold every line an entry can have."""
    for key, choices in _CHOICES.items():
        for choice in choices:
            yield {key: str(choice)}
            yield {"changed": {key: [str(choices[0]), str(choice)]}}
    for key in _DAYS:
        for moment in ("2026-11-16", _MOMENT):
            yield {key: moment}
            yield {"changed": {key: [None, moment]}}
    yield {"revision": 2, "total": "1200.00", "currency": "GBP"}
    yield {"kind": "service", "code": "VAT0", "ledger_id": "79", "ledger_name": "Hosting"}
    yield {"changed": {"default_income_account_id": ["79", "81"]}}


@pytest.mark.parametrize("action", DEEDS)
def test_no_entry_shows_a_date_of_machines_or_the_word_of_a_program(action):
    for detail in everything_kept():
        facts = facts_of(detail)
        said = " ".join(f"{fact.label}: {fact.before} {fact.after}" for fact in facts)
        words = f"{deed_words(action, detail, 'Northgate')} {said}"

        assert not re.search(r"\d{4}-\d\d|[a-z]_[a-z]|\bID’s|’s ID|: service|1200\.00", words), (
            words
        )
        codes = {str(choice) for choices in _CHOICES.values() for choice in choices}
        assert codes.isdisjoint({fact.after for fact in facts} | {fact.before for fact in facts})


def test_a_day_is_told_as_people_write_it():
    begun = {"starts_on": "2026-11-16", "mode": "auto"}
    assert deed_words("connection.start_date", begun, "Northgate") == (
        "Let Northgate begin on 16 Nov 2026"
    )
    assert facts_of({"since": _MOMENT}) == [Fact("From", None, "16 Nov 2026, 09:30 UTC")]
    assert facts_of({"total": "1200.00", "currency": "GBP"}) == [Fact("Total", None, "£1,200.00")]
    assert facts_of({"name": "2026-99-99 is no day"})[0].after == "2026-99-99 is no day"


def test_what_has_a_name_is_not_told_by_its_number_too():
    mapped = {"kind": "service", "ledger_id": "79", "ledger_name": "Hosting"}
    assert facts_of(mapped) == [
        Fact("About", None, "Service"),
        Fact("In the ledger", None, "Hosting"),
    ]
    assert facts_of({"ledger_id": "79"}) == [Fact("ID in the ledger", None, "79")]
