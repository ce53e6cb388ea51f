"""What happened reaches billing: signed, per invoice in order, again until it is taken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rq import Queue
from standardwebhooks.webhooks import Webhook

from app import queue
from app.billing.destination import Trust
from app.extensions import db, redis_client
from app.usecases.company.exclusive import exclusively
from app.usecases.events import deliver as courier
from app.usecases.events.event_endpoints import (
    add_endpoint,
    change_endpoint,
    end_old_secret,
    new_secret,
    remove_endpoint,
    send_test,
)
from app.usecases.events.hand_out import hand_out
from tests.posting import NOW, a_told_workspace, happen, listen, minutes, of, post, stands
from tests.receiver import Receiver, receiving

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context: Any) -> int:
    return a_told_workspace()


@pytest.fixture
def endpoint(northgate: int, receiver: Receiver) -> int:
    return listen(northgate, receiver)


def test_an_event_is_sent_once_and_signed_so_that_billing_can_verify_it(northgate, receiver):
    endpoint, secret = add_endpoint(northgate, receiver.url, [], actor="Priya Nair")
    number = happen(northgate, "INV-0001", "invoice.paid")
    now = datetime.now(UTC)  # whoever verifies looks at the time too
    assert [post(endpoint.id, now), post(endpoint.id, now)] == [1, 0]
    [heard] = receiver.heard
    said = Webhook(secret).verify(heard.body, heard.headers)
    assert (said["type"], said["data"], said["id"]) == (
        "invoice.paid",
        {"number": "INV-0001"},
        str(number),
    )
    assert heard.id == said["id"]
    assert (stands("INV-0001").state, stands("INV-0001").status) == ("delivered", 204)


def test_a_later_event_never_overtakes_one_of_its_invoice_and_others_go_on(
    northgate, receiver, endpoint
):
    receiver.refuses["INV-0001"] = 500
    for number, type_ in (("INV-0001", "pushed"), ("INV-0002", "pushed"), ("INV-0001", "paid")):
        happen(northgate, number, f"invoice.{type_}")
    post(endpoint)
    assert receiver.numbers == ["INV-0001", "INV-0002"]
    happen(northgate, "INV-0001", "invoice.payment_reversed")
    post(endpoint, minutes(1))
    assert receiver.numbers[2:] == ["INV-0001"]
    receiver.refuses.clear()
    post(endpoint, minutes(10))
    assert receiver.types[3:] == ["invoice.pushed", "invoice.paid", "invoice.payment_reversed"]


def test_nobody_looks_for_what_stands_behind_an_event_that_waits(northgate, receiver, endpoint):
    receiver.refuses["INV-0001"] = 500
    happen(northgate, "INV-0001")
    happen(northgate, "INV-0001", "invoice.paid")
    post(endpoint)
    assert hand_out(NOW + timedelta(seconds=1)) == 0
    happen(northgate, "INV-0001", "invoice.payment_reversed")
    assert hand_out(NOW + timedelta(seconds=1)) == 0


def test_a_worker_killed_in_the_middle_leaves_it_to_the_next_with_the_same_id(
    northgate, receiver, endpoint, monkeypatch
):
    happen(northgate, "INV-0001")
    happen(northgate, "INV-0001", "invoice.paid")

    def die(*_: object, **__: object) -> None:
        raise SystemExit

    with monkeypatch.context() as killed:
        killed.setattr(courier, "_record", die)
        with pytest.raises(SystemExit):
            post(endpoint)
    db.session.rollback()
    assert post(endpoint, NOW + timedelta(seconds=1)) == 0  # nor does what stands behind it go
    post(endpoint, NOW + timedelta(seconds=6))
    assert receiver.types == ["invoice.pushed", "invoice.pushed", "invoice.paid"]
    assert receiver.heard[0].id == receiver.heard[1].id
    assert receiver.heard[0].body == receiver.heard[1].body


def test_whoever_is_due_is_woken_for_a_lane_of_its_own(northgate, receiver, endpoint):
    happen(northgate, "INV-0001")
    assert [hand_out(NOW), hand_out(NOW)] == [1, 1]
    [job] = Queue("deliver", connection=redis_client()).jobs
    assert (job.func_name, job.args) == ("workers.jobs.deliver", (endpoint,))
    assert queue.somebody_waits(besides=endpoint)  # its number is no company's


def test_two_never_address_at_once(northgate, receiver, endpoint):
    happen(northgate, "INV-0001")
    with exclusively("hand_out", 0):
        assert hand_out(NOW) == 0
    assert hand_out(NOW) == 1


def test_each_workspace_hears_of_its_own(northgate, receiver, endpoint):
    southgate = a_told_workspace("southgate")
    with receiving() as theirs:
        other = listen(southgate, theirs)
        happen(northgate, "INV-0001")
        happen(southgate, "INV-7001")
        post(endpoint)
        post(other)
        assert (receiver.numbers, theirs.numbers) == (["INV-0001"], ["INV-7001"])


def test_an_endpoint_hears_the_types_it_chose_and_each_endpoint_by_itself(northgate, receiver):
    with receiving() as second:
        paid, every = listen(northgate, receiver, "invoice.paid"), listen(northgate, second)
        happen(northgate, "INV-0001")
        happen(northgate, "INV-0001", "invoice.paid")
        second.answers = [500]
        post(paid)
        post(every)
        assert receiver.types == ["invoice.paid"]
        assert second.types == ["invoice.pushed"]


def test_what_happened_before_there_was_an_endpoint_is_not_sent(northgate, receiver):
    happen(northgate, "INV-0001")
    hand_out(NOW)
    post(listen(northgate, receiver))
    assert receiver.heard == []


def test_both_secrets_sign_for_a_day_and_the_old_one_may_be_ended_at_once(northgate, receiver):
    endpoint, old = add_endpoint(northgate, receiver.url, [], actor="Priya Nair")
    new = new_secret(endpoint, NOW, actor="Priya Nair")

    def signed_by(secret: str) -> bool:
        heard = receiver.heard[-1]
        signatures = heard.headers["webhook-signature"].split()
        stamp = datetime.fromtimestamp(int(heard.headers["webhook-timestamp"]), UTC)
        return Webhook(secret).sign(heard.id, stamp, heard.body.decode()) in signatures

    for number, at, ended, expected in (
        ("INV-0001", NOW, False, (True, True)),
        ("INV-0002", NOW + timedelta(hours=25), False, (False, True)),
        ("INV-0003", NOW, True, (False, True)),
    ):
        if ended:
            end_old_secret(endpoint, actor="Priya Nair")
        happen(northgate, number)
        post(endpoint.id, at)
        assert (signed_by(old), signed_by(new)) == expected


def test_a_test_event_goes_to_one_endpoint_only(northgate, receiver, endpoint):
    with receiving() as second:
        other = listen(northgate, second)
        send_test(of(endpoint), NOW, actor="Priya Nair")
        post(endpoint)
        post(other)
        assert receiver.types == ["endpoint.test"]
        assert second.heard == []


def test_what_waits_goes_to_an_endpoints_new_address(northgate, receiver, endpoint):
    receiver.answers = [500]
    happen(northgate, "INV-0001")
    post(endpoint)
    with receiving() as moved:
        change_endpoint(of(endpoint), moved.url, [], NOW, actor="Priya Nair")
        post(endpoint, minutes(1))
        assert moved.numbers == ["INV-0001"]


def test_a_removed_endpoint_hears_nothing_and_keeps_no_secret(northgate, receiver, endpoint):
    happen(northgate, "INV-0001")
    hand_out(NOW)
    remove_endpoint(of(endpoint), NOW, actor="Priya Nair")
    happen(northgate, "INV-0002")
    post(endpoint)
    assert (receiver.heard, of(endpoint).secret_encrypted) == ([], None)
    assert stands("INV-0001").state == "left"


def test_in_production_nothing_private_is_sent_to_whatever_was_stored(
    northgate, receiver, endpoint
):
    of(endpoint).url = receiver.url.replace("http://", "https://")
    happen(northgate, "INV-0001")
    post(endpoint, trust=Trust())
    assert receiver.heard == []
    assert stands("INV-0001").answer.startswith("Its address is not allowed.")
