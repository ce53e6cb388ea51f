"""What a failure does to a push."""

from datetime import timedelta

import pytest

from app.domain.backoff import MOST_ATTEMPTS
from app.domain.states import PushState, SyncState
from app.ledgers.errors import (
    CompanyAway,
    Disconnected,
    Gone,
    Misconfigured,
    NameTaken,
    NotAuthorised,
    NumberTaken,
    PermissionDoubted,
    Refused,
    Stale,
    Throttled,
    Unavailable,
    Unsure,
)
from app.usecases.push.verdict import Verdict, verdict


@pytest.mark.parametrize("error", [Refused(), NumberTaken(), NameTaken(), Stale(), Gone()])
def test_a_refusal_waits_for_a_person_and_is_built_anew_afterwards(error):
    expected = Verdict(PushState.FAILED, SyncState.FAILED, None, True, answered=True, renew=True)
    assert verdict(error, attempts=1, chance=0.5) == expected


def test_an_answer_that_never_came_keeps_its_key_and_stays_unconfirmed():
    found = verdict(Unsure(), attempts=1, chance=1.0)
    assert (found.push_state, found.due_after) == (PushState.UNCONFIRMED, timedelta(seconds=4))
    assert not found.answered
    assert not found.renew


def test_a_ledger_that_is_away_is_tried_again_with_the_same_key():
    found = verdict(Unavailable(), attempts=2, chance=1.0)
    assert (found.push_state, found.due_after) == (PushState.RETRYING, timedelta(seconds=8))
    assert found.answered
    assert not found.renew


@pytest.mark.parametrize(
    ("error", "wait", "counts"),
    [(Refused(company_wide=True), 30, False), (CompanyAway(), 10, True)],
)
def test_a_company_that_takes_nothing_is_asked_later_with_a_new_key(error, wait, counts):
    found = verdict(error, attempts=1, chance=0.5)
    assert (found.push_state, found.due_after) == (PushState.RETRYING, timedelta(minutes=wait))
    assert (found.counts, found.answered, found.renew) == (counts, True, True)


@pytest.mark.parametrize(
    "error",
    [Throttled(), NotAuthorised(), Disconnected(), Misconfigured(), PermissionDoubted()],
)
def test_what_concerns_the_company_costs_a_document_no_attempt(error):
    assert not verdict(error, attempts=1, chance=0.5).counts


@pytest.mark.parametrize(("error", "answered"), [(Unavailable(), True), (Unsure(), False)])
def test_a_document_gives_up_after_days_of_trying_and_keeps_its_key(error, answered):
    found = verdict(error, attempts=MOST_ATTEMPTS, chance=0.5)
    assert found == Verdict(PushState.DEAD, SyncState.DEAD, None, True, answered, renew=False)
