"""What every test may ask for. The fixtures themselves are in tests/fixtures/."""

import os

import pytest
from hypothesis import settings

pytest_plugins = (
    "tests.fixtures.network",
    "tests.fixtures.services",
    "tests.fixtures.application",
    "tests.fixtures.processes",
    "tests.fixtures.events",
    "tests.fixtures.browser",
    "tests.fixtures.whole_product",
    "tests.fixtures.house",
)

# The same examples in every CI run; a developer's machine keeps looking for new ones.
settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("house")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: at the end, the other processes would only wait for it."""
    items.sort(key=lambda item: item.get_closest_marker("chaos") is None)
