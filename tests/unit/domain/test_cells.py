"""Cells that no spreadsheet computes, and the way back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.cells import escaped, unescaped


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("Oak & Ash Ltd", "Oak & Ash Ltd"),
        ("a; b = c", "a; b = c"),
        ("=cmd()", "'=cmd()"),
        ("-1", "'-1"),
        ("x;=cmd()", "x;'=cmd()"),
        ("x;=1;+2", "x;'=1;'+2"),
        ('x;"=cmd()', "x;\"'=cmd()"),
        ("x\n@SUM(1)", "x\n'@SUM(1)"),
        ("=a;=b", "'=a;'=b"),
    ],
)
def test_no_part_of_a_cell_begins_as_a_formula_does(cell, safe):
    assert escaped(cell) == safe


@given(st.text(alphabet="x;=+-@'\"\t\n", max_size=12))
def test_what_was_escaped_comes_back_as_it_was(cell):
    assert unescaped(escaped(cell)) == cell
