"""The words and addresses that every row of "Needs attention" is made of."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import url_for

from app.domain.not_ready import ALL_GO, GOES
from app.domain.wording import listed, plural
from app.queries.cause import Cause
from app.web.presentation import now

# What the address of a page says of the row that led to it.
NEED = "need"
# Letters of a name on a button.
_FITS = 22


def waits(cause: Cause) -> str:
    """Say how many wait."""
    return plural(cause.count, "invoice waits", "invoices wait")


def whose(cause: Cause) -> str:
    """Say how old the oldest is, and whose invoices they are."""
    days = (now() - cause.oldest).days if cause.oldest else 0
    age = f"Oldest finalised {plural(days, 'day')} ago. " if days else ""
    more = cause.customers - len(cause.named)
    names = [*cause.named, plural(more, "more customer")] if more > 0 else cause.named
    return f"{age}{listed(names)}."


def reason(cause: Cause) -> str:
    """Say what stands in the way, and what to do."""
    if cause.count > 1 and cause.kind == "refused":  # the sentence is about one of them
        others = plural(cause.count - 1, "other has", "others have")
        return f"{cause.number}: {cause.title} {others} the same cause. {cause.what_to_do}".strip()
    return f"{cause.title} {to_do(cause)}".strip()


def to_do(cause: Cause) -> str:
    """Say what to do about one or several."""
    return cause.what_to_do.replace(GOES, ALL_GO) if cause.count > 1 else cause.what_to_do


def review(cause: Cause) -> str:
    """Return the words of a button that leads to them."""
    return f"Review {plural(cause.count, 'invoice')}"


def its_page(cause: Cause) -> str:
    """Return where the one invoice is."""
    return url_for("invoices.show", invoice_id=cause.invoice_id)


def its_list(cause: Cause) -> str:
    """Return where the invoices are, or the one."""
    if cause.count == 1:
        return its_page(cause)
    return url_for("invoices.index", cause=key_of(cause), connection=cause.connection_id)


def key_of(cause: Cause) -> str:
    """Name a cause as the list of invoices filters by it (app/queries/invoices.py)."""
    return f"{cause.kind}:{cause.code}"


def its_connection(cause: Cause) -> str:
    """Return where its connection is."""
    if cause.connection_id is None:
        return url_for("connect.start")
    return url_for("connections.show", connection_id=cause.connection_id)


def its_check(cause: Cause) -> str:
    """Return where its comparison is."""
    return url_for("reconciliations.show", connection=cause.connection_id)


def shortened(name: str) -> str:
    """Shorten a name to what fits a button, at a word."""
    plain = name.partition(" (")[0]
    return plain if len(plain) <= _FITS else f"{plain[:_FITS].rsplit(' ', 1)[0].rstrip(',;:')}…"


def need_of(cause: Cause) -> str:
    """Name a row in the address that it leads to, so that the page can say what it counted."""
    return f"{cause.connection_id or ''}.{cause.kind}:{cause.code}"


def with_need(url: str, cause: Cause) -> str:
    """Let a page that shows more than this row say what the row is."""
    lists_them = "cause=" in url
    is_it = cause.count == 1 and bool(cause.invoice_id) and url == its_page(cause)
    says_it = is_it and cause.kind != "changed_there"  # whose money is only what differs
    if cause.kind == "alarm" or not cause.count or lists_them or says_it:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode({NEED: need_of(cause)})}"
