"""What a failure does to a push: the one table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from app.domain.backoff import MOST_ATTEMPTS, delay_after
from app.domain.states import PushState, SyncState
from app.ledgers.errors import (
    CompanyAway,
    Faltered,
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
# The ledger locked the company or mends it: minutes to hours. An attempt is used up, so that the
# one document tried each time tells people after days; the others wait behind it.
COMPANY_AWAY_WAIT = timedelta(minutes=10)
# A permission in doubt is tried again after this; see tokens.py.
DOUBT_WAIT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of the push.

    due_after: None when only a person brings it back. counts: an attempt was used up. answered: the
    ledger surely did not book this request. renew: the next try needs a new body and key; a ledger
    may repeat its no for as long as it sees the old one.
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
        return _again(SyncState.RETRYING, COMPANY_WIDE_WAIT, counts=False, renew=True)
    if isinstance(error, PermissionDoubted):
        return _again(SyncState.RETRYING, DOUBT_WAIT, counts=False)
    if isinstance(error, Throttled | Reconnect):
        return _again(SyncState.WAITING, timedelta(0), counts=False)
    if isinstance(error, TryAgain):
        return _try_again(error, attempts, chance)
    return Verdict(PushState.FAILED, SyncState.FAILED, None, True, answered=True, renew=True)


def once_more_only(error: LedgerError, code_before: str | None) -> LedgerError:
    """Return a refusal where the ledger says for the second time that it came to nothing."""
    if not isinstance(error, Faltered) or error.code != code_before:
        return error
    return Refused(error.message, code=error.code, request_id=error.request_id, status=error.status)


def _try_again(error: TryAgain, attempts: int, chance: float) -> Verdict:
    unknown, away = isinstance(error, Unsure), isinstance(error, CompanyAway)
    if attempts >= MOST_ATTEMPTS:
        return Verdict(PushState.DEAD, SyncState.DEAD, None, True, not unknown, renew=away)
    state = SyncState.UNCONFIRMED if unknown else SyncState.RETRYING
    wait = COMPANY_AWAY_WAIT if away else delay_after(attempts, chance)
    return _again(state, wait, counts=True, answered=not unknown, renew=away)


def _again(
    state: SyncState,
    after: timedelta,
    *,
    counts: bool,
    answered: bool = True,
    renew: bool = False,
) -> Verdict:
    return Verdict(PushState(state), state, after, counts, answered, renew)
