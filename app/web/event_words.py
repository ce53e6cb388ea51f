"""Put the alarms about telling billing into words."""

from __future__ import annotations

from flask import url_for

from app.queries.cause import Cause

# The title, and which events the page is to show.
EVENT_ALARMS = {
    "events.undelivered": ("Events do not reach billing", "waiting"),
    "events.given_up": ("Billing was not told of everything", "given_up"),
    "events.off": ("Billing wants no more events", ""),
}


def event_alarm(cause: Cause) -> tuple[str, str, str, str, str, str]:
    """Return the row of an alarm, as app/web/attention.py shows rows."""
    title, state = EVENT_ALARMS[cause.code]
    url = url_for("events.index", state=state or None)
    return "arrow-right", "wait", title, cause.title, "See the events", url
