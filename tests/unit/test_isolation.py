"""What the other tests rely on: nothing of one test reaches the next, or the outside world."""

import socket
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.config import Settings
from app.extensions import limiter, redis_client, settings_of
from tests.fixtures.application import let_go
from tests.fixtures.network import OutsideWorldError
from tests.fixtures.services import Services

ADD_WORKSPACE = (
    "INSERT INTO workspace (slug, name, country, currency)"
    " VALUES ('oak-ash', 'Oak & Ash Ltd', 'GB', 'GBP') RETURNING id"
)


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def left_open() -> Iterator[list[psycopg.Connection[tuple[object, ...]]]]:
    """Connections that stay open from test to test."""
    opened: list[psycopg.Connection[tuple[object, ...]]] = []
    yield opened
    for connection in opened:
        connection.close()


@pytest.mark.parametrize("time", ["first", "second"])
def test_every_test_finds_empty_tables_that_count_from_one(
    time: str, connection: psycopg.Connection[tuple[object, ...]]
) -> None:
    assert connection.execute(ADD_WORKSPACE).fetchone() == (1,)


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_transaction_left_open_does_not_hold_up_the_next_test(
    time: str, database_url: str, left_open: list[psycopg.Connection[tuple[object, ...]]]
) -> None:
    at_work = psycopg.connect(database_url.replace("+psycopg", ""))
    left_open.append(at_work)
    at_work.execute(ADD_WORKSPACE)
    at_work.execute("LOCK TABLE workspace")


@pytest.mark.parametrize("time", ["first", "second"])
def test_every_test_finds_an_empty_redis(time: str, redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.incr("counter") == 1


@pytest.mark.parametrize("time", ["first", "second"])
def test_what_a_test_changes_in_the_application_does_not_reach_the_next(
    time: str, app: Flask, settings: Settings
) -> None:
    with app.app_context():
        assert redis_client().ping()
        assert settings_of(app) is settings
        redis_client().close()
    app.extensions["ledgerbridge_redis"] = redis.Redis.from_url("redis://127.0.0.1:1/0")
    app.extensions["ledgerbridge_settings"] = replace(settings, mail_url="smtp://elsewhere")


@pytest.mark.parametrize("time", ["first", "second"])
def test_extensions_forget_an_application_of_a_tests_own(
    time: str, app: Flask, make_app: Callable[[Settings], Flask], settings: Settings
) -> None:
    limiter.storage.storage.ping()

    make_app(replace(settings, redis_url="redis://127.0.0.1:1/0"))

    with pytest.raises(redis.ConnectionError):
        limiter.storage.storage.ping()


@pytest.mark.parametrize("time", ["first", "second"])
def test_an_application_made_beside_it_leaves_it_its_extensions(
    time: str, app: Flask, settings: Settings
) -> None:
    limiter.storage.storage.ping()

    let_go(create_app(replace(settings, redis_url="redis://127.0.0.1:1/0")))


def test_a_program_started_by_a_test_sees_what_the_test_committed(
    connection: psycopg.Connection[tuple[object, ...]],
    start_process: Callable[..., subprocess.Popen[bytes]],
    tmp_path: Path,
) -> None:
    connection.execute(ADD_WORKSPACE)
    look = (
        "import os, psycopg;"
        "url = os.environ['DATABASE_URL'].replace('+psycopg', '');"
        "print(psycopg.connect(url).execute('SELECT name FROM workspace').fetchall())"
    )

    assert start_process("-c", look).wait(30) == 0
    assert (tmp_path / "process-0.log").read_text() == "[('Oak & Ash Ltd',)]\n"


def test_the_outside_world_is_refused() -> None:
    with pytest.raises(OutsideWorldError), socket.socket() as attempt:
        attempt.connect(("192.0.2.1", 443))
    with pytest.raises(OutsideWorldError):
        socket.getaddrinfo("quickbooks.api.intuit.com", 443)


@pytest.mark.chaos
def test_services_taken_away_come_back_with_their_rows(services: Services) -> None:
    url = services.database_url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(ADD_WORKSPACE)
    services.stop_postgres()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)

    services.start_postgres()

    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT slug FROM workspace").fetchall() == [("oak-ash",)]


@pytest.mark.chaos
def test_services_killed_come_back_at_their_addresses(services: Services) -> None:
    services.kill_postgres()
    services.kill_redis()

    services.start_postgres()
    services.start_redis()

    psycopg.connect(services.database_url.replace("+psycopg", "")).close()
    with redis.Redis.from_url(services.redis_url) as client:
        assert client.ping()


def test_the_live_server_answers_at_its_public_url(live_server: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{live_server}/no-such-page")


def test_the_client_speaks_to_the_application(client: FlaskClient) -> None:
    assert client.get("/no-such-page").status_code == 404
