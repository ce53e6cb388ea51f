"""Read what was typed into the settings of a connection."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import abort

from app.domain.long_numbers import POLICIES as LONG_NUMBERS
from app.domain.perhaps_there import POLICIES as DUPLICATES
from app.models import Connection

# Settings of which one of a few is chosen; what a form leaves out stays.
CHOICES = {
    "push_mode": ("auto", "review"),
    "closed_period_policy": ("hold", "next_open_day"),
    "tax_rounding": ("rate", "line"),
    "long_numbers": LONG_NUMBERS,
    "customer_changes": ("never", "always"),
    "duplicates": DUPLICATES,
}
PACE = ("in_flight", "calls_per_minute")


def settings_typed(
    form: Mapping[str, str], connection: Connection, accounts: Mapping[str, str]
) -> dict[str, Any]:
    """Return what the form decides, by column; accounts: the names of those that may be chosen."""
    chosen = {field: form.get(field, getattr(connection, field)) for field in CHOICES}
    if any(value not in CHOICES[field] for field, value in chosen.items()):
        abort(400)
    account = form.get("account") or None
    return {
        **chosen,
        "review_recurring": "review_recurring" in form,
        "default_income_account_id": account,
        "default_income_account_name": accounts[account] if account else None,
        "entity": form.get("entity", "").strip() or None,
        "currency": form.get("currency", "").strip().upper() or None,
        **{field: number_typed(form[field]) for field in PACE if field in form},
        **history_typed(form.get("history_from", "").strip()),
    }


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
