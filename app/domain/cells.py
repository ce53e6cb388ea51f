"""Cells of files that people open in a spreadsheet."""

from __future__ import annotations

# What makes a spreadsheet compute a cell.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def escaped(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
