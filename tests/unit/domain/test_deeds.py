"""Every entry of the audit is told in plain words."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from app.domain.deeds import DEEDS, KINDS, Fact, deed_words, facts_of

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
