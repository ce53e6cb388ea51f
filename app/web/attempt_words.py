"""Attempts in words and figures, for the invoice page, the sync log and its file."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from markupsafe import Markup

from app.domain.states import SyncState
from app.domain.wording import (
    STATE_WORDS,
    Words,
    day,
    day_long,
    day_short,
    format_money,
    number,
    words_of,
)
from app.web.presentation import today, zone

# Outcomes of attempts that are no state of a document.
_OTHERS = {
    "throttled": Words("Asked to wait", "player-pause", "busy"),
    "not_authorised": Words("Permission renewed", "key", "busy"),
    "adopted": Words("Found there and linked", "link", "ok"),
    "linked": Words("Linked to what was there", "link", "ok"),
    "taken_back": Words("Taken back", "arrow-back-up", "ok"),
    "asked": Words("Left for somebody to decide", "git-compare", "wait"),
    "not_taken_back": Words("Left in the ledger", "alert-triangle", "wait"),
    "updated": Words("Changed there", "git-compare", "ok"),
    "reversed": Words("Taken back there", "arrow-back-up", "wait"),
    "cancelled": Words("Refused", "alert-octagon", "bad"),  # a customer's push after a plain no
    SyncState.UNCONFIRMED: Words("No answer", "zoom-question", "busy"),
    SyncState.WAITING: Words("Put back into the queue", "clock", "busy"),
    SyncState.RETRYING: Words("Could not be done, tried again", "refresh", "busy"),
}


def outcome_words(outcome: str) -> Words:
    """Return the words for what came of an attempt; an outcome we do not know is shown as it is."""
    if outcome in _OTHERS:
        return _OTHERS[outcome]
    if outcome in set(SyncState):
        return STATE_WORDS[SyncState(outcome)]
    try:
        return words_of(outcome)
    except KeyError:
        return Words(outcome.replace("_", " ").capitalize(), "circle", "off")


def day_brief(value: date | None) -> str:
    """Show a day for a narrow column: 19 Nov this year."""
    if value is None:
        return ""
    return day_short(value) if value.year == today().year else day(value)


def brief_time(value: datetime) -> Markup:
    """Show a moment for a narrow column: 08:15 today, 19 Nov, 17:02 this year."""
    local = value.astimezone(zone())
    clock = f"{local:%H:%M}"
    if local.date() != today():
        same_year = local.year == today().year
        clock = f"{day_short(local.date()) if same_year else day(local.date())}, {clock}"
    return Markup(
        '<time class="text-secondary num text-start" datetime="{}" title="{}">{}</time>'
    ).format(
        value.isoformat(timespec="seconds"), f"{day_long(local.date())}, {local:%H:%M:%S}", clock
    )


def clock(value: datetime) -> str:
    """Return the time of day where the workspace is, to the second."""
    return f"{value.astimezone(zone()):%H:%M:%S}"


def took(milliseconds: int) -> str:
    """Return how long an attempt took: 0.9 s."""
    return f"{Decimal(milliseconds) / 1000:.1f} s"


def price(amount: Decimal, currency: str) -> str:
    """Return a unit price with as many decimals as it was billed with, two at least."""
    shown = format_money(amount, currency)
    if amount == amount.quantize(Decimal("0.01")):
        return shown
    digits = number(abs(amount).normalize())
    return shown.replace(number(abs(amount).quantize(Decimal("0.01"))), digits)
