"""What strangers and a vendor in trouble may send to a ledger's door, over real HTTP."""

import json
from contextlib import closing, suppress
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Connection, InboundEvent
from tests.northgate import make_northgate
from tests.noticed import PATH, body_of, change, signed

LARGE = b"[" + b" " * (1024 * 1024) + b"]"
CHUNKED = {"Transfer-Encoding": "chunked"}


@pytest.fixture
def northgate(app):
    with app.app_context():
        return make_northgate()


@pytest.fixture
def door(live_server):
    """Return a function that sends bytes as they are and returns the answer's status and body."""
    address = urlsplit(live_server)

    def knock(raw, headers, method="POST"):
        with closing(HTTPConnection(address.hostname, address.port, timeout=10)) as line:
            with suppress(OSError):  # answered before all of it was read
                line.request(method, PATH, raw, headers)
            answer = line.getresponse()
            return answer.status, answer.read()

    return knock


def in_chunks(raw):
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(raw), raw)


def kept(app):
    with app.app_context():
        events = db.session.scalars(select(InboundEvent).order_by(InboundEvent.id)).all()
        pulls = db.session.scalars(select(Connection.pull_wanted_at)).all()
    return [(event.status, event.type, event.raw) for event in events], pulls


REFUSED = [("refused", None, None)]


@pytest.mark.parametrize(
    ("raw", "headers", "status"),
    [
        pytest.param(body_of(change()), {}, 401, id="not signed"),
        pytest.param(body_of(change()), signed(b"another"), 401, id="signed for another body"),
        pytest.param(body_of(change()), signed(body_of(change()), "old"), 401, id="another's key"),
        pytest.param(body_of(change()), {"intuit-signature": "ä"}, 401, id="no base64"),
        pytest.param(b"[" * 100_000, {}, 401, id="deeply nested, not signed"),
        pytest.param(b"", {}, 401, id="nothing at all"),
        pytest.param(LARGE, signed(LARGE), 413, id="huge"),
        pytest.param(in_chunks(LARGE), signed(LARGE) | CHUNKED, 413, id="huge, in chunks"),
    ],
)
def test_it_is_refused_and_only_that_is_kept(app, northgate, door, capfd, raw, headers, status):
    answered, body = door(raw, headers)
    assert answered == status
    assert "Traceback" not in body.decode() + capfd.readouterr().err
    assert kept(app) == (REFUSED, [None])


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"not JSON", id="no JSON"),
        pytest.param(b"\xff\xfe\x00", id="no text"),
        pytest.param(b"[" * 100_000, id="deeply nested"),
        pytest.param(b'{"eventNotifications": [{"dataChangeEvent": 7}]}', id="retired, malformed"),
    ],
)
def test_a_good_signature_is_answered_200_whatever_is_inside(app, northgate, door, capfd, raw):
    assert door(raw, signed(raw))[0] == 200
    assert "Traceback" not in capfd.readouterr().err
    assert kept(app) == ([("ignored", "body", raw)], [None])


def test_a_body_sent_again_changes_nothing(app, northgate, door):
    raw = body_of(change(), change("evt-2"))
    first = door(raw, signed(raw))[0], kept(app)
    assert [(door(raw, signed(raw))[0], kept(app)) for _ in range(2)] == [first] * 2


def test_a_body_in_chunks_is_verified_as_one(app, northgate, door):
    raw = json.dumps([change()]).encode()
    assert door(in_chunks(raw), signed(raw) | CHUNKED)[0] == 200
    assert ("accepted", "payment.created", None) in kept(app)[0]


def test_nobody_reads_at_this_door(app, northgate, door):
    assert door(b"", {}, "GET")[0] == 405
    assert kept(app)[0] == []
