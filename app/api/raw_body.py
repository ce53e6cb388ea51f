"""The bytes of a request, as they were sent and all of them."""

from __future__ import annotations

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge


def whole_body() -> bytes:
    """Return the body; raises RequestEntityTooLarge above 1 MiB.

    A body sent in chunks does not say how long it is, and is cut off at the limit without a word.
    """
    raw = request.get_data(cache=False)
    longest = request.max_content_length
    if request.content_length is None and longest is not None and len(raw) >= longest:
        raise RequestEntityTooLarge
    return raw
