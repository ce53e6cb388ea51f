"""One dictionary of words for pages, CSV and e-mails; the API gives the codes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from app.domain.money import round_money
from app.domain.states import ConnectionState, InvoiceStatus, SyncState

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

# Minus sign glued to what follows, so that no line breaks between them.
MINUS = "\u2212\u2060"
_SYMBOLS = {"GBP": "£", "EUR": "€"}


class Words(NamedTuple):
    """How a state is shown: words, icon shape, and tone (ok, wait, bad, busy, off)."""

    words: str
    icon: str
    tone: str


STATE_WORDS: Mapping[SyncState, Words] = {
    SyncState.WAITING: Words("Queued", "clock", "busy"),
    SyncState.HELD: Words("Waiting for review", "eye", "wait"),
    SyncState.NOT_SENT: Words("Do not push", "ban", "off"),
    SyncState.BLOCKED: Words("Waiting for mapping", "puzzle", "wait"),
    SyncState.PUSHING: Words("Pushing", "loader-2", "busy"),
    SyncState.UNCONFIRMED: Words("Checking", "zoom-question", "busy"),
    SyncState.PUSHED: Words("In the ledger", "circle-check", "ok"),
    SyncState.DIFFERS: Words("Differs", "git-compare", "wait"),
    SyncState.RETRYING: Words("Will retry", "refresh", "busy"),
    SyncState.FAILED: Words("Refused", "alert-octagon", "bad"),
    SyncState.DEAD: Words("Stopped trying", "alert-octagon", "bad"),
    SyncState.VOIDED: Words("Voided", "file-x", "off"),
    SyncState.DELETED_THERE: Words("Deleted in the ledger", "file-off", "wait"),
    SyncState.UNLINKED: Words("Not linked any more", "unlink", "off"),
}

STATUS_WORDS: Mapping[InvoiceStatus, Words] = {
    InvoiceStatus.DRAFT: Words("Draft", "pencil", "off"),
    InvoiceStatus.OPEN: Words("Open", "circle", "off"),
    InvoiceStatus.PART_PAID: Words("Part paid", "circle-half-2", "ok"),
    InvoiceStatus.PAID: Words("Paid", "circle-check", "ok"),
    InvoiceStatus.VOID: Words("Void", "file-x", "off"),
}

CONNECTION_WORDS: Mapping[ConnectionState, Words] = {
    ConnectionState.ACTIVE: Words("Connected", "plug-connected", "ok"),
    ConnectionState.PAUSED: Words("Pushing is paused", "player-pause", "wait"),
    ConnectionState.BROKEN: Words("Disconnected", "plug-connected-x", "bad"),
    ConnectionState.DISCONNECTED: Words("Disconnected by you", "plug-connected-x", "off"),
}

# What a blocked invoice waits for, by the kind of what is missing.
BLOCKED_WORDS: Mapping[str, Words] = {
    "service": Words("Waiting for mapping", "puzzle", "wait"),
    "tax_code": Words("Waiting for mapping", "puzzle", "wait"),
    "customer": Words("Waiting for customer", "users", "wait"),
    "connection": Words("Waiting for a connection", "plug-connected-x", "wait"),
    "setting": Words("Waiting for a setting", "settings", "wait"),
    "closed_period": Words("In a closed period", "calendar-exclamation", "wait"),
    "document": Words("Waiting for a correction", "pencil", "wait"),
    "line": Words("Waiting for a correction", "pencil", "wait"),
    "tax": Words("Tax would differ", "git-compare", "wait"),
    "perhaps_there": Words("Perhaps there already", "copy", "wait"),
}

# Words that are not a state of a document, of an invoice or of a connection.
OTHER_WORDS: Mapping[str, Words] = {
    "overdue": Words("Overdue", "calendar-exclamation", "wait"),
    "not_live": Words("Not switched on yet", "player-pause", "wait"),
    "only_there": Words("Only in the ledger", "file-plus", "off"),
    "pulled": Words("Pulled back", "circle-check", "ok"),
    "done": Words("Done", "circle-check", "ok"),
    "verified": Words("Verified", "shield-check", "ok"),
    "forged": Words("Refused", "shield-x", "bad"),
    "ignored": Words("Ignored", "copy", "off"),
    "duplicate": Words("Duplicate, ignored", "copy", "off"),
    "not_set_up": Words("Not set up", "alert-triangle", "wait"),
    "taken_back": Words("Taken back", "arrow-back-up", "wait"),
    "asked": Words("Waiting for a decision", "git-compare", "wait"),
    "waits": Words("Paused", "player-pause", "busy"),
    "square": Words("All square", "equal", "ok"),
    "not_square": Words("Not square", "git-compare", "wait"),
    "decided": Words("Nothing to resolve", "equal", "ok"),
    "running": Words("Checking now", "loader-2", "busy"),
    "unfinished": Words("Did not finish", "alert-triangle", "wait"),
}

# Problem codes of what nobody refused: a person chooses between billing's and the ledger's.
ASKED = ("edited_there", "voided_there")

ROLE_WORDS: Mapping[str, str] = {"owner": "Owner", "finance": "Finance", "viewer": "Viewer"}


def words_of(code: str) -> Words:
    """Return the words for a code of any dictionary; raises KeyError for an unknown one."""
    return _EVERY[code]


def state_words(
    state: str, problem: Mapping[str, Any] | None = None, *, accepted: bool = False
) -> Words:
    """Return the words for where a document stands; a blocked one says what it waits for.

    accepted: somebody left the difference that it is in as it is, so it needs nobody.
    """
    if accepted:
        words = STATE_WORDS[SyncState(state)]
        return words._replace(words=f"{words.words}, accepted", tone="off")
    if state == SyncState.HELD and (problem or {}).get("code") == "taken_back":
        return OTHER_WORDS["taken_back"]
    if state == SyncState.FAILED and (problem or {}).get("code") in ASKED:
        return OTHER_WORDS["asked"]
    missing = (problem or {}).get("missing") or ()
    if state == SyncState.BLOCKED and missing:
        return BLOCKED_WORDS.get(missing[0]["kind"], STATE_WORDS[SyncState.BLOCKED])
    return STATE_WORDS[SyncState(state)]


def format_money(amount: Decimal | int, currency: str, *, sign: bool = False) -> str:
    """Return an amount as shown to people; sign puts + before a positive difference."""
    rounded = round_money(Decimal(amount), currency)
    symbol = _SYMBOLS.get(currency, f"{currency}\u00a0")
    before = MINUS if rounded < 0 else "+" if sign and rounded > 0 else ""
    return f"{before}{symbol}{abs(rounded):,f}"


def format_sums(sums: Mapping[str, Decimal], home: str = "") -> str:
    """Return totals of several currencies, never added up: "£4,962.00 and CHF 1,204.00".

    home: the currency that comes first.
    """
    ordered = sorted(sums.items(), key=lambda each: (each[0] != home, each[0]))
    amounts = [format_money(amount, currency) for currency, amount in ordered]
    return listed(amounts) if amounts else "nothing"


def number(count: int | Decimal) -> str:
    """Return a count with a comma from 1,000, a quantity with the decimals it was billed with."""
    return f"{count:,}" if isinstance(count, int) else f"{count:,f}"


def percent(rate: Decimal) -> str:
    """Return a rate without superfluous noughts: 20%, 17.5%."""
    shown = rate.normalize()
    return f"{number(shown.quantize(Decimal(1)) if shown == shown.to_integral() else shown)}%"


def whose(name: str) -> str:
    """Return the possessive: QuickBooks’, Xero’s."""
    return f"{name}’" if name.endswith("s") else f"{name}’s"


def tax_word(country: str) -> str:
    """Return what the tax on a sale is called in a country, within a sentence."""
    return {"GB": "VAT", "US": "sales tax"}.get(country, "tax")


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return "1 invoice", "12 invoices"."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def listed(words: list[str], last: str = "and") -> str:
    """Return "a", "a and b", "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def day(value: date) -> str:
    """Return a date for tables: 20 Nov 2026."""
    return f"{value.day} {MONTHS[value.month - 1][:3]} {value.year}"


def day_long(value: date) -> str:
    """Return a date for sentences: 20 November 2026."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def day_short(value: date) -> str:
    """Return a date for axes, where the year is plain: 20 Nov."""
    return f"{value.day} {MONTHS[value.month - 1][:3]}"


def weekday(value: date) -> str:
    """Return the name of a day of the week."""
    return WEEKDAYS[value.weekday()]


def days(first: date, last: date) -> str:
    """Return a range for sentences and tables: 1 to 19 Nov 2026."""
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {day(last)}"
    if first.year == last.year:
        return f"{day_short(first)} to {day(last)}"
    return f"{day(first)} to {day(last)}"


def done_words(said: datetime | None, today: date) -> str:
    """Return when a run is done, as a sentence; said: local and rounded, None within a minute."""
    if said is None:
        return "Done in less than a minute."
    day_of_it = "" if said.date() == today else f" on {day_long(said.date())}"
    return f"Done{day_of_it} at about {said:%H:%M}."


_EVERY: Mapping[str, Words] = {
    **OTHER_WORDS,
    **{code.value: words for code, words in CONNECTION_WORDS.items()},
    **{code.value: words for code, words in STATUS_WORDS.items()},
    **{code.value: words for code, words in STATE_WORDS.items()},
}
