"""Take back what a run created in the ledger: shown first, then done by ordinary pushes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from app import queue
from app.domain.problem import Problem
from app.domain.states import (
    ConnectionState,
    DocumentKind,
    Lane,
    Operation,
    PushState,
    SyncState,
)
from app.domain.undo import WAYS, Created, Refusal, Share, refusal, share
from app.domain.wording import day_long, plural
from app.extensions import db
from app.models import Connection, Invoice, Push, PushRun
from app.usecases.audit import audit
from app.usecases.company.exclusive import in_turn
from app.usecases.push.run import close_run
from app.usecases.run_documents import documents_of

# More than these are taken back only by somebody who types the company's name.
TYPED_FROM = 20
_DONE = (Refusal.TAKEN_BACK, Refusal.BEING_TAKEN_BACK)


class UndoRefused(Exception):
    """Raised with a sentence when nothing of a run is taken back."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What an undo of a run would do now, and how far one that was started has come.

    refused: by reason. kept: those that an undo could not take back, each with why.
    """

    may: tuple[Created, ...]
    refused: Mapping[Refusal, tuple[Created, ...]]
    books_closed_to: date | None

    @property
    def what(self) -> Share:
        """Return how many documents would be taken back, and their money."""
        return share(self.may)

    @property
    def taken_back(self) -> tuple[Created, ...]:
        """Return what an undo has taken back already."""
        return self.refused.get(Refusal.TAKEN_BACK, ())

    @property
    def under_way(self) -> tuple[Created, ...]:
        """Return what is being taken back."""
        return self.refused.get(Refusal.BEING_TAKEN_BACK, ())

    @property
    def kept(self) -> tuple[Created, ...]:
        """Return what the last undo tried and left in the ledger."""
        others = [
            one for reason, some in self.refused.items() if reason not in _DONE for one in some
        ]
        return tuple(o for o in (*self.may, *others) if o.undo == PushState.CANCELLED)

    @property
    def stays(self) -> dict[Refusal, tuple[Created, ...]]:
        """Return what would stay in the ledger, by reason."""
        return {reason: some for reason, some in self.refused.items() if reason not in _DONE}


def preview(run: PushRun) -> Preview:
    """Decide about every document a run created; nothing is written, nobody is called."""
    closed_to = run.connection.books_closed_to
    may: list[Created] = []
    refused: dict[Refusal, list[Created]] = {}
    for one in documents_of(run.id):
        reason = refusal(one, closed_to)
        (may if reason is None else refused.setdefault(reason, [])).append(one)
    ordered = {reason: tuple(refused[reason]) for reason in Refusal if reason in refused}
    return Preview(tuple(may), ordered, closed_to)


def undo(
    run_id: int,
    how: str,
    actor: str,
    user_id: int | None,
    now: datetime,
    expected: int | None = None,
) -> int:
    """Intend to take back what a run created; returns how many documents; commits, then wakes.

    how: delete or void. expected: how many a person was shown, so that nothing else is done than
    what was seen. Raises UndoRefused.
    """
    if how not in WAYS:
        raise UndoRefused("Say how: delete or void.")
    # Not a lock on the run's row: a drain that has its invoices may want to close it.
    in_turn("undo", run_id)
    run = db.session.get_one(PushRun, run_id, populate_existing=True)
    try:
        count = _intend(run, WAYS[how], actor, user_id, now, expected)
    except UndoRefused:
        db.session.rollback()
        raise
    connection_id = run.connection_id
    run.undone_at, run.undone_by, run.undone_how = now, actor, how
    close_run(run, now)  # what is pushed from now on, this undo too, is another run
    audit(
        run.workspace_id,
        actor,
        "run.undo",
        f"run:{run.id}",
        user_id=user_id,
        how=how,
        documents=count,
    )
    db.session.commit()
    queue.wake(connection_id)
    return count


def _intend(
    run: PushRun,
    operation: Operation,
    actor: str,
    user_id: int | None,
    now: datetime,
    expected: int | None,
) -> int:
    _check_connection(run.connection)
    invoices = _locked_invoices(run.id)
    found = preview(run)
    if not found.may:
        raise UndoRefused(_nothing_left(run, found))
    if expected is not None and expected != len(found.may):
        raise UndoRefused(
            f"Meanwhile {plural(len(found.may), 'invoice')} may be taken back, not {expected}."
            " Nothing was changed. Look again, then confirm."
        )
    for one in found.may:
        _take_back(run, one, invoices[one.invoice_id], operation, actor, user_id, now)
    return len(found.may)


def _check_connection(connection: Connection) -> None:
    if connection.state == ConnectionState.BROKEN:
        raise UndoRefused("Reconnect first: the ledger does not accept our permission.")
    if connection.state == ConnectionState.DISCONNECTED:
        raise UndoRefused(f"{connection.company_name} is disconnected: its links are cleared.")


def _locked_invoices(run_id: int) -> dict[int, Invoice]:
    """Lock the invoices first and in order, as everybody does: nothing changes while we decide."""
    created = select(Push.document_id).where(
        Push.run_id == run_id, Push.document_kind == DocumentKind.INVOICE
    )
    locked = db.session.scalars(
        select(Invoice)
        .where(Invoice.id.in_(created))
        .order_by(Invoice.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {invoice.id: invoice for invoice in locked}


def _nothing_left(run: PushRun, found: Preview) -> str:
    if run.undone_at is not None and (found.taken_back or found.under_way):
        state = "is being taken back" if found.under_way else "was taken back already"
        return f"This run {state}: {run.undone_by} pressed it on {day_long(run.undone_at.date())}."
    if not found.refused:
        return "This run created no invoice, so there is nothing to take back."
    return "Nothing of this run may be taken back: every invoice has a reason to stay."


def _take_back(
    run: PushRun,
    one: Created,
    invoice: Invoice,
    operation: Operation,
    actor: str,
    user_id: int | None,
    now: datetime,
) -> None:
    db.session.add(
        Push(
            workspace_id=run.workspace_id,
            connection_id=run.connection_id,
            document_kind=DocumentKind.INVOICE,
            document_id=invoice.id,
            operation=operation,
            revision=invoice.revision,
            state=PushState.WAITING,
            lane=Lane.NORMAL,
            due_at=now,
            undoes_id=one.creation_id,
        )
    )
    invoice.sync_state = SyncState.WAITING
    invoice.problem = None
    audit(
        run.workspace_id,
        actor,
        f"invoice.take_back_{operation}",
        f"invoice:{invoice.id}",
        user_id=user_id,
        number=invoice.number,
        run=run.id,
    )


def why_kept(one: Created) -> Problem | None:
    """Return why an undo left a document in the ledger; None when a disconnect interrupted it."""
    return Problem.from_json(one.undo_problem) if one.undo_problem else None
