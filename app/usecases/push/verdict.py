"""What a failure does to a push: the one table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from app.domain.backoff import MOST_ATTEMPTS, delay_after
from app.domain.states import PushState, SyncState
from app.ledgers.errors import (
    LedgerError,
    Misconfigured,
    PermissionDoubted,
    Reconnect,
    Refused,
    Throttled,
    TryAgain,
    Unsure,
)

# Our own credentials are wrong: no document is at fault, an operator must act.
MISCONFIGURED_WAIT = timedelta(minutes=5)
# The company takes nothing at all (its subscription ended, say): no document is at fault either.
COMPANY_WIDE_WAIT = timedelta(minutes=30)
# A permission in doubt is tried again after this; see tokens.py.
DOUBT_WAIT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of the push.

    due_after: None when only a person brings it back. counts: an attempt was used up. answered: the
    ledger surely did not book this request. renew: the next try needs a new body and key.
    """

    push_state: PushState
    sync_state: SyncState
    due_after: timedelta | None
    counts: bool
    answered: bool
    renew: bool


def verdict(error: LedgerError, attempts: int, chance: float) -> Verdict:
    """Decide what a failure does.

    attempts: so far, this one included. chance: from 0 to 1, for the jitter.
    """
    if isinstance(error, Misconfigured):
        return _again(SyncState.RETRYING, MISCONFIGURED_WAIT, counts=False)
    if isinstance(error, Refused) and error.company_wide:
        return _again(SyncState.RETRYING, COMPANY_WIDE_WAIT, counts=False)
    if isinstance(error, PermissionDoubted):
        return _again(SyncState.RETRYING, DOUBT_WAIT, counts=False)
    if isinstance(error, Throttled | Reconnect):
        return _again(SyncState.WAITING, timedelta(0), counts=False)
    if isinstance(error, TryAgain):
        return _try_again(error, attempts, chance)
    return Verdict(PushState.FAILED, SyncState.FAILED, None, True, answered=True, renew=True)


def _try_again(error: TryAgain, attempts: int, chance: float) -> Verdict:
    unknown = isinstance(error, Unsure)
    if attempts >= MOST_ATTEMPTS:
        return Verdict(PushState.DEAD, SyncState.DEAD, None, True, not unknown, renew=False)
    state = SyncState.UNCONFIRMED if unknown else SyncState.RETRYING
    return _again(state, delay_after(attempts, chance), counts=True, answered=not unknown)


def _again(state: SyncState, after: timedelta, *, counts: bool, answered: bool = True) -> Verdict:
    return Verdict(PushState(state), state, after, counts, answered, renew=False)
