"""Folders with services of their own, stopped again whatever a test did to them."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import embedded


@pytest.fixture(scope="session")
def kept_folder() -> Iterator[Path]:
    """Keep one folder from test to test: making PostgreSQL's files anew takes a second."""
    made = Path(tempfile.mkdtemp(prefix="lb-embedded-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def folder(kept_folder: Path) -> Iterator[Path]:
    """A folder whose services are stopped, for tests that leave its files usable."""
    yield kept_folder
    embedded.stop(kept_folder)


@pytest.fixture
def new_folder() -> Iterator[Path]:
    """An empty folder, for tests of the first start and for those that break something."""
    made = Path(tempfile.mkdtemp(prefix="lb-embedded-"))
    yield made
    embedded.stop(made)
    shutil.rmtree(made)
