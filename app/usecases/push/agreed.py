"""Remember the last state of a document there of which nothing of anybody else's is unseen."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.domain.edited_there import Content, as_json, from_json
from app.ledgers.interface import Written
from app.models import DocumentLink

# Of a state that must be read before it is written over: no ledger's version is empty.
_READ_FIRST = ""


def agree_on(link: DocumentLink, present: Written, ours: Content | None = None) -> None:
    """Note that this state is known and may be written over; the caller commits.

    ours: what we wanted it to be, where it was found with something else. Then that is noted, and
    what differs is laid before a person by the first write that would overwrite it.
    """
    link.agreed = _state(present)
    if ours is not None:
        link.agreed = {"version": _READ_FIRST, "content": as_json(ours)}
    link.asked = None


def ask_about(link: DocumentLink, present: Written) -> None:
    """Note which state a person is asked about; the caller commits."""
    link.asked = _state(present)


def _state(present: Written) -> dict[str, Any]:
    return {"version": present.version, "content": as_json(present.content or {})}


def agreed_version(link: DocumentLink) -> str:
    """Return the version that a write of ours may replace, and no newer one."""
    return str(link.agreed["version"]) if link.agreed else link.version


def agreed_content(link: DocumentLink) -> Content | None:
    """Return what the document said in that version; None where it was not kept."""
    return from_json(link.agreed["content"]) if link.agreed else None


def moved_on(link: DocumentLink) -> bool:
    """Tell whether we heard of a version there that nobody has laid beside ours yet."""
    return link.agreed is None or link.agreed["version"] != link.version


def dated_there(content: Content | None) -> date | None:
    """Return the day a document is booked on; None where that is not known."""
    said = (content or {}).get("issue_date")
    return date.fromisoformat(said.value) if said else None
