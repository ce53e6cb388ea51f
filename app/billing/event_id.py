"""What makes an event the same event: its id, and what it says."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping

from app.billing.json_body import NotJson, read_json


def own_event_id(event: object) -> str:
    """Return the same id for the same invoice revision with the same content, else a new one.

    A revision that says something else gets another id, so that it is noticed and refused. What
    has no revision may go back to what it was before, so two such events are never one.
    """
    data = event.get("data") if isinstance(event, Mapping) else None
    if isinstance(event, Mapping) and isinstance(data, Mapping) and "revision" in data:
        content = json.dumps([event.get("type"), data], sort_keys=True)
        return f"rest-{hashlib.sha256(content.encode()).hexdigest()}"
    return f"rest-{uuid.uuid4().hex}"


def same_event(one: bytes | None, other: bytes | None) -> bool:
    """Tell whether two bodies of one event id say the same.

    A body may be written anew when it is sent again, so what is compared is what it says. One that
    is no event (an action's, say) is known by its id alone.
    """
    if one is None or other is None or one == other:
        return True
    try:
        before, now = read_json(one), read_json(other)
    except NotJson:
        return True
    if not (isinstance(before, Mapping) and isinstance(now, Mapping)):
        return True
    return all(before.get(name) == now.get(name) for name in ("type", "data"))
