"""When a run is done: never promised sooner than the limits and the pause allow."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.forecast import Pace, Waiting, documents_a_second, done_at, said_of

NOW = datetime(2026, 11, 30, 14, 0, tzinfo=UTC)
QUICKBOOKS = Pace(a_minute=450, a_second=8, in_flight=8)
ONE_AT_A_TIME = Pace(a_minute=450, a_second=8, in_flight=1)
MINUTE = timedelta(minutes=1)


def after(minutes: float = 0, seconds: float = 0) -> datetime:
    return NOW + timedelta(minutes=minutes, seconds=seconds)


def measured(lately: int, pushing_for: timedelta = MINUTE) -> Pace:
    return Pace(450, 8, 8, lately, pushing_for)


def test_nothing_waiting_is_done_now():
    assert done_at(Waiting(0), QUICKBOOKS, None, NOW) == NOW


def test_nothing_waiting_is_done_even_where_nothing_may_go():
    assert done_at(Waiting(0), None, None, NOW) == NOW


def test_nobody_can_say_while_nothing_may_go():
    assert done_at(Waiting(12), None, None, NOW) is None


def test_a_run_that_just_began_goes_as_fast_as_the_minutes_limit_allows():
    assert done_at(Waiting(900), QUICKBOOKS, None, NOW) == after(minutes=2)


def test_the_seconds_limit_counts_where_it_is_the_tighter_one():
    assert done_at(Waiting(80), Pace(6000, 8, 50), None, NOW) == after(seconds=10)


def test_one_write_at_a_time_goes_as_fast_as_answers_usually_come():
    assert done_at(Waiting(120), ONE_AT_A_TIME, None, NOW) == after(minutes=1)


def test_the_pace_reached_lately_counts_once_it_is_sure():
    assert done_at(Waiting(120), measured(60), None, NOW) == after(minutes=2)


def test_a_pace_of_half_a_minute_is_of_half_a_minute():
    pace = measured(60, timedelta(seconds=30))
    assert done_at(Waiting(120), pace, None, NOW) == after(minutes=1)


def test_an_hour_of_pushing_is_judged_by_its_last_minute():
    assert documents_a_second(measured(60, timedelta(hours=1))) == 1


@pytest.mark.parametrize("pace", [measured(2), measured(40, timedelta(seconds=4))])
def test_a_pace_of_two_documents_or_of_four_seconds_is_not_believed(pace):
    assert documents_a_second(pace) == documents_a_second(QUICKBOOKS)


def test_a_burst_promises_nothing_above_the_limits():
    assert documents_a_second(measured(5000)) == 7.5


def test_it_is_never_done_before_the_pause_ends():
    assert done_at(Waiting(1), QUICKBOOKS, after(minutes=5), NOW) > after(minutes=5)


def test_a_pause_that_is_over_holds_nothing_back():
    assert done_at(Waiting(900), QUICKBOOKS, after(minutes=-5), NOW) == after(minutes=2)


def test_what_is_due_later_is_done_after_it_is_due():
    tomorrow = NOW + timedelta(days=1)
    assert done_at(Waiting(3, later=1, last_due_at=tomorrow), QUICKBOOKS, None, NOW) > tomorrow


def test_what_is_due_later_takes_its_time_too():
    waiting = Waiting(450, later=450, last_due_at=after(seconds=1))
    assert done_at(waiting, QUICKBOOKS, None, NOW) == after(minutes=2)


@pytest.mark.parametrize(
    ("done", "said"),
    [
        (after(seconds=0), None),
        (after(seconds=59), None),
        (after(seconds=60), after(minutes=1)),
        (after(minutes=1, seconds=1), after(minutes=2)),
        (after(minutes=9, seconds=59), after(minutes=10)),
        (after(minutes=10), after(minutes=10)),
        (after(minutes=11), after(minutes=15)),
        (after(minutes=119), after(minutes=120)),
        (after(minutes=121), after(minutes=135)),
        (after(minutes=600, seconds=1), after(minutes=615)),
    ],
)
def test_the_moment_said_is_rounded_up_the_coarser_the_further(done, said):
    assert said_of(done, NOW) == said


def test_the_moment_said_is_a_whole_minute_whenever_it_is_asked():
    now = NOW + timedelta(seconds=17, microseconds=400)
    said = said_of(now + timedelta(seconds=90), now)
    assert said == after(minutes=2)
