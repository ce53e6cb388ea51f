"""Bring items that people asked for into a ledger: found there, mapped, and what waited let go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from app.domain.item_wish import ItemWish, surely_ours
from app.domain.problem import Place, Problem
from app.domain.states import DocumentKind, MappingKind, PushState
from app.extensions import db
from app.ledgers.errors import Gone, LedgerError, NameTaken
from app.ledgers.interface import CatalogueEntry, Written
from app.models import CatalogueRow, Connection, Mapping, Push, Service
from app.usecases.audit import audit
from app.usecases.company.catalogue import put_on_list
from app.usecases.company.exclusive import in_turn
from app.usecases.push.answer import Answer
from app.usecases.push.claim import lock
from app.usecases.push.intent import release_blocked
from app.usecases.push.readied import Ready

NAME_TAKEN = "item_name_taken"
ACCOUNT_GONE = "item_account_gone"
_NOT_MADE = "No item was created. Invoices that use the service wait."


def ours_among(
    there: Sequence[Written], wish: ItemWish, sent_at: datetime | None
) -> Written | None:
    """Return the one item that is surely what we sent; None where a person must decide."""
    if len(there) != 1 or there[0].entry is None:
        return None
    found = there[0]
    details = there[0].entry.details
    ours = surely_ours(
        wish,
        sent_at,
        account_id=details.get("account_id"),
        created_at=found.created_at,
        usable=there[0].entry.active and details.get("for_sales") is not False,
    )
    return found if ours else None


def judged(ready: Ready, answer: Answer) -> Answer:
    """Put an item's refusal into words that fit, or lock what the new item will let go."""
    if ready.kind != DocumentKind.ITEM:
        return answer
    if answer.written is not None:
        lock_what_waits(ready.push_id)
    return answer if answer.error is None else replace(answer, error=in_our_words(answer.error))


def lock_what_waits(push_id: int) -> None:
    """Lock, with the item's push, all that its mapping will let go; in everybody's order.

    Called before the push itself is locked: taken one after the other, invoices would come last.
    """
    connection_id = db.session.execute(
        select(Push.connection_id).where(Push.id == push_id)
    ).scalar_one()
    in_turn("map", connection_id)
    in_turn("judge_readiness", connection_id)
    blocked = db.session.scalars(
        select(Push.id).where(Push.connection_id == connection_id, Push.state == PushState.BLOCKED)
    ).all()
    lock([*blocked, push_id])


def map_to(push: Push, written: Written, connection: Connection, now: datetime) -> None:
    """List the item, map its service to it and let go what waited; the caller commits.

    Where a person mapped the service to something else meanwhile, theirs stands.
    """
    if written.entry is None:
        raise ValueError(f"Push {push.id} made an item of which nothing is known.")
    put_on_list(connection, [written.entry])
    wish = ItemWish.from_json(push.asked or {})
    service = db.session.get_one(Service, push.document_id)
    mapping = db.session.scalar(
        select(Mapping).where(
            Mapping.connection_id == connection.id,
            Mapping.kind == MappingKind.SERVICE,
            Mapping.code == service.code,
        )
    )
    if mapping is not None and _usable(mapping):
        push.note = (
            f"{mapping.set_by} mapped “{service.name}” to “{mapping.ledger_name}” meanwhile."
        )
        return
    _set(mapping, written.entry, service, connection, wish, now)
    db.session.flush()
    release_blocked(connection.id, now)


def _set(
    mapping: Mapping | None,
    entry: CatalogueEntry,
    service: Service,
    connection: Connection,
    wish: ItemWish,
    now: datetime,
) -> None:
    before = mapping.as_replaced() if mapping else {}
    if mapping is None:
        mapping = Mapping(
            workspace_id=connection.workspace_id,
            connection_id=connection.id,
            kind=MappingKind.SERVICE,
            code=service.code,
        )
        db.session.add(mapping)
    mapping.ledger_id, mapping.ledger_name = entry.ledger_id, entry.name
    mapping.set_by, mapping.set_at, mapping.replaced = wish.asked_by, now, before
    audit(
        connection.workspace_id,
        wish.asked_by,
        "mapping.save",
        f"connection:{connection.id}",
        user_id=wish.user_id,
        kind=mapping.kind,
        code=mapping.code,
        ledger_id=mapping.ledger_id,
        ledger_name=mapping.ledger_name,
        before=before or None,
    )


def _usable(mapping: Mapping) -> bool:
    entry = db.session.scalar(
        select(CatalogueRow.id)
        .join(Mapping, Mapping.leads_to(CatalogueRow))
        .where(Mapping.id == mapping.id, CatalogueRow.is_usable())
    )
    return entry is not None


def in_our_words(error: LedgerError) -> LedgerError:
    """Say what a refusal means for an item, which refers to nothing but its account."""
    if isinstance(error, NameTaken):
        return NameTaken(
            error.message, code=NAME_TAKEN, request_id=error.request_id, status=error.status
        )
    if isinstance(error, Gone):
        return Gone(
            error.message, code=ACCOUNT_GONE, request_id=error.request_id, status=error.status
        )
    return error


def item_problem(problem: Problem) -> Problem:
    """Say what a refusal means where nothing but an item was to be made."""
    if problem.code in (NAME_TAKEN, ACCOUNT_GONE):
        return problem
    do = "Create it in the ledger by hand and read its lists again, or map the service to another."
    return replace(problem, means=_NOT_MADE, what_to_do=do, where=Place.MAPPINGS)
