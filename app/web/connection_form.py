"""Read what was typed into the settings of a connection."""

from __future__ import annotations

from datetime import date


def history_typed(typed: str) -> dict[str, date | str]:
    """Return the date from which the books are read; what is no date is refused by name."""
    if not typed:
        return {}
    try:
        return {"history_from": date.fromisoformat(typed)}
    except ValueError:
        return {"history_from": typed}


def number_typed(typed: str) -> int | str | None:
    """Return a whole number, None for nothing, or what was typed, to be refused by name."""
    digits = typed.strip()
    if not digits:
        return None
    return int(digits) if digits.isdecimal() and len(digits) < 10 else digits
