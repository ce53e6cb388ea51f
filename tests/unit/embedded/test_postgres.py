import os
import signal
import sys
from pathlib import Path

import psycopg
import pytest

from app import embedded
from app.embedded import EmbeddedServiceError, postgres, postmaster, sockets


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def kill(folder: Path) -> None:
    running = postgres.process_id(folder / "postgres")
    assert running is not None
    os.kill(running, signal.SIGKILL)


def test_a_folder_gets_a_database_that_sorts_alike_everywhere_and_tells_the_time_in_utc(
    folder: Path,
) -> None:
    with connect(embedded.postgres_url(folder)) as connection:
        row = connection.execute(
            "SELECT current_database(), current_setting('TimeZone'), 'Z' < 'a', upper('é')"
        ).fetchone()

    assert row == ("ledgerbridge", "UTC", True, "É")


def test_what_was_committed_survives_a_killed_server_with_sessions_at_work(folder: Path) -> None:
    url = embedded.postgres_url(folder)
    at_work = connect(url)
    at_work.execute("CREATE TABLE invoice AS SELECT 'INV-2041' AS number")
    kill(folder)

    embedded.start_postgres(folder)

    with connect(url) as connection:
        assert connection.execute("SELECT number FROM invoice").fetchall() == [("INV-2041",)]
    at_work.close()


def test_a_pid_file_that_names_another_living_program_does_not_stop_the_start(
    folder: Path,
) -> None:
    url = embedded.postgres_url(folder)
    kill(folder)
    left_over = folder / "postgres" / "data" / "postmaster.pid"
    _, rest = left_over.read_text().split("\n", 1)
    left_over.write_text(f"{os.getpid()}\n{rest}")

    embedded.start_postgres(folder)

    connect(url).close()


def test_a_first_start_that_was_killed_half_way_is_begun_again(new_folder: Path) -> None:
    half = new_folder / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")

    connect(embedded.postgres_url(new_folder)).close()

    assert not half.exists()


def test_it_stops_and_starts_at_the_same_address(folder: Path) -> None:
    url = embedded.postgres_url(folder)

    embedded.stop_postgres(folder)
    with pytest.raises(psycopg.OperationalError):
        connect(url)
    embedded.start_postgres(folder)

    connect(url).close()


def test_two_folders_have_two_servers(folder: Path, new_folder: Path) -> None:
    with connect(embedded.postgres_url(folder)) as ours:
        ours.execute("CREATE TABLE only_here ()")
    with connect(embedded.postgres_url(new_folder)) as theirs:
        found = theirs.execute("SELECT to_regclass('only_here')").fetchone()

    assert found == (None,)


def test_a_folder_too_deep_for_a_socket_works_and_leaves_nothing_outside(folder: Path) -> None:
    deep = folder / ("a-long-name-" * 8) / ("and-another-" * 4)
    deep.mkdir(parents=True)

    url = embedded.postgres_url(deep)
    connect(url).close()

    outside = sockets.socket_folder(deep.resolve() / "postgres")
    assert folder not in outside.parents
    assert outside.exists()
    assert embedded.stop(deep)
    assert not outside.exists()


def test_a_socket_folder_that_others_may_enter_is_refused(new_folder: Path) -> None:
    prepared = sockets.socket_folder(new_folder.resolve() / "postgres")
    prepared.mkdir(parents=True)
    prepared.chmod(0o777)

    with pytest.raises(EmbeddedServiceError, match="not private"):
        embedded.postgres_url(new_folder)


def test_a_server_that_cannot_start_says_why_in_its_own_words(new_folder: Path) -> None:
    embedded.postgres_url(new_folder)
    embedded.stop_postgres(new_folder)
    (new_folder / "postgres" / "data" / "global" / "pg_control").unlink()

    with pytest.raises(EmbeddedServiceError, match="pg_control"):
        embedded.start_postgres(new_folder)


def test_without_the_wheel_it_names_the_setting(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_WHEEL", "not_installed_here")

    with pytest.raises(EmbeddedServiceError, match=r"Set DATABASE_URL: .* development extra"):
        embedded.postgres_url(folder)


def test_a_program_that_is_not_postgres_is_never_taken_for_the_server(folder: Path) -> None:
    (folder / "postmaster.pid").write_text(f"{os.getpid()}\n{folder}\n")

    assert Path(sys.executable).name != "postgres"
    assert postmaster.process_id(folder) is None
