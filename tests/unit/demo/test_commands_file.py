"""What a second terminal reads, so that its commands mean this demo and nothing else."""

import subprocess
from pathlib import Path

import pytest

from demo.surroundings import Surroundings


@pytest.fixture
def place(tmp_path: Path) -> Surroundings:
    folder = tmp_path / "a demo's folder"
    folder.mkdir()
    made = Surroundings(8010, 9011, folder)
    made.write_commands_file(made.settings("postgresql:///demo", "redis:///0"))
    return made


def sourced(place: Surroundings, name: str, **terminal: str) -> str:
    """Return a setting as a command sees it in a terminal that has read the file."""
    script = f'set -a; . "$0"; set +a; printenv {name}'
    done = subprocess.run(
        ["sh", "-c", script, str(place.commands_file)],
        env={"PATH": "/usr/bin:/bin", **terminal}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.removesuffix("\n")


def test_a_command_reaches_the_same_product_and_the_same_quickbooks(place: Surroundings) -> None:
    assert sourced(place, "DATA_DIR") == str(place.folder)
    assert sourced(place, "PUBLIC_URL") == "http://127.0.0.1:8010"
    assert sourced(place, "QUICKBOOKS_API_URL") == "http://127.0.0.1:9011"
    assert sourced(place, "INTUIT_CLIENT_ID") != ""


def test_a_database_of_the_terminals_own_is_not_meant(place: Surroundings) -> None:
    assert sourced(place, "DATABASE_URL", DATABASE_URL="postgresql://books.example/real") == ""


def test_nobody_else_reads_its_secrets(place: Surroundings) -> None:
    place.write_commands_file(place.settings("postgresql:///demo", "redis:///0"))
    assert place.commands_file.stat().st_mode & 0o777 == 0o600
