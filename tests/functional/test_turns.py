"""A company's turn with a worker: its pace, its lanes, and giving way to others."""

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import queue
from app.domain.states import Lane, PushState
from app.extensions import db, redis_client
from app.governor import GovernorState
from app.ledgers.errors import Throttled
from app.models import Connection, Push, PushRun
from app.usecases.company.line import limits_of, line_of
from app.usecases.company.open_ledger import governor, with_ledger
from app.usecases.manage_connection import pause, save_settings
from app.usecases.push import claim as claims
from app.usecases.push import send
from app.usecases.push.actions import never_push
from app.usecases.push.drain import drain
from app.usecases.push.run import close_quiet_runs
from app.usecases.sweep import wake_due_pushes
from simulator.client import NORTHGATE
from tests.connected import Connected, connect, now, numbers, rest

pytestmark = [pytest.mark.usefixtures("app_context"), pytest.mark.paced]


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    made.bill("INV-0001")
    made.drain()  # Oak & Ash Ltd is known from here on
    simulator.reset_counters()
    return made


def set_pace(northgate: Connected, **changes: Any) -> None:
    save_settings(northgate.connection_id, "Priya Nair", None, now(), **changes)


def allowance(northgate: Connected) -> GovernorState:
    line = line_of(northgate.connection_id)
    return governor().state(line.company, line.limits)


# ------------------------------------------------------------------ pace


def test_one_write_at_a_time_is_in_flight_unless_people_say_otherwise(northgate):
    northgate.simulator.switch(latency_ms=60)
    for number in numbers(12, first=2):
        northgate.bill(number)
    northgate.drain()
    assert set(northgate.states().values()) == {"pushed"}
    assert northgate.simulator.counters(NORTHGATE)["max_writes_in_flight"] == 1


def test_as_many_writes_are_in_flight_as_people_chose_and_the_limits_hold(northgate):
    set_pace(northgate, in_flight=4)
    northgate.simulator.switch(latency_ms=700)
    for number in numbers(24, first=2):
        northgate.bill(number)
    northgate.drain()
    seen = northgate.simulator.counters(NORTHGATE)
    assert set(northgate.states().values()) == {"pushed"}
    assert northgate.books() == dict.fromkeys(numbers(25), Decimal("540.00"))
    assert seen["max_writes_in_flight"] == 4
    assert seen["max_per_second"] <= 10


def test_writes_that_were_kept_busy_after_being_let_in_do_not_leave_in_a_bunch(
    northgate, monkeypatch
):
    set_pace(northgate, in_flight=4)
    mark, gate, late = send._mark_sent, threading.Barrier(4), iter(range(4))

    def mark_slowly(*given: Any) -> bool:
        if next(late, None) is not None:
            gate.wait(10)  # the first four are ready to leave at the same moment
        return mark(*given)

    monkeypatch.setattr(send, "_mark_sent", mark_slowly)
    for number in numbers(16, first=2):
        northgate.bill(number)
    northgate.drain()
    assert set(northgate.states().values()) == {"pushed"}
    assert northgate.simulator.counters(NORTHGATE)["max_per_second"] <= 10


def test_more_at_a_time_than_the_ledger_allows_is_no_more_than_it_allows(northgate):
    connection = db.session.get_one(Connection, northgate.connection_id)
    connection.in_flight, connection.calls_per_minute = 500, 10_000  # as an older release allowed
    limits = limits_of(connection)
    assert (limits.in_flight, limits.per_minute) == (9, 500)  # eight writes and a read of 10


def test_a_slow_company_is_called_no_more_often_than_its_people_chose(northgate):
    set_pace(northgate, calls_per_minute=12)
    rest()
    for number in numbers(6, first=2):
        northgate.bill(number)
    northgate.drain()
    northgate.drain()
    assert northgate.simulator.counters(NORTHGATE)["requests"] == 1
    assert sorted(northgate.states().values()) == ["pushed"] * 2 + ["waiting"] * 5


# ------------------------------------------------------------------ giving way


def test_a_turn_ends_when_another_company_wants_the_worker_and_nothing_loses_its_place(northgate):
    for number in numbers(40, first=2):
        northgate.bill(number)
    due = dict(db.session.execute(select(Push.id, Push.due_at)).all())
    db.session.commit()

    done = drain(northgate.connection_id, others=lambda: True)

    assert 0 < done < 40
    left = db.session.scalars(select(Push).where(Push.state == PushState.WAITING)).all()
    assert len(left) == 40 - done
    assert {push.id: push.due_at for push in left}.items() <= due.items()
    assert all(push.body is None and push.claimed_by is None for push in left)
    assert northgate.books() == dict.fromkeys(numbers(1 + done), Decimal("540.00"))
    assert queue.somebody_waits(besides=0)  # it comes again, after the others


def test_pressing_pause_ends_a_turn_under_way(app, northgate, wait_until):
    for number in numbers(60, first=2):
        northgate.bill(number)
    worker = threading.Thread(target=in_context, args=(app, northgate.drain))
    worker.start()
    wait_until(lambda: len(northgate.books()) > 3)
    pause(northgate.connection_id, "Priya Nair", None, now())
    worker.join(10)
    assert len(northgate.books()) < 30
    assert set(northgate.states().values()) == {"pushed", "waiting"}


def in_context(app: Flask, deed: Callable[[], object]) -> None:
    with app.app_context():
        deed()


def test_only_jobs_of_other_companies_end_a_turn(northgate):
    redis_client().flushdb()
    queue.wake(northgate.connection_id)
    assert not queue.somebody_waits(besides=northgate.connection_id)
    queue.wake(northgate.connection_id + 1, "pull")
    assert queue.somebody_waits(besides=northgate.connection_id)


def test_what_a_person_pushes_now_overtakes_the_backlog(
    app: Flask, northgate: Connected, wait_until: Callable[..., Any]
) -> None:
    for number in numbers(60, first=2):
        northgate.bill(number)

    worker = threading.Thread(target=in_context, args=(app, northgate.drain))
    worker.start()
    wait_until(lambda: len(northgate.books()) > 3)
    last = northgate.push_of("INV-0061")
    db.session.execute(
        update(Push).where(Push.id == last.id).values(lane=Lane.EXPRESS, due_at=now())
    )
    db.session.commit()
    wait_until(lambda: "INV-0061" in northgate.books())
    waiting = 61 - len(northgate.books())
    worker.join(30)
    northgate.drain()  # on a busy machine one turn does not reach the end
    assert waiting > 30
    assert len(northgate.books()) == 61


def test_customers_go_before_what_a_person_waits_for_and_that_before_the_rest(northgate):
    for number in numbers(3, first=2):
        northgate.bill(number)
    ids = [northgate.push_of(number).id for number in numbers(3, first=2)]
    db.session.execute(update(Push).where(Push.id == ids[2]).values(lane=Lane.EXPRESS))
    db.session.commit()
    claimed = claims.claim(northgate.connection_id, "test", now(), 10)
    assert claimed == [ids[2], ids[0], ids[1]]


# ------------------------------------------------------------------ pauses


def test_a_pause_the_ledger_asked_for_outlives_an_emptied_redis(northgate):
    northgate.simulator.inject("throttled", entity="Invoice", operation="create", retry_after=30)
    northgate.bill("INV-0002")
    northgate.bill("INV-0003")
    northgate.drain()
    rest()  # Redis knows of no pause any more

    before = northgate.simulator.counters(NORTHGATE)["requests"]
    northgate.drain()
    with pytest.raises(Throttled) as put_off:
        with_ledger(northgate.connection_id, now(), lambda ledger: ledger.company())
    assert northgate.simulator.counters(NORTHGATE)["requests"] == before
    assert 0 < (put_off.value.retry_after or 0) <= 30
    assert wake_due_pushes(now()) == 0

    later = now() + timedelta(seconds=31)
    assert wake_due_pushes(later) == 1
    assert drain(northgate.connection_id, clock=lambda: later, others=lambda: False) == 2


def test_a_pause_lasts_a_minute_where_the_ledger_names_no_time(northgate):
    northgate.simulator.inject("throttled", entity="Invoice", operation="create")
    northgate.bill("INV-0002")
    northgate.drain()
    until = db.session.scalars(select(Connection.quiet_until)).one()
    assert until is not None
    assert timedelta(seconds=55) < until - now() <= timedelta(seconds=60)


def test_a_ledger_that_never_answers_is_left_alone_for_a_while(northgate):
    northgate.simulator.inject("unavailable", entity="Invoice", times=None)
    for number in numbers(20, first=2):
        northgate.bill(number)
    northgate.drain()
    northgate.drain()
    assert northgate.simulator.counters(NORTHGATE)["requests"] == 5
    assert sorted(northgate.states().values()).count("waiting") == 15
    state = allowance(northgate)
    assert state.paused_until is not None
    assert "does not answer" in (state.pause_reason or "")


def test_a_company_that_takes_nothing_at_all_is_asked_once_in_half_an_hour(northgate):
    northgate.simulator.set_company(NORTHGATE, SubscriptionStatus="EXPIRED")
    for number in numbers(5, first=2):
        northgate.bill(number)
    northgate.drain()
    assert northgate.simulator.counters(NORTHGATE)["requests"] == 1
    assert wake_due_pushes(now() + timedelta(minutes=29)) == 0
    assert wake_due_pushes(now() + timedelta(minutes=31)) == 1


# ------------------------------------------------------------------ claims and runs


def test_an_opt_out_between_looking_and_locking_is_heeded(northgate, monkeypatch, app):
    invoice_id = northgate.bill("INV-0002")
    locked = claims._locked

    def opted_out_meanwhile(*given: Any) -> Any:
        other = threading.Thread(target=opt_out, args=(app, invoice_id))
        other.start()
        other.join()
        return locked(*given)

    monkeypatch.setattr(claims, "_locked", opted_out_meanwhile)
    northgate.drain()
    assert northgate.states()["INV-0002"] == "not_sent"
    assert "INV-0002" not in northgate.books()


def opt_out(app: Flask, invoice_id: int) -> None:
    with app.app_context():
        never_push([invoice_id], "Priya Nair", None, now())


def runs() -> list[PushRun]:
    rows = db.session.scalars(
        select(PushRun).order_by(PushRun.id).execution_options(populate_existing=True)
    )
    return list(rows)


def test_a_run_lasts_until_nothing_was_pushed_for_a_minute(northgate):
    northgate.bill("INV-0002")
    northgate.drain()
    assert len({push.run_id for push in northgate.pushes()}) == 1
    assert close_quiet_runs(now() + timedelta(seconds=50)) == 0
    assert close_quiet_runs(now() + timedelta(seconds=70)) == 1
    northgate.bill("INV-0003")
    northgate.drain()
    first, second = runs()
    assert first.finished_at is not None
    assert second.finished_at is None
    assert northgate.push_of("INV-0003").run_id == second.id


def test_a_run_is_not_over_while_one_of_its_documents_is_still_to_come(northgate):
    northgate.simulator.inject("reset", entity="Invoice", operation="create", times=1)
    northgate.bill("INV-0002")
    northgate.drain()
    assert close_quiet_runs(now() + timedelta(minutes=30)) == 0
