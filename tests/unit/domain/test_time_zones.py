"""Which time zones are offered."""

from zoneinfo import TZPATH

import pytest

from app.domain import time_zones
from app.domain.time_zones import zones_for


@pytest.fixture(params=["the system", "the package"])
def offered(request, monkeypatch):
    """Return the choice in Britain, read from either place."""
    monkeypatch.setattr(time_zones, "TZPATH", TZPATH if request.param == "the system" else ())
    time_zones._present_names.cache_clear()
    yield zones_for("GB", "Europe/London")
    time_zones._present_names.cache_clear()


def test_the_country_s_own_come_first_and_utc_is_there(offered):
    assert offered[:2] == ["Europe/London", "UTC"]


@pytest.mark.parametrize(
    "name", ["US/Pacific", "GB", "Asia/Calcutta", "America/Buenos_Aires", "EST", "Australia/ACT"]
)
def test_an_older_name_is_not_offered(offered, name):
    assert name not in offered


@pytest.mark.parametrize(
    "name",
    ["America/Los_Angeles", "Asia/Kolkata", "America/Argentina/Buenos_Aires", "Europe/Oslo"],
)
def test_the_present_name_is(offered, name):
    assert offered.count(name) == 1


def test_what_a_workspace_has_already_stays_in_the_choice():
    assert "US/Pacific" in zones_for("US", "US/Pacific")
