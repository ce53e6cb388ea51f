"""Say in which states a document's page offers what a person may press."""

from __future__ import annotations

from app.domain.states import SyncState

# Where trying again is offered, where holding is, where opting out is.
AGAIN = {SyncState.FAILED, SyncState.DEAD, SyncState.BLOCKED, SyncState.UNCONFIRMED}
AGAIN |= {SyncState.RETRYING, SyncState.UNLINKED}
HOLDABLE = {SyncState.WAITING, SyncState.BLOCKED, SyncState.RETRYING, SyncState.FAILED}
HOLDABLE |= {SyncState.DEAD}
OPT_OUT = HOLDABLE | {SyncState.HELD}
