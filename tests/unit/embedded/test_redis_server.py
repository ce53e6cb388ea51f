import json
import os
import signal
import socket
from pathlib import Path

import pytest
import redis

from app import embedded
from app.embedded import EmbeddedServiceError, redis_server


def client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url)


def kill(folder: Path) -> None:
    running = redis_server.process_id(folder / "redis")
    assert running is not None
    os.kill(running, signal.SIGKILL)


def test_it_listens_on_loopback_only_and_wants_its_password(folder: Path) -> None:
    url = embedded.redis_url(folder)
    port = client(url).connection_pool.connection_kwargs["port"]

    assert client(url).config_get("bind")["bind"] == "127.0.0.1"
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=port, retry=None).ping()


def test_it_stops_and_starts_at_the_same_address_with_everything_in_it(folder: Path) -> None:
    url = embedded.redis_url(folder)
    client(url).set("waiting", "INV-2041")

    embedded.stop_redis(folder)
    embedded.start_redis(folder)

    assert embedded.redis_url(folder) == url
    assert client(url).get("waiting") == b"INV-2041"


def test_half_a_command_at_the_end_of_the_file_of_a_killed_server_is_dropped(folder: Path) -> None:
    url = embedded.redis_url(folder)
    client(url).set("waiting", "INV-2041")
    embedded.stop_redis(folder)
    with next((folder / "redis").rglob("appendonly.aof*")).open("ab") as file:
        file.write(b"*3\r\n$3\r\nSET\r\n$7\r\nwai")

    embedded.start_redis(folder)

    assert client(url).get("waiting") == b"INV-2041"


def test_after_kill_9_it_starts_again(folder: Path) -> None:
    url = embedded.redis_url(folder)
    kill(folder)

    embedded.start_redis(folder)

    assert client(url).ping()


def test_when_a_stranger_took_its_port_it_moves_to_another(folder: Path) -> None:
    before = embedded.redis_url(folder)
    embedded.stop_redis(folder)
    port = json.loads((folder / "redis" / "address.json").read_text())["port"]

    with socket.create_server(("127.0.0.1", port)) as stranger:
        stranger.settimeout(0)
        after = embedded.redis_url(folder)
        assert client(after).ping()

    assert after != before


def test_two_folders_have_two_servers(folder: Path, new_folder: Path) -> None:
    client(embedded.redis_url(folder)).set("only", "here")

    assert client(embedded.redis_url(new_folder)).get("only") is None


def test_without_a_server_anywhere_it_names_the_setting(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(redis_server, "_WHEEL", "not_installed_here")

    with pytest.raises(EmbeddedServiceError, match=r"Set REDIS_URL: .* development extra"):
        embedded.redis_url(folder)
