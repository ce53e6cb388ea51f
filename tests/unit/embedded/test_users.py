"""Who starts the services, who stops them, and what a killed process leaves behind."""

from pathlib import Path

from app import embedded
from app.embedded import postgres, redis_server
from tests.unit.embedded import programs


def running(folder: Path) -> bool:
    return postgres.process_id(folder / "postgres") is not None


def test_a_program_that_started_them_alone_leaves_none_running(folder: Path) -> None:
    assert programs.run(programs.LOOK, folder).startswith("postgresql+psycopg://")

    assert not running(folder)
    assert redis_server.process_id(folder / "redis") is None


def test_four_programs_at_once_find_one_server(folder: Path) -> None:
    started = [programs.start(programs.LOOK, folder) for _ in range(4)]

    said = {program.communicate(timeout=60)[0] for program in started}

    assert len(said) == 1
    assert [program.returncode for program in started] == [0, 0, 0, 0]
    assert not running(folder)


def test_the_last_one_out_stops_them(folder: Path) -> None:
    with programs.user(folder):
        programs.run(programs.LOOK, folder)
        assert running(folder)

    assert not running(folder)


def test_stop_says_no_while_another_process_uses_them(folder: Path) -> None:
    with programs.user(folder):
        assert not embedded.stop(folder)

    assert embedded.stop(folder)


def test_a_killed_program_does_not_count_and_its_servers_are_found_again(folder: Path) -> None:
    with programs.user(folder) as killed:
        before = postgres.process_id(folder / "postgres")
        killed.kill()

    embedded.postgres_url(folder)
    assert postgres.process_id(folder / "postgres") == before
    assert embedded.stop(folder)


def test_a_fork_that_ends_does_not_stop_them(folder: Path) -> None:
    fork = "embedded.postgres_url(sys.argv[1]); import os; child = os.fork();"
    wait = "child and os.waitpid(child, 0);"
    tell = "child and print(embedded.postgres.process_id(__import__('pathlib').Path(sys.argv[1])"

    said = programs.run(f"{fork} {wait} {tell} / 'postgres'))", folder)

    assert said.isdigit()


def test_stop_twice_is_harmless(folder: Path) -> None:
    embedded.postgres_url(folder)

    assert embedded.stop(folder)
    assert embedded.stop(folder)
