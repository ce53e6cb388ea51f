"""Give an event that came without an id one of its own."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping


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
