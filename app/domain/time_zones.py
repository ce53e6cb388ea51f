"""The time zones a person may choose from: those of the workspace's country first."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from zoneinfo import TZPATH, available_timezones

# Where most of our customers are; every other zone follows by name.
_USUAL = {
    "GB": ("Europe/London",),
    "IE": ("Europe/Dublin",),
    "US": (
        "America/New_York",
        "America/Chicago",
        "America/Denver",
        "America/Phoenix",
        "America/Los_Angeles",
        "America/Anchorage",
        "Pacific/Honolulu",
    ),
}
# The time zone database's own list for choosing from, a country's zones each by its present name:
# US/Pacific, GB and Asia/Calcutta are older names of zones in it (zone.tab, tz database).
_LIST = "zone.tab"


def zones_for(country: str, present: str) -> list[str]:
    """Return the names to choose from, the present one always among them."""
    usual = [*_USUAL.get(country, ()), present, "UTC"]
    return list(dict.fromkeys([*usual, *_present_names()]))


@cache
def _present_names() -> tuple[str, ...]:
    """Return every zone of the list that this machine knows, by name."""
    rows = (line.split("\t") for line in _listed().splitlines() if not line.startswith("#"))
    return tuple(sorted({row[2] for row in rows if len(row) > 2} & available_timezones()))


def _listed() -> str:
    """Read the list from where the zones are: the system's, else the package tzdata."""
    for folder in TZPATH:
        path = Path(folder) / _LIST
        if path.is_file():
            return path.read_text(encoding="utf-8")
    return resources.files("tzdata.zoneinfo").joinpath(_LIST).read_text(encoding="utf-8")
