"""Tell a person's hold from what waits for review because billing or the connection says so."""

from __future__ import annotations

from sqlalchemy import select

from app.domain.states import PushState, SyncState
from app.extensions import db
from app.models import AuditEntry, Push, SalesDocument

# What the audit trail calls a person's hold.
HOLD = "invoice.hold"
_DECISIONS = (
    HOLD,
    "invoice.push_now",
    "invoice.push_first",
    "invoice.retry",
    "invoice.never_push",
    "invoice.allow_push",
)


def stays_held(push: Push | None, document: SalesDocument) -> bool:
    """Tell whether an intention that is held waits on for a person, whatever billing says now.

    A newer revision is judged anew where only review held the one before it.
    """
    if push is None or push.state != PushState.HELD:
        return False
    newer = document.revision > push.revision and push.undoes_id is None
    return not newer or held_by_a_person(document)


def held_by_a_person(document: SalesDocument) -> bool:
    """Tell whether the last word about a document is a person's who holds it.

    It outlasts the intention it was said of: a disconnect ends that one.
    """
    last = db.session.scalar(
        select(AuditEntry.action)
        .where(
            AuditEntry.workspace_id == document.workspace_id,
            AuditEntry.subject == f"{document.kind}:{document.id}",
            AuditEntry.action.in_(_DECISIONS),
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    return last == HOLD


def waited_for_a_person(document: SalesDocument) -> bool:
    """Tell whether a person held it under an intention that is over; one new here nobody held.

    What a disconnect unlinked is looked for all the same.
    """
    looked_for = document.sync_state == SyncState.UNLINKED or document.linked_before is not None
    is_new = document.sync_state == SyncState.WAITING
    return not (looked_for or is_new) and held_by_a_person(document)
