"""Walk the boundary of every limit with the clock in the hand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from math import ceil

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.governor import Admitted, Governor, GovernorUnavailable, InFlight, Wait
from app.ledgers.interface import Limits

pytestmark = pytest.mark.paced

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LIMITS = Limits(per_minute=500, per_second=10, in_flight=8, pause_floor=timedelta(seconds=60))
ROOMY = Limits(per_minute=6000, per_second=1000, in_flight=2, pause_floor=timedelta(seconds=60))


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_company_that_rested_may_call_at_once(governor: Governor, company: str) -> None:
    assert governor.enter(company, "drain 1", LIMITS, NOW) == Admitted("drain 1")


def test_asking_takes_neither_a_place_nor_a_call(governor: Governor, company: str) -> None:
    before = governor.state(company, LIMITS, NOW)
    assert governor.ask(company, "drain 1", LIMITS, NOW) == Admitted("drain 1")
    assert governor.state(company, LIMITS, NOW) == before


def test_a_redis_that_was_emptied_lets_no_burst_through(
    governor: Governor, governor_redis: redis.Redis, company: str
) -> None:
    before = calls_admitted(governor, company, LIMITS, seconds=2)
    governor_redis.delete(f"governor:{{{company}}}:buckets")
    after = [2 + at for at in calls_admitted(governor, company, LIMITS, seconds=2, start=2)]
    assert busiest(before + after, window=1.0) <= LIMITS.per_second
    assert after[0] > 2


def test_the_last_place_is_given_and_the_next_holder_waits(
    governor: Governor, company: str
) -> None:
    governor.enter(company, "drain 1", ROOMY, NOW)
    governor.enter(company, "drain 2", ROOMY, NOW)
    answer = governor.enter(company, "drain 3", ROOMY, NOW)
    assert isinstance(answer, Wait)
    assert (answer.kind, answer.seconds) == ("busy", 2.0)


def test_a_place_given_back_is_free_for_the_next(governor: Governor, company: str) -> None:
    governor.enter(company, "drain 1", ROOMY, NOW)
    governor.enter(company, "drain 2", ROOMY, NOW)
    governor.leave(company, "drain 1")
    assert governor.enter(company, "drain 3", ROOMY, NOW) == Admitted("drain 3")


def test_nobody_gives_back_the_place_of_another(governor: Governor, company: str) -> None:
    governor.enter(company, "drain 1", ROOMY, NOW)
    governor.enter(company, "drain 2", ROOMY, NOW)
    governor.leave(company, "drain 9")
    assert isinstance(governor.enter(company, "drain 3", ROOMY, NOW), Wait)


def test_a_holder_comes_again_even_when_every_place_is_taken(
    governor: Governor, company: str
) -> None:
    governor.enter(company, "drain 1", ROOMY, NOW)
    governor.enter(company, "drain 2", ROOMY, NOW)
    assert governor.enter(company, "drain 1", ROOMY, later(1)) == Admitted("drain 1")


def test_the_place_of_a_dead_worker_is_free_after_its_hold(
    governor_redis: redis.Redis, company: str
) -> None:
    governor = Governor(governor_redis, hold=30)
    governor.enter(company, "killed", ROOMY, NOW)
    governor.enter(company, "alive", ROOMY, NOW)
    assert isinstance(governor.enter(company, "next", ROOMY, later(29.9)), Wait)
    governor.enter(company, "alive", ROOMY, later(20))
    assert governor.enter(company, "next", ROOMY, later(30.1)) == Admitted("next")
    assert isinstance(governor.enter(company, "third", ROOMY, later(30.2)), Wait)


def test_no_second_ever_sees_more_calls_than_the_limit(governor: Governor, company: str) -> None:
    admitted = calls_admitted(governor, company, LIMITS, seconds=5)
    assert busiest(admitted, window=1.0) <= LIMITS.per_second
    assert len(admitted) >= 5 * 7  # and the allowance is not wasted


def test_no_minute_ever_sees_more_calls_than_the_limit(governor: Governor, company: str) -> None:
    tight = Limits(per_minute=60, per_second=1000, in_flight=2, pause_floor=timedelta(seconds=60))
    admitted = calls_admitted(governor, company, tight, seconds=180)
    assert busiest(admitted, window=60.0) <= tight.per_minute
    assert len(admitted) >= 2.5 * 54


def test_the_wait_it_names_is_just_enough(governor: Governor, company: str) -> None:
    while isinstance(answer := governor.enter(company, "drain 1", LIMITS, NOW), Admitted):
        pass
    assert answer.kind == "rate"
    too_soon = governor.enter(company, "drain 1", LIMITS, later(answer.seconds - 0.01))
    assert isinstance(too_soon, Wait)
    assert isinstance(governor.enter(company, "drain 1", LIMITS, later(answer.seconds)), Admitted)


def test_a_wait_takes_neither_a_place_nor_a_call(governor: Governor, company: str) -> None:
    while isinstance(governor.enter(company, "drain 1", LIMITS, NOW), Admitted):
        pass
    governor.enter(company, "drain 2", LIMITS, NOW)
    state = governor.state(company, LIMITS, NOW)
    assert [place.holder for place in state.in_flight] == ["drain 1"]


def test_a_pause_stops_every_holder_until_it_ends(governor: Governor, company: str) -> None:
    governor.enter(company, "drain 1", LIMITS, NOW)
    governor.pause(company, 60, "QuickBooks asked us to wait.", NOW)
    answer = governor.enter(company, "drain 1", LIMITS, later(20))
    assert answer == Wait(40.0, "QuickBooks asked us to wait.", "paused")
    assert isinstance(governor.enter(company, "drain 1", LIMITS, later(60)), Admitted)


def test_a_shorter_pause_does_not_end_a_longer_one(governor: Governor, company: str) -> None:
    governor.pause(company, 600, "Month's allowance is used up.", NOW)
    assert governor.pause(company, 1, "Too fast.", NOW) == 600
    answer = governor.enter(company, "drain 1", LIMITS, later(2))
    assert answer == Wait(598.0, "Month's allowance is used up.", "paused")


def test_another_company_is_not_held_back(governor: Governor, company: str) -> None:
    governor.enter(f"{company}0", "drain 1", LIMITS, NOW)
    governor.pause(company, 60, "QuickBooks asked us to wait.", NOW)
    assert isinstance(governor.enter(f"{company}0", "drain 1", LIMITS, later(1)), Admitted)


def test_calls_beyond_the_one_admitted_are_taken_from_the_allowance(
    governor: Governor, company: str
) -> None:
    governor.enter(company, "read", LIMITS, NOW)
    before = governor.state(company, LIMITS, NOW).calls_left
    governor.record(company, metered=True, holder="read", now=NOW)
    assert governor.state(company, LIMITS, NOW).calls_left == before
    for _ in range(4):
        governor.record(company, metered=True, holder="read", now=NOW)
    assert governor.state(company, LIMITS, NOW).calls_left == before - 4
    assert isinstance(governor.enter(company, "read", LIMITS, NOW), Wait)


def test_the_state_tells_who_calls_since_when(governor: Governor, company: str) -> None:
    governor.enter(company, "drain 1", LIMITS, NOW)
    governor.enter(company, "drain 1", LIMITS, later(3))
    state = governor.state(company, LIMITS, later(3))
    assert state.in_flight == (InFlight("drain 1", NOW),)
    assert state.paused_until is None


def test_the_state_tells_the_pause_and_its_reason(governor: Governor, company: str) -> None:
    governor.pause(company, 60, "QuickBooks asked us to wait.", NOW)
    state = governor.state(company, LIMITS, later(1))
    assert (state.paused_until, state.pause_reason) == (later(60), "QuickBooks asked us to wait.")
    assert governor.state(company, LIMITS, later(61)).paused_until is None


def test_metered_and_free_calls_are_counted_by_month(governor: Governor, company: str) -> None:
    end_of_november = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
    governor.record(company, metered=True, now=end_of_november)
    governor.record(company, metered=False, now=end_of_november)
    governor.record(company, metered=True, now=end_of_november + timedelta(seconds=1))
    november = governor.state(company, LIMITS, end_of_november)
    december = governor.state(company, LIMITS, end_of_november + timedelta(seconds=1))
    assert (november.metered_this_month, november.free_this_month) == (1, 1)
    assert (december.metered_this_month, december.free_this_month) == (1, 0)
    assert december.last_minute == 3


@pytest.mark.parametrize(
    "day", ["1999-12-31", "2000-02-29", "2024-02-29", "2026-01-01", "2028-03-01"]
)
def test_the_month_of_any_day_is_the_calendars(governor: Governor, company: str, day: str) -> None:
    moment = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    governor.record(company, metered=True, now=moment)
    assert governor.state(company, LIMITS, moment).metered_this_month == 1


def test_a_minute_later_the_calls_are_no_longer_recent(governor: Governor, company: str) -> None:
    governor.record(company, metered=False, now=NOW)
    assert governor.state(company, LIMITS, later(59.9)).last_minute == 1
    assert governor.state(company, LIMITS, later(60.1)).last_minute == 0


def test_many_workers_at_once_get_no_more_places_than_there_are(
    governor_redis: redis.Redis, company: str
) -> None:
    def enter(number: int) -> Admitted | Wait:
        return Governor(governor_redis).enter(company, f"worker {number}", ROOMY)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(enter, range(64)))
    assert sum(isinstance(answer, Admitted) for answer in answers) == ROOMY.in_flight


def test_without_redis_nobody_may_call_and_nothing_else_breaks() -> None:
    nowhere = Governor(redis.Redis(port=1, retry=Retry(NoBackoff(), 0)))
    with pytest.raises(GovernorUnavailable):
        nowhere.enter("quickbooks:sandbox:1", "drain 1", LIMITS)
    with pytest.raises(GovernorUnavailable):
        nowhere.state("quickbooks:sandbox:1", LIMITS)
    nowhere.record("quickbooks:sandbox:1", metered=True)
    nowhere.leave("quickbooks:sandbox:1", "drain 1")
    assert nowhere.pause("quickbooks:sandbox:1", 60, "QuickBooks asked us to wait.") is None


def calls_admitted(
    governor: Governor, company: str, limits: Limits, seconds: float, start: float = 0
) -> list[float]:
    """Ask again exactly when told to; return the seconds at which a call was admitted."""
    at, admitted = 0.0, []
    while at < seconds:
        answer = governor.enter(company, "drain 1", limits, later(start + at))
        if isinstance(answer, Admitted):
            admitted.append(at)
        else:
            at = ceil((at + answer.seconds) * 1e6) / 1e6
    return admitted


def busiest(moments: list[float], window: float) -> int:
    """Return the most calls that any window of this length saw."""
    return max(sum(start <= at < start + window for at in moments) for start in moments)
