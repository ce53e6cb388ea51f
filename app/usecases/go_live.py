"""Let a company get its first documents: from which day on, one to try, then all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, select

from app import queue
from app.domain.going_live import first_of_month
from app.domain.states import (
    FINISHED,
    ConnectionState,
    DocumentKind,
    Operation,
    SyncState,
)
from app.domain.wording import day_long
from app.extensions import db
from app.models import Connection, DocumentLink, Push, SalesDocument
from app.usecases.audit import audit
from app.usecases.book.history import EARLIEST, read_from, today_of
from app.usecases.company.exclusive import in_turn
from app.usecases.push.actions import push_first
from app.usecases.push.place_by_date import place_by_date

# Days a start date may lie ahead: more is a slip of the keyboard.
_AHEAD = 366
# Where an invoice that was tried and has no link is surely not in the ledger.
_NOT_THERE = (SyncState.HELD, SyncState.BLOCKED, SyncState.FAILED, SyncState.NOT_SENT)


class GoLiveRefused(Exception):
    """Raised with a sentence for a person; field names what it is about, "" for none."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Start:
    """How a new connection begins: pushing at once or when somebody says so, from which day on.

    own_app: without a browser, the token was given to the workspace's own application.
    """

    live: bool = True
    on: date | None = None
    own_app: bool = False


AT_ONCE = Start()


def begin_with(connection: Connection, start: Start, now: datetime) -> None:
    """Let a new connection begin, and its books be read from that day on; the caller commits.

    Where pushing is to be switched on by a person, this month's documents are proposed to go.
    """
    today = today_of(connection, now)
    proposed = None if start.live else first_of_month(today)
    connection.live = start.live
    connection.starts_on = start.on or proposed
    read_from(connection, min(connection.starts_on or today, today), now)


def choose_start(
    connection_id: int, first: object, mode: str, actor: str, user_id: int | None, now: datetime
) -> None:
    """Store from which day on documents go, and whether each waits for review; commits.

    What waits is put in or taken out at once, with the reason on it. The books are read from that
    day on, so that what was typed there already is found. Raises GoLiveRefused.
    """
    connection = _locked(connection_id)
    if connection.live:
        raise _refused("Pushing is on already.")
    start = _checked_start(connection, first, now)
    if mode not in ("auto", "review"):
        raise _refused("Choose whether invoices go by themselves.", "push_mode")
    connection.push_mode = mode
    _note(connection, actor, user_id, "connection.start_date", starts_on=str(start), mode=mode)
    _start_on(connection, start, now)


def move_start(
    connection_id: int, first: object, actor: str, user_id: int | None, now: datetime
) -> None:
    """Let documents of a live company go from another day on; commits. Raises GoLiveRefused."""
    connection = _locked(connection_id)
    start = _checked_start(connection, first, now)
    if start != connection.starts_on:
        _note(connection, actor, user_id, "connection.start_date", starts_on=str(start))
        _start_on(connection, start, now)
    db.session.commit()


def try_one(
    connection_id: int, invoice_id: int, actor: str, user_id: int | None, now: datetime
) -> None:
    """Push one invoice before pushing is switched on; commits. Raises GoLiveRefused.

    Once one is in the ledger, or may be, no other is tried: the rest goes when it is switched on.
    """
    connection = _locked(connection_id)
    _may_push(connection)
    tried = db.session.get(SalesDocument, connection.trial_id or 0)
    if tried is not None and tried.id != invoice_id and not _never_arrived(tried):
        raise _refused(f"{tried.number} was tried already. Look at it, then switch on.")
    invoice = db.session.get(SalesDocument, invoice_id)
    if invoice is None or not _may_be_tried(invoice, connection):
        raise _refused("This invoice does not wait any more. Choose another one.", "invoice")
    connection.trial_id = invoice.id
    _note(connection, actor, user_id, "connection.try_one", number=invoice.number)
    db.session.commit()
    push_first(invoice_id, actor, user_id, now)


def go_live(connection_id: int, actor: str, user_id: int | None, now: datetime) -> None:
    """Switch pushing on, for good; commits, then wakes the workers. Raises GoLiveRefused."""
    connection = _locked(connection_id)
    _may_push(connection)
    if connection.starts_on is not None:  # what came while the date was moved
        place_by_date(connection, now)
        connection = _locked(connection_id)
        _may_push(connection)
    connection.live = True
    _note(connection, actor, user_id, "connection.go_live", starts_on=str(connection.starts_on))
    db.session.commit()
    for job in ("drain", "pull", "history"):
        queue.wake(connection_id, job)


def _refused(message: str, field: str = "") -> GoLiveRefused:
    """Let go of what is locked; returns what to raise."""
    db.session.rollback()
    return GoLiveRefused(message, field)


def _locked(connection_id: int) -> Connection:
    # Whoever has an invoice of it may still write rows that point here: they come first.
    return db.session.get_one(
        Connection, connection_id, with_for_update={"key_share": True}, populate_existing=True
    )


def _may_push(connection: Connection) -> None:
    if connection.live:
        raise _refused("Pushing is on already.")
    if connection.state != ConnectionState.ACTIVE:
        raise _refused("The connection is not in use. Reconnect or resume it first.")


def _checked_start(connection: Connection, first: object, now: datetime) -> date:
    today = today_of(connection, now)
    if not isinstance(first, date) or first < EARLIEST or (first - today).days > _AHEAD:
        raise _refused(
            f"The start date is a day from {day_long(EARLIEST)} to a year from now."
            " Nothing was saved.",
            "starts_on",
        )
    return first


def _start_on(connection: Connection, first: date, now: datetime) -> None:
    in_turn("start_date", connection.id)  # behind whoever stores a document by the old date
    connection.starts_on = first
    since, chosen = min(first, today_of(connection, now)), connection.history_from
    if not (connection.live and chosen and chosen < since):  # of a live one people chose it
        read_from(connection, since, now)
    connection_id = connection.id
    db.session.commit()
    place_by_date(db.session.get_one(Connection, connection_id), now)
    for job in ("history", "drain"):
        queue.wake(connection_id, job)


def _may_be_tried(invoice: SalesDocument, connection: Connection) -> bool:
    if invoice.kind != DocumentKind.INVOICE or invoice.connection_id != connection.id:
        return False
    push = db.session.scalar(
        select(Push).where(
            Push.connection_id == connection.id,
            Push.document_kind == invoice.kind,
            Push.document_id == invoice.id,
            Push.state.not_in(FINISHED),
        )
    )
    return push is not None and push.operation == Operation.CREATE


def _never_arrived(tried: SalesDocument) -> bool:
    """Tell whether surely nothing of the invoice tried before is in the ledger, or on its way."""
    # Whoever has it may be about to send it: not waited for, as they may want the connection next.
    ours = db.session.scalar(
        select(SalesDocument)
        .where(SalesDocument.id == tried.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if ours is None or ours.sync_state == SyncState.PUSHING:
        return False
    of_it = (Push.document_kind == tried.kind, Push.document_id == tried.id)
    linked = exists().where(
        DocumentLink.document_kind == tried.kind, DocumentLink.document_id == tried.id
    )
    left = exists().where(*of_it, Push.first_sent_at.is_not(None))
    is_linked, has_left = db.session.execute(select(linked, left)).one()
    return not is_linked and (tried.sync_state in _NOT_THERE or not has_left)


def _note(
    connection: Connection, actor: str, user_id: int | None, action: str, **more: str
) -> None:
    audit(
        connection.workspace_id,
        actor,
        action,
        f"connection:{connection.id}",
        user_id=user_id,
        **more,
    )
