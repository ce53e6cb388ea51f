"""Links out of the product are drawn by one macro: it opens a new window, and says so."""

import re
from pathlib import Path

TEMPLATES = Path(__file__).parents[3] / "app" / "templates"
MACRO = re.compile(r"{% macro out\(.*")


def test_only_the_macro_draws_the_sign_of_a_new_window_and_what_it_says_is_true():
    [macro] = MACRO.findall((TEMPLATES / "parts.html").read_text())
    assert 'target="_blank" rel="noopener noreferrer"' in macro
    assert "Opens a new window" in macro
    signs = ("external-link", "_blank", "noreferrer")
    drawn = [
        (path.name, sign)
        for path in TEMPLATES.rglob("*.html")
        for sign in signs
        if sign in MACRO.sub("", path.read_text())
    ]
    assert drawn == []
