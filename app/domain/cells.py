"""Cells of files that people open in a spreadsheet."""

from __future__ import annotations

import re

# What makes a spreadsheet compute a cell: at its beginning, or behind what may end a cell. Whose
# spreadsheet separates by semicolons gets the second part of "x;=1" as a cell of its own, quoted or
# not. An apostrophe before either is taken for text.
_BEGINS = re.compile(r"'*[=+\-@\t\r]")
_BEHIND = re.compile(r"""([;\t\r\n]"*)(?='*[=+\-@])""")
_BEHIND_ESCAPED = re.compile(r"""([;\t\r\n]"*)'(?='*[=+\-@])""")


def escaped(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula, whatever separates its cells."""
    within = _BEHIND.sub(r"\1'", cell)
    return f"'{within}" if _BEGINS.match(cell) else within


def unescaped(cell: str) -> str:
    """Return a cell as it was before it was escaped."""
    whole = cell[1:] if cell.startswith("'") and _BEGINS.match(cell[1:]) else cell
    return _BEHIND_ESCAPED.sub(r"\1", whole)
