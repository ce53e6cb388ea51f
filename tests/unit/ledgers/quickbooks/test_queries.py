"""Statements of QuickBooks' query language."""

from __future__ import annotations

import pytest

from app.ledgers.quickbooks.queries import any_of, in_lots, literal, select


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("Oak & Ash Ltd", "'Oak & Ash Ltd'"),
        ("Amy's Bird Sanctuary", r"'Amy\'s Bird Sanctuary'"),
        ("Back\\slash", r"'Back\\slash'"),
        (r"\'; SELECT", r"'\\\'; SELECT'"),
        ("two\nlines", "'twolines'"),
    ],
)
def test_a_value_cannot_leave_its_quotes(value: str, written: str) -> None:
    assert literal(value) == written


def test_a_statement() -> None:
    statement = select("Invoice", "TxnDate >= '2026-11-01'", order="TxnDate", start=1001)
    assert statement == (
        "SELECT * FROM Invoice WHERE TxnDate >= '2026-11-01' ORDERBY TxnDate"
        " STARTPOSITION 1001 MAXRESULTS 1000"
    )


def test_a_list_of_names() -> None:
    assert any_of("DisplayName", ["A", "B's"]) == r"DisplayName IN ('A', 'B\'s')"


def test_forty_names_fit_into_one_statement() -> None:
    assert len(list(in_lots([f"Customer {n} Ltd" for n in range(40)]))) == 1


def test_lots_keep_every_name_once_and_stay_modest() -> None:
    names = [f"{n:03}" + "x" * 500 for n in range(250)]
    lots = list(in_lots(names))
    assert [name for lot in lots for name in lot] == names
    assert max(sum(map(len, lot)) for lot in lots) <= 20_000


def test_no_names_make_no_statement() -> None:
    assert list(in_lots([])) == []
