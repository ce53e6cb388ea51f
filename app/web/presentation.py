"""What every template may use: filters, words, icons, the menu; and the headers of every page."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Flask, Response, g, request, url_for
from jinja2 import StrictUndefined
from markupsafe import Markup

from app import clock
from app.domain import wording
from app.web import menu
from app.web.icons import icon

# Before anybody signed in there is no workspace to ask.
DEFAULT_ZONE = "Europe/London"
_STATIC = Path(__file__).parent.parent / "static"
_YEAR = 31_536_000  # seconds: a file is asked for by its fingerprint


def register(app: Flask) -> None:
    """Attach filters and globals to the templates, and the headers to the answers."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.undefined = StrictUndefined  # a misspelt name is a fault, not an empty cell
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(GLOBALS)
    app.after_request(_headers)


def zone() -> ZoneInfo:
    """Return the time zone of the workspace whose page this is."""
    return ZoneInfo(g.get("time_zone", DEFAULT_ZONE))


def now() -> datetime:
    """Read the clock, once a request, so that a page agrees with itself."""
    if "now" not in g:
        g.now = clock.now()
    moment_of_request: datetime = g.now
    return moment_of_request


def today() -> date:
    """Return today's date where the workspace is."""
    return now().astimezone(zone()).date()


def moment(value: datetime | None, *, seconds: bool = False, long: bool = False) -> str:
    """Show a time: today's as 09:02, others with their day; nothing for None."""
    if value is None:
        return ""
    local = value.astimezone(zone())
    clock = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    if local.date() == today() and not long:
        return _time(value, clock)
    shown = wording.day_long(local.date()) if long else wording.day(local.date())
    return _time(value, f"{shown}, {clock}")


def relative(value: datetime | None) -> str:
    """Show a time as "4 minutes ago" or "in 42 minutes" within the hour, else as a moment."""
    if value is None:
        return ""
    away = (value - now()).total_seconds()
    if abs(away) >= 3600:
        return moment(value)
    count = int(abs(away)) if abs(away) < 60 else int(abs(away) // 60)
    words = wording.plural(count, "second" if abs(away) < 60 else "minute")
    if abs(away) < 1:
        words, away = "now", 0
    return _time(value, f"in {words}" if away > 0 else f"{words} ago" if away < 0 else words)


def day_and_time(value: datetime) -> str:
    """Say when something was, inside a sentence: "today at 08:40", "on 3 March 2026 at 08:40"."""
    local = value.astimezone(zone())
    day = "today" if local.date() == today() else f"on {wording.day_long(local.date())}"
    return f"{day} at {local:%H:%M}"


def hhmm(value: datetime) -> str:
    """Show the time of day where the workspace is: 09:02."""
    return f"{value.astimezone(zone()):%H:%M}"


def local_day(value: datetime | None) -> date | None:
    """Return the date of a moment where the workspace is."""
    return value.astimezone(zone()).date() if value else None


def initials(name: str) -> str:
    """Return PN for Priya Nair."""
    parts = name.split() or ["?"]
    return "".join(part[0] for part in (parts[0], *parts[1:][-1:])).upper()


def asset(name: str) -> str:
    """Return the address of a file of ours; it changes when the file does."""
    return url_for("static", filename=name, v=_fingerprint(name))


@cache
def _fingerprint(name: str) -> str:
    return sha256((_STATIC / name).read_bytes()).hexdigest()[:12]


def ledger_name(provider: str) -> str:
    """Return a ledger's name as its owner writes it."""
    from app.ledgers import LEDGERS

    kind = LEDGERS.get(provider)
    return kind.provider.name if kind else provider


def same_query(*without: str) -> dict[str, str]:
    """Return what the address asks for, to be asked for again in another one by url_for.

    What url_for would take for itself is left out: `?_scheme=javascript` is no part of a filter.
    """
    own = {"endpoint", *without}
    return {k: v for k, v in request.args.items() if v and k not in own and not k.startswith("_")}


def allow_form_redirect(url: str) -> None:
    """Let a form of this page end at another site: a ledger's consent screen."""
    parts = urlsplit(url)
    if parts.scheme in ("http", "https") and parts.netloc:
        g.setdefault("form_origins", set()).add(f"{parts.scheme}://{parts.netloc}")


def _time(value: datetime, words: str) -> Markup:
    local = value.astimezone(zone())
    title = f"{wording.day_long(local.date())}, {local:%H:%M:%S} {zone().key}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        value.astimezone(UTC).isoformat(timespec="seconds"), title, words
    )


def _headers(response: Response) -> Response:
    """Set what every answer needs; pages and files are never kept by a browser or a proxy."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if response.mimetype == "text/html":
        response.headers.setdefault("Content-Security-Policy", _policy())
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.vary.add("HX-Request")  # one address, a whole page or its live part
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    elif request.args.get("v"):
        response.cache_control.max_age = _YEAR
    if response.status_code == 304:
        response.close()  # nobody will read the file, and werkzeug closes only what is read
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def _policy() -> str:
    forms = " ".join(["'self'", *sorted(g.get("form_origins", ()))])
    return (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
        f" object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action {forms}"
    )


FILTERS = {
    "money": wording.format_money,
    "sums": wording.format_sums,
    "number": wording.number,
    "plural": wording.plural,
    "listed": wording.listed,
    "day": wording.day,
    "day_long": wording.day_long,
    "day_short": wording.day_short,
    "weekday": wording.weekday,
    "moment": moment,
    "relative": relative,
    "hhmm": hhmm,
    "day_and_time": day_and_time,
    "local_day": local_day,
    "initials": initials,
    "ledger": ledger_name,
}

GLOBALS = {
    "icon": icon,
    "money": wording.format_money,
    "plural": wording.plural,
    "words_of": wording.words_of,
    "state_words": wording.state_words,
    "role_words": wording.ROLE_WORDS,
    "days": wording.days,
    "asset": asset,
    "same_query": same_query,
    "today": today,
    "now": now,
    "menu": menu.menu,
}
