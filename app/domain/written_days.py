"""Write the days in a stored text as people do."""

from __future__ import annotations

import re
from datetime import date

from app.domain.wording import day

_DAY = re.compile(
    r"\b(?P<day>\d{4}-\d\d-\d\d)(?!\d)"
    r"(?:[T ](?P<time>\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|\+00:00)?)?"
)


def with_days_written(text: str) -> str:
    """Return a text with its ISO days, and moments in UTC, as people write them."""
    return _DAY.sub(_written, text)


def _written(found: re.Match[str]) -> str:
    try:
        said = day(date.fromisoformat(found["day"]))
    except ValueError:  # three numbers that are no day
        return found[0]
    return f"{said}, {found['time']} UTC" if found["time"] else said
