"""Keep documents dated before a company's start date in billing, with the reason on each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from app.domain.going_live import is_early, stays_in_billing
from app.domain.states import NUMBERED, PushState, SyncState
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import AuditEntry, Connection, Push, SalesDocument
from app.usecases.company.exclusive import in_passing
from app.usecases.push.noted import note_without_call
from app.usecases.push.stay_on import stays_as_it_was
from app.usecases.push.who_holds import held_by_a_person

# What a person did to a document who wants it in the books whatever its date.
_WANTED = ("invoice.allow_push", "invoice.push_another")


def too_early(document: SalesDocument, connection: Connection, push: Push | None) -> bool:
    """Tell whether a document that no ledger holds stays out because of its date.

    One that a company may hold since before a disconnect is looked for, whatever its date, and one
    that a person holds waits on for a person. push: the open one.
    """
    return (
        document.kind in NUMBERED
        and is_early(document.issue_date, connection.starts_on)
        and not _perhaps_there(document, push)
        and not (push is not None and _held(push, document))
        and not _wanted_by_a_person(document)
    )


def comes_too_early(document: SalesDocument, connection: Connection, push: Push | None) -> bool:
    """Tell the same by the date as it is now, and let nobody move that until our transaction ends.

    Whoever moves it looks at every document there is: what is being stored is there by then.
    """
    if document.kind not in NUMBERED:
        return False
    in_passing("start_date", connection.id)
    db.session.refresh(connection, ["starts_on"])
    return too_early(document, connection, push)


def _perhaps_there(document: SalesDocument, push: Push | None) -> bool:
    unlinked = document.sync_state == SyncState.UNLINKED or document.linked_before is not None
    return unlinked or (push is not None and push.look_first)


def _held(push: Push, document: SalesDocument) -> bool:
    return push.state == PushState.HELD and held_by_a_person(document)


def stay_in_billing(
    document: SalesDocument, connection: Connection, push: Push | None, now: datetime
) -> None:
    """Send nothing of an early document and say why on it; the caller locks and commits."""
    if connection.starts_on is None:
        raise ValueError(f"Connection {connection.id} has no start date to be early for.")
    problem = stays_in_billing(connection.starts_on, LEDGERS[connection.provider].provider.name)
    if push is not None:
        push.state, push.finished_at = PushState.CANCELLED, now
        push.claimed_by = push.claimed_until = None
        note_without_call(push, SyncState.NOT_SENT, f"{problem.title} Nothing was sent.", now)
    document.sync_state = SyncState.NOT_SENT
    document.problem = problem.as_json()
    stays_as_it_was(document, now)


def _wanted_by_a_person(document: SalesDocument) -> bool:
    wanted = select(AuditEntry.id).where(
        AuditEntry.workspace_id == document.workspace_id,
        AuditEntry.subject == f"{document.kind}:{document.id}",
        AuditEntry.action.in_(_WANTED),
    )
    return db.session.scalar(wanted.limit(1)) is not None
