"""Bodies nobody should send: each is answered with a sentence, and nothing of it is stored."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.extensions import db
from app.models import Customer, InboundEvent, Invoice, InvoiceLine, Push, Service, TaxCode
from app.usecases.accounts import create_hook_secret, create_workspace
from tests.billing import OAK_AND_ASH, SECRET, event, finalised, line, one_line, signed

STORED = [Invoice, InvoiceLine, Customer, Service, TaxCode, Push]


@pytest.fixture
def meridian(app: Flask) -> int:
    with app.app_context():
        workspace = create_workspace("Meridian IT", "meridian", "GB", "GBP")
        create_hook_secret(workspace.id, secret=SECRET)
        return workspace.id


@pytest.fixture
def hook(client: FlaskClient, meridian: int) -> Callable[..., Any]:
    return lambda body, **signing: client.post("/hooks/billing/meridian", **signed(body, **signing))


@pytest.fixture
def stored(app: Flask) -> Callable[[], int]:
    """Count the rows of everything an invoice leaves behind."""

    def count() -> int:
        with app.app_context():
            return sum(db.session.scalar(select(func.count(t.id))) or 0 for t in STORED)

    return count


@pytest.fixture
def refused(hook: Callable[..., Any], stored: Callable[[], int]) -> Callable[..., dict[str, str]]:
    """Send a body that must be refused; return what was said of each field."""

    def send(body: Any) -> dict[str, str]:
        answer = hook(body)
        assert answer.status_code == 422, answer.text
        assert stored() == 0
        errors: dict[str, str] = answer.json["errors"]
        assert all(sentence.endswith(".") for sentence in errors.values())
        return errors

    return send


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_does_not_have_are_refused(refused, word):
    raw = json.dumps(finalised()).replace('"540.00"', word).encode()

    assert refused(raw) == {"body": f"{word} is not a number of JSON."}


def test_a_number_of_a_million_digits_is_refused(refused):
    raw = json.dumps(finalised()).replace('"revision": 1', '"revision": ' + "9" * 10_000)

    assert list(refused(raw.encode())) == ["body"]


def test_the_widest_number_is_kept_to_the_penny(app, hook):
    assert hook(one_line("9999999999999.99")).status_code == 202

    with app.app_context():
        assert str(db.session.scalars(select(Invoice)).one().total) == "9999999999999.99000"


def test_an_invoice_of_nothing_is_paid(app, hook):
    assert hook(one_line("0.00")).json["status"] == "accepted"

    with app.app_context():
        assert db.session.scalars(select(Invoice)).one().status == "paid"


def test_a_line_may_give_something_back(hook):
    rebate = line(id="2", quantity="-1", unit_price="50.00", amount="-50.00", tax_amount="-10.00")
    sums = {"subtotal": "400.00", "tax_total": "80.00", "total": "480.00"}

    assert hook(finalised(lines=[line(), rebate], **sums)).json["status"] == "accepted"


def test_a_nul_anywhere_is_never_an_error_of_ours(refused):
    nul = "a\x00b"
    customer = OAK_AND_ASH | {"name": nul, "email": nul, "address": {"line1": nul, "city": nul}}
    service = {"code": nul, "name": nul}
    tax_code = {"code": nul, "name": nul, "rate": nul}
    one = line(id=nul, description=nul, service=service, tax_code=tax_code, quantity=nul)

    assert len(refused(finalised(customer=customer, lines=[one]))) == 12


def test_a_nul_in_what_is_not_read_does_no_harm(hook):
    answer = hook(finalised(extra={"note": "a\x00b"}))

    assert answer.json["status"] == "accepted"


@pytest.mark.parametrize("kind", ["a\x00b", "\ud800", "x" * 101, "", 7, None, ["a"]], ids=ascii)
def test_a_type_that_is_no_word_is_refused(refused, kind):
    assert list(refused(event(kind))) == ["type"]


def test_line_ends_and_spaces_of_other_systems_become_ours(app, hook):
    hook(finalised(memo="  Thank you\r\nMeridian\v", number=" INV\t2041\n"))

    with app.app_context():
        kept = db.session.scalars(select(Invoice)).one()
        assert (kept.memo, kept.number) == ("Thank you\nMeridian", "INV 2041")


def test_what_may_be_absent_may_be_absent(hook):
    body = finalised()
    for field in ("due_date", "entity", "recurring", "push", "reference", "memo", "url"):
        del body["data"][field]
    del body["timestamp"]

    assert hook(body).json["status"] == "accepted"


def test_fields_of_the_future_are_tolerated(hook):
    body = finalised(colour="blue", lines=[line(weight=1.5)])

    assert hook(body | {"version": 2}).json["status"] == "accepted"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"not json",
        b"[]",
        b'"text"',
        b"null",
        b"17",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\xff\xfe{\x00}\x00",
        b'{"type": "invoice.finalised", "type": "invoice.voided", "data": {}}',
        b'{"type": "invoice.finalised"}',
        b'{"type": "invoice.finalised", "data": []}',
    ],
    ids=lambda raw: repr(raw[:24]),
)
def test_what_is_no_event_is_refused_with_a_sentence(refused, raw):
    assert refused(raw)


@pytest.mark.parametrize("event_id", ["x" * 256, "caf\xe9", "tab\there"], ids=ascii)
def test_an_event_id_that_cannot_be_kept_is_refused(client, meridian, stored, event_id):
    sent = signed(finalised(), event_id=event_id)

    assert client.post("/hooks/billing/meridian", **sent).status_code in (401, 422)
    assert stored() == 0


@pytest.mark.parametrize("slug", ["%00", "..%2f", "MERIDIAN", "meridian%20", "é", "a" * 300])
def test_odd_workspaces_are_not_found(client, meridian, slug):
    assert client.post(f"/hooks/billing/{slug}", **signed(finalised())).status_code == 404


# -------------------------------------------------------------------------- at the same time


def at_once(send: Callable[[int], Any], times: int) -> list[Any]:
    """Call from as many threads as that at the same moment."""
    ready, answers = threading.Barrier(times), []

    def one(number: int) -> None:
        ready.wait()
        answers.append(send(number))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_of_identical_hooks_at_the_same_moment_one_is_taken(app, live_server, meridian, stored):
    sent = signed(finalised(), event_id="msg_1")

    answers = at_once(lambda _: requests.post(f"{live_server}/hooks/billing/meridian", **sent), 8)

    assert sorted(a.json()["status"] for a in answers) == ["accepted"] + ["duplicate"] * 7
    assert {a.json()["invoice_id"] for a in answers} == {"lb-1"}
    assert stored() == 5
    with app.app_context():
        assert db.session.scalar(select(func.count(InboundEvent.id))) == 1


def test_of_one_revision_under_many_ids_one_is_stored(live_server, meridian, stored):
    bodies = [signed(finalised(), event_id=f"msg_{n}") for n in range(8)]

    answers = at_once(
        lambda n: requests.post(f"{live_server}/hooks/billing/meridian", **bodies[n]), 8
    )

    assert sorted(a.json()["status"] for a in answers) == ["accepted"] + ["duplicate"] * 7
    assert stored() == 5


def test_many_invoices_that_share_everything_do_not_cross(live_server, meridian, stored):
    bodies = [signed(finalised(id=f"inv_{n}", number=f"INV-{n}")) for n in range(12)]

    answers = at_once(
        lambda n: requests.post(f"{live_server}/hooks/billing/meridian", **bodies[n]), 12
    )

    assert {a.json()["status"] for a in answers} == {"accepted"}
    assert stored() == 12 + 12 + 1 + 1 + 1


def test_revisions_at_the_same_moment_leave_the_newest(app, live_server, meridian):
    bodies = [signed(finalised(revision=n + 1, memo=f"Revision {n + 1}")) for n in range(8)]

    answers = at_once(
        lambda n: requests.post(f"{live_server}/hooks/billing/meridian", **bodies[n]), 8
    )

    assert {a.status_code for a in answers} <= {202, 409}
    with app.app_context():
        kept = db.session.scalars(select(Invoice)).one()
        assert (kept.revision, kept.memo) == (8, "Revision 8")
        assert [r.revision for r in kept.lines] == [8]


# -------------------------------------------------------------------------- over a real server


@pytest.fixture
def gunicorn(start_process, server_socket, public_url, wait_until) -> str:
    """The application as the Procfile serves it."""
    server_socket.close()
    start_process("-m", "gunicorn", "wsgi:app", "--bind", public_url.removeprefix("http://"))

    def up() -> bool:
        try:
            return requests.get(f"{public_url}/healthz", timeout=1).ok
        except requests.RequestException:
            return False

    wait_until(up, timeout=60)
    return public_url


def test_two_mebibytes_get_their_answer_over_the_wire(gunicorn, meridian, stored):
    hook = f"{gunicorn}/hooks/billing/meridian"
    sent = signed(b" " * (2 * 1024 * 1024))

    whole = requests.post(hook, **sent)
    in_chunks = requests.post(hook, data=iter([sent["data"]]), headers=sent["headers"])

    assert (whole.status_code, in_chunks.status_code) == (413, 413)
    assert stored() == 0


def test_a_hook_in_chunks_is_a_hook(gunicorn, meridian):
    sent = signed(finalised())

    answer = requests.post(
        f"{gunicorn}/hooks/billing/meridian", data=iter([sent["data"]]), headers=sent["headers"]
    )

    assert answer.json()["status"] == "accepted"


def test_without_the_database_a_hook_is_asked_to_come_again(client, meridian, services, stored):
    services.stop_postgres()
    away = client.post("/hooks/billing/meridian", **signed(finalised(), event_id="msg_1"))
    services.start_postgres()
    back = client.post("/hooks/billing/meridian", **signed(finalised(), event_id="msg_1"))

    assert (away.status_code, away.headers["Retry-After"]) == (503, "10")
    assert back.json["status"] == "accepted"
    assert stored() == 5


def test_without_redis_a_hook_is_taken_all_the_same(client, meridian, services, stored):
    services.stop_redis()

    answer = client.post("/hooks/billing/meridian", **signed(finalised()))

    assert answer.json["status"] == "accepted"
    assert stored() == 5
