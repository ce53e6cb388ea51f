"""What becomes of a connection once it is made: settings, pause, resume, disconnect."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, or_, update

from app import queue
from app.domain.states import (
    FINISHED,
    OUT_OF_LEDGER,
    ConnectionState,
    DocumentKind,
    InvoiceStatus,
    PushState,
    SyncState,
)
from app.domain.undo import TAKEN_BACK, interrupted_problem
from app.domain.wording import day_long
from app.extensions import db
from app.ledgers import LEDGERS
from app.ledgers.interface import Provider
from app.models import Connection, CustomerLink, DocumentLink, Push, SalesDocument
from app.usecases.audit import audit
from app.usecases.book.history import EARLIEST, read_from, today_of
from app.usecases.changed_meanwhile import differences, refuse_changed
from app.usecases.company.permission_gone import close_alert
from app.usecases.mail.notify import tell_billing_disconnected
from app.usecases.mail.permission_mail import tell_given_up
from app.usecases.permission.connect import ConnectRefused
from app.usecases.permission.give_back import give_back, want_back
from app.usecases.push.company_for import no_connection_problem
from app.usecases.push.intent import release_blocked, route_waiting

# Where nothing may move by itself when the company is connected again; nobody can bring back what
# was voided or deleted in the ledger.
_DECIDED = (SyncState.NOT_SENT, *OUT_OF_LEDGER)

# Slower than this is a pause in all but name, calls a minute.
LEAST_CALLS = 10


# What the form of a connection's settings shows and changes.
SETTINGS = (
    "push_mode", "review_recurring", "closed_period_policy", "tax_rounding", "long_numbers",
    "duplicates", "customer_changes", "default_income_account_id", "default_income_account_name",
    "entity", "currency", "in_flight", "calls_per_minute", "history_from",
)  # fmt: skip


class SettingRefused(Exception):
    """Raised for a setting outside its range; field names it, the message says the range."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def settings_of(connection: Connection) -> dict[str, Any]:
    """Return what finance decided about a connection, as it is stored."""
    return {column: getattr(connection, column) for column in SETTINGS}


def save_settings(
    connection_id: int,
    actor: str,
    user_id: int | None,
    now: datetime,
    seen: str = "",
    **changes: object,
) -> None:
    """Store what finance decided about a connection; commits. Raises SettingRefused.

    What a setting stopped is looked at again, and what no connection took finds its way. Raises
    ChangedMeanwhile when seen is not the mark of what is stored.
    """
    connection = db.session.get_one(Connection, connection_id, with_for_update={"key_share": True})
    before, subject = settings_of(connection), f"connection:{connection_id}"
    refuse_changed(seen, before, connection.workspace_id, subject, "connection.settings")
    _check_pace(LEDGERS[connection.provider].provider, changes)
    _read_from(connection, changes.get("history_from"), now)
    for column, value in changes.items():
        setattr(connection, column, value)
    audit(
        connection.workspace_id,
        actor,
        "connection.settings",
        subject,
        user_id=user_id,
        changed=differences(before, settings_of(connection)),
    )
    release_blocked(connection_id, now)
    route_waiting(connection.workspace_id, now)
    db.session.commit()
    queue.wake(connection_id)
    queue.wake(connection_id, "history")


def _read_from(connection: Connection, first: object, now: datetime) -> None:
    """Have the books read from another date on; that of a day to come is refused."""
    if first is None or first == connection.history_from:
        return
    if not isinstance(first, date) or not EARLIEST <= first <= today_of(connection, now):
        raise SettingRefused(
            "history_from",
            f"The books can be read from a day between {day_long(EARLIEST)} and today."
            " Nothing was saved.",
        )
    db.session.refresh(connection, with_for_update=True)
    read_from(connection, first, now)


def _check_pace(vendor: Provider, changes: Mapping[str, object]) -> None:
    """Keep both settings of the pace between a standstill and what the vendor allows."""
    limits = vendor.limits
    ranges = {
        "in_flight": ("Writes at a time", 1, limits.in_flight),
        "calls_per_minute": ("Calls a minute", LEAST_CALLS, limits.per_minute),
    }
    for field, (name, least, most) in ranges.items():
        value = changes.get(field)
        if field not in changes or (value is None and field == "calls_per_minute"):
            continue
        if not isinstance(value, int) or not least <= value <= most:
            sentence = f"{name} must be a whole number from {least} to {most}."
            raise SettingRefused(field, f"{sentence} Nothing was saved.")


def pause(connection_id: int, actor: str, user_id: int | None, now: datetime) -> None:
    """Stop pushing and pulling until somebody resumes; what is finalised meanwhile waits."""
    _change_state(connection_id, ConnectionState.PAUSED, f"Paused by {actor}.", actor, user_id)


def resume(connection_id: int, actor: str, user_id: int | None, now: datetime) -> None:
    """Go on where a pause stopped."""
    _change_state(connection_id, ConnectionState.ACTIVE, None, actor, user_id)
    queue.wake(connection_id)
    queue.wake(connection_id, "pull")


def _change_state(
    connection_id: int,
    state: ConnectionState,
    reason: str | None,
    actor: str,
    user_id: int | None,
) -> None:
    connection = db.session.get_one(Connection, connection_id, with_for_update=True)
    if connection.state not in (ConnectionState.ACTIVE, ConnectionState.PAUSED):
        db.session.rollback()
        raise ConnectRefused("Reconnect first: the permission is gone.")
    connection.state = state
    connection.state_reason = reason
    audit(
        connection.workspace_id,
        actor,
        f"connection.{state}",
        f"connection:{connection_id}",
        user_id=user_id,
    )
    db.session.commit()


def disconnect(connection_id: int, actor: str, user_id: int | None, now: datetime) -> bool:
    """Give the permission back and clear the links; invoices, payments and history stay.

    People are told once. Returns False when the vendor did not take the permission back yet: that
    is tried again until it does.
    """
    _clear(connection_id, actor, user_id, now)
    queue.send_mail_soon()
    return give_back(connection_id, now)


def _clear(connection_id: int, actor: str, user_id: int | None, now: datetime) -> None:
    # Whoever has an invoice of it may still write rows that point here: they come first.
    connection = db.session.get_one(Connection, connection_id, with_for_update={"key_share": True})
    grant = connection.grant
    state = connection.state
    connection.state = ConnectionState.DISCONNECTED
    connection.state_reason = f"Disconnected by {actor}."
    connection.disconnected_at = now
    connection.grant = None
    if grant is not None:
        want_back(connection, grant, now)
        db.session.delete(grant)
    _clear_links(connection_id, now)
    close_alert(connection)
    audit(
        connection.workspace_id,
        actor,
        "connection.disconnect",
        f"connection:{connection_id}",
        user_id=user_id,
    )
    if state != ConnectionState.DISCONNECTED:
        tell_given_up(connection, actor, now)
        if state != ConnectionState.BROKEN:  # of that billing has heard
            tell_billing_disconnected(connection, now)
    db.session.commit()


def _clear_links(connection_id: int, now: datetime) -> None:
    """Forget which ledger document is which; say of each invoice whether the ledger may have it."""
    _hold_half_taken_back(connection_id)
    _remember_links(connection_id)
    _unlink_invoices(connection_id)
    db.session.execute(
        update(Push)
        .where(Push.connection_id == connection_id, Push.state.not_in(FINISHED))
        .values(state=PushState.CANCELLED, finished_at=now)
    )
    db.session.execute(delete(CustomerLink).where(CustomerLink.connection_id == connection_id))
    # Nothing would find again what is voided there: it would look like somebody else's.
    gone = exists().where(
        SalesDocument.kind == DocumentKind.INVOICE,
        SalesDocument.kind == DocumentLink.document_kind,
        SalesDocument.id == DocumentLink.document_id,
        SalesDocument.sync_state.in_(OUT_OF_LEDGER),
    )
    links = delete(DocumentLink).where(DocumentLink.connection_id == connection_id, ~gone)
    db.session.execute(links.execution_options(synchronize_session=False))


def _hold_half_taken_back(connection_id: int) -> None:
    """Keep what was being taken back from going again by itself when the company comes back."""
    undoing = exists().where(
        Push.connection_id == connection_id,
        Push.document_kind == SalesDocument.kind,
        Push.document_id == SalesDocument.id,
        Push.undoes_id.is_not(None),
        Push.state.not_in(FINISHED),
    )
    db.session.execute(
        update(SalesDocument)
        .where(
            SalesDocument.connection_id == connection_id,
            SalesDocument.status != InvoiceStatus.VOID,
            undoing,
        )
        .values(sync_state=SyncState.HELD, problem=interrupted_problem().as_json())
    )


def _undecided(connection_id: int) -> tuple[ColumnElement[bool], ...]:
    """Match what may move by itself when the company is connected again."""
    return (
        SalesDocument.connection_id == connection_id,
        SalesDocument.sync_state.not_in(_DECIDED),
        func.coalesce(SalesDocument.problem["code"].astext, "") != TAKEN_BACK,
    )


def _remember_links(connection_id: int) -> None:
    """Keep which of the ledger's invoices each of ours is: it may carry no mark of ours."""
    db.session.execute(
        update(SalesDocument)
        .where(
            *_undecided(connection_id),
            SalesDocument.kind == DocumentKind.INVOICE,
            DocumentLink.connection_id == connection_id,
            DocumentLink.document_kind == SalesDocument.kind,
            DocumentLink.document_id == SalesDocument.id,
        )
        .values(linked_before=DocumentLink.ledger_id)
        .execution_options(synchronize_session=False)
    )


def _unlink_invoices(connection_id: int) -> None:
    """Part what the ledger may hold (looked for on reconnect) from what it never saw."""
    perhaps_there = or_(
        SalesDocument.linked_before.is_not(None),
        exists().where(
            DocumentLink.connection_id == connection_id,
            DocumentLink.document_kind == SalesDocument.kind,
            DocumentLink.document_id == SalesDocument.id,
        ),
        exists().where(
            Push.connection_id == connection_id,
            Push.document_kind == SalesDocument.kind,
            Push.document_id == SalesDocument.id,
            Push.first_sent_at.is_not(None),
        ),
    )
    here = update(SalesDocument).where(*_undecided(connection_id))
    db.session.execute(
        here.where(perhaps_there).values(sync_state=SyncState.UNLINKED, problem=None)
    )
    db.session.execute(
        here.where(SalesDocument.sync_state != SyncState.UNLINKED).values(
            sync_state=SyncState.BLOCKED, problem=no_connection_problem().as_json()
        )
    )
