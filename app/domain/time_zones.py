"""The time zones a person may choose from: those of the workspace's country first."""

from __future__ import annotations

from zoneinfo import available_timezones

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
_REGIONS = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


def zones_for(country: str, present: str) -> list[str]:
    """Return the names to choose from, the present one always among them."""
    usual = [*_USUAL.get(country, ()), present, "UTC"]
    rest = sorted(zone for zone in available_timezones() if zone.startswith(_REGIONS))
    return list(dict.fromkeys([*usual, *rest]))
