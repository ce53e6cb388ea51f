"""What a browser fetches besides the pages: compressed where that is shorter, the same bytes."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import app

STATIC = Path(app.__file__).parent / "static"
SHEET = "vendor/tabler/tabler.min.css"


@pytest.fixture
def sheet() -> bytes:
    return (STATIC / SHEET).read_bytes()


def fetch(client: FlaskClient, name: str, **headers: str):
    return client.get(f"/static/{name}", headers={"Accept-Encoding": "gzip, br"} | headers)


def test_a_style_sheet_comes_compressed_to_who_takes_that(client, sheet):
    answer = fetch(client, SHEET)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.vary
    assert len(answer.data) == int(answer.headers["Content-Length"]) < 90_000
    assert gzip.decompress(answer.data) == sheet


def test_who_takes_no_compression_gets_it_as_it_is_under_another_tag(client, sheet):
    plain = client.get(f"/static/{SHEET}")
    assert "Content-Encoding" not in plain.headers
    assert plain.data == sheet
    assert plain.headers["ETag"] != fetch(client, SHEET).headers["ETag"]


def test_a_copy_that_is_still_good_is_not_sent_again(client):
    tag = fetch(client, SHEET).headers["ETag"]
    answer = fetch(client, SHEET, **{"If-None-Match": tag})
    assert (answer.status_code, answer.data) == (304, b"")


@pytest.mark.parametrize("name", ["vendor/inter/inter.woff2", "icon.svg"])
def test_what_would_not_get_shorter_is_left_alone(client, name):
    answer = fetch(client, name)
    assert "Content-Encoding" not in answer.headers
    assert answer.data == (STATIC / name).read_bytes()


def test_a_page_is_not_compressed(client):
    assert (
        "Content-Encoding" not in client.get("/login", headers={"Accept-Encoding": "gzip"}).headers
    )
