"""How a figure is printed."""

from __future__ import annotations


def heading(text: str) -> None:
    """Say what the next rows are about."""
    print(f"\n{text}")


def row(what: str, figure: str, beside: str = "") -> None:
    """Print a figure and what it is to be read beside."""
    print(f"  {what:<30}{figure:>14}   {beside}".rstrip(), flush=True)
