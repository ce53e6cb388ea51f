"""An endpoint that fails: it rests, people hear of it once, nothing is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.domain.redelivery import KEPT_TRYING
from app.extensions import db
from app.models import Mail, OutboundDelivery, OutboundEvent
from app.usecases.accounts import AccountRefused
from app.usecases.company.exclusive import exclusively
from app.usecases.events import deliver
from app.usecases.events.endpoint_health import give_up_what_waits_for_nobody, warn_of_silence
from app.usecases.events.event_endpoints import change_endpoint, remove_endpoint, switch
from app.usecases.events.hand_out import hand_out
from app.usecases.events.send_again import KEPT, forget_old_deliveries
from tests.posting import (
    NOW,
    a_told_workspace,
    happen,
    listen,
    minutes,
    of,
    open_alarms,
    post,
    stands,
)
from tests.receiver import Receiver, receiving

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def northgate(app_context: Any) -> int:
    return a_told_workspace()


@pytest.fixture
def endpoint(northgate: int, receiver: Receiver) -> int:
    return listen(northgate, receiver)


def test_an_endpoint_that_is_gone_is_switched_off_and_what_happens_waits(
    northgate, receiver, endpoint
):
    receiver.answers = [410]
    happen(northgate, "INV-0001")
    happen(northgate, "INV-0002")
    post(endpoint)
    assert (receiver.numbers, open_alarms()) == (["INV-0001"], ["events.off"])
    switch(of(endpoint), NOW, on=True, actor="Priya Nair")
    post(endpoint, NOW + timedelta(seconds=1))
    assert receiver.numbers == ["INV-0001", "INV-0001", "INV-0002"]
    assert open_alarms() == []


def test_an_endpoint_that_fails_has_a_rest_and_then_hears_everything_at_once(
    northgate, receiver, endpoint
):
    receiver.answers = [500] * 4
    for number in range(1, 6):
        happen(northgate, f"INV-000{number}")
    post(endpoint)
    assert receiver.numbers == ["INV-0001", "INV-0002", "INV-0003"]
    assert post(endpoint, NOW + timedelta(seconds=10)) == 0
    post(endpoint, minutes(1))
    assert receiver.numbers[3:] == ["INV-0001"]  # its next try would be minutes later
    post(endpoint, minutes(3))
    assert receiver.numbers[4:] == [f"INV-000{n}" for n in (2, 1, 3, 4, 5)]


def test_it_is_left_alone_as_long_as_it_asks(northgate, receiver, endpoint):
    def busy(request: Any) -> None:
        request.send_response(503)
        request.send_header("Retry-After", "120")
        request.send_header("Content-Length", "0")
        request.end_headers()

    receiver.answers = [busy]
    happen(northgate, "INV-0001")
    happen(northgate, "INV-0002")
    post(endpoint)
    assert post(endpoint, minutes(1.9)) == 0
    assert post(endpoint, minutes(2.1)) == 2


def test_after_three_days_an_event_is_given_up_said_once_and_the_next_goes(
    northgate, receiver, endpoint
):
    receiver.refuses["INV-0001"] = 422
    happen(northgate, "INV-0001")
    post(endpoint)
    post(endpoint, NOW + KEPT_TRYING - timedelta(seconds=1))
    assert stands("INV-0001").due_at == NOW + KEPT_TRYING
    post(endpoint, NOW + KEPT_TRYING)
    assert (stands("INV-0001").state, open_alarms()) == ("given_up", ["events.given_up"])
    happen(northgate, "INV-0001", "invoice.paid")
    receiver.refuses.clear()
    post(endpoint, NOW + KEPT_TRYING + timedelta(minutes=1))
    assert receiver.types[-1] == "invoice.paid"
    [mail] = db.session.scalars(select(Mail)).all()
    assert "127.0.0.1" in mail.body_text
    assert "s3cret" not in mail.body_text


def test_people_hear_once_of_an_hours_silence_and_the_alarm_ends_by_itself(
    northgate, receiver, endpoint
):
    receiver.answers = [500] * 20
    happen(northgate, "INV-0001")
    post(endpoint)
    warn_of_silence(minutes(59))
    assert open_alarms() == []
    for _ in range(2):
        warn_of_silence(minutes(61))
    assert open_alarms() == ["events.undelivered"]
    [mail] = db.session.scalars(select(Mail)).all()
    assert mail.subject == "Events do not reach billing: 1 event waiting"
    receiver.answers.clear()
    post(endpoint, minutes(62))
    assert open_alarms() == []


def test_what_an_endpoint_that_is_off_did_not_take_in_three_days_is_given_up(
    northgate, receiver, endpoint
):
    switch(of(endpoint), NOW, on=False, actor="Priya Nair")
    happen(northgate, "INV-0001")
    assert post(endpoint) == 0
    assert give_up_what_waits_for_nobody(NOW + KEPT_TRYING - timedelta(minutes=1)) == 0
    assert give_up_what_waits_for_nobody(NOW + KEPT_TRYING) == 1


def test_all_endpoints_that_fail_occupy_one_worker_at_most(northgate, receiver, endpoint):
    receiver.answers = [500, 500, 500]
    for number in range(1, 5):
        happen(northgate, f"INV-000{number}")
    post(endpoint)
    with exclusively("deliver_failing", 0):
        assert post(endpoint, minutes(1)) == 0
    assert post(endpoint, minutes(1)) == 4


def test_one_that_takes_events_slowly_counts_among_them_until_it_is_quick_again(
    northgate, receiver, endpoint, monkeypatch
):
    happen(northgate, "INV-0001")
    with monkeypatch.context() as slowly:
        slowly.setattr(deliver, "_SLOW", 0.0)
        assert post(endpoint) == 1
    happen(northgate, "INV-0002")
    with exclusively("deliver_failing", 0):
        assert post(endpoint) == 0
    assert post(endpoint) == 1
    happen(northgate, "INV-0003")
    with exclusively("deliver_failing", 0):
        assert post(endpoint) == 1


def test_old_deliveries_are_forgotten_and_their_events_stay(northgate, receiver, endpoint):
    for number in ("INV-0001", "INV-0002"):
        happen(northgate, number)
        post(endpoint)
    old = update(OutboundDelivery).where(OutboundDelivery.subject == "invoice:INV-0001")
    db.session.execute(old.values(created_at=NOW - KEPT - timedelta(days=1)))
    assert [forget_old_deliveries(NOW), forget_old_deliveries(NOW)] == [1, 0]
    assert (stands("INV-0001"), stands("INV-0002").state) == (None, "delivered")
    assert db.session.scalar(select(func.count()).select_from(OutboundEvent)) == 2


@pytest.mark.parametrize("at", [NOW, NOW + KEPT_TRYING])
def test_of_an_endpoint_removed_in_mid_delivery_no_alarm_is_left(
    northgate, receiver, endpoint, app, at
):
    def answered_late(request: Any) -> None:
        with app.app_context():  # the person's request, while the worker waits for the answer
            remove_endpoint(of(endpoint), at, actor="Priya Nair")
        request.send_response(410)
        request.send_header("Content-Length", "0")
        request.end_headers()

    receiver.answers = [answered_late]
    happen(northgate, "INV-0001")
    hand_out(NOW)
    post(endpoint, at)
    assert (stands("INV-0001").state, open_alarms()) == ("left", [])


def test_a_corrected_address_hears_at_once_what_waited_and_its_alarm_ends(
    northgate, receiver, endpoint
):
    receiver.answers = [500] * 20
    happen(northgate, "INV-0001")
    for at in (0, 1, 7):
        post(endpoint, minutes(at))
    warn_of_silence(minutes(61))
    assert open_alarms() == ["events.undelivered"]
    with receiving() as corrected:
        another = listen(northgate, corrected)
        with pytest.raises(AccountRefused, match="there already"):
            change_endpoint(of(endpoint), corrected.url, [], minutes(8), actor="Priya Nair")
        remove_endpoint(of(another), NOW, actor="Priya Nair")
        change_endpoint(of(endpoint), corrected.url, [], minutes(8), actor="Priya Nair")
        post(endpoint, minutes(8))
        assert corrected.numbers == ["INV-0001"]
    assert open_alarms() == []
