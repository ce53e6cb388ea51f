"""Settle what billing's services and tax codes are called in a ledger, and let go what waited."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app import queue
from app.domain.states import TARGET_OF, ConnectionState, MappingKind
from app.domain.still_waiting import Going
from app.extensions import db
from app.models import (
    CODES_OF,
    CatalogueRow,
    Code,
    Connection,
    Mapping,
)
from app.usecases.audit import audit
from app.usecases.company.exclusive import in_turn
from app.usecases.mapping.mapping_rules import (
    AnotherTax,
    ChangedMeanwhile,
    MappingRefused,
    check_target,
)
from app.usecases.push.intent import release_blocked
from app.usecases.push.still_waits import Stopped

__all__ = (
    "AnotherTax",
    "ChangedMeanwhile",
    "Choice",
    "MappingRefused",
    "Saved",
    "save",
    "save_many",
    "undo",
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One code and the ledger entry it shall mean.

    expected: the entry's id the person saw mapped before, empty for none; None does not check.
    confirmed: the person saw that the rates differ and wants it all the same.
    """

    kind: MappingKind
    code: str
    ledger_id: str
    expected: str | None = None
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of mapping, and of the documents that have these codes on them."""

    mappings: tuple[Mapping, ...]
    going: Going

    @property
    def released(self) -> int:
        """Return how many documents wait for no person any more."""
        return self.going.released

    @property
    def mapping(self) -> Mapping:
        """Return the one mapping of a single save."""
        return self.mappings[0]


def save(
    connection_id: int, choice: Choice, *, actor: str, user_id: int | None, now: datetime
) -> Saved:
    """Map one code and release what waited for it; commits.

    Raises MappingRefused with a sentence: AnotherTax when a tax code's rate is not ours and
    nobody confirmed it, ChangedMeanwhile when somebody else mapped it first.
    """
    return save_many(connection_id, [choice], actor=actor, user_id=user_id, now=now)


def save_many(
    connection_id: int,
    choices: Sequence[Choice],
    *,
    actor: str,
    user_id: int | None,
    now: datetime,
    action: str = "mapping.save",
) -> Saved:
    """Map several codes in one transaction, all or none; commits. Raises as save does."""
    try:
        connection = _locked(connection_id)
        present = {(m.kind, m.code): m for m in _mappings(connection)}
        changed = []
        for choice in choices:
            mapping = _put(connection, choice, present.get((choice.kind, choice.code)), actor, now)
            if mapping is not None:
                present[choice.kind, choice.code] = mapping
                changed.append(mapping)
                _note(mapping, actor, user_id, action, confirmed=choice.confirmed)
        found = _release(connection, changed, now)
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    if changed:
        queue.wake(connection_id)
    return Saved(tuple(present[c.kind, c.code] for c in choices), found)


def undo(
    connection_id: int,
    kind: MappingKind,
    code: str,
    *,
    actor: str,
    user_id: int | None,
    now: datetime,
) -> Mapping | None:
    """Bring back what a code was mapped to before its last change; None when it was nothing.

    What was pushed meanwhile stays in the ledger; what still waits is looked at again. Commits.
    Raises MappingRefused when there is nothing to undo.
    """
    connection = _locked(connection_id)
    mapping = db.session.scalar(
        _of_connection(connection).where(Mapping.kind == kind, Mapping.code == code)
    )
    if mapping is None or mapping.replaced is None:
        db.session.rollback()
        raise MappingRefused("There is nothing to undo: somebody changed this mapping meanwhile.")
    _note(mapping, actor, user_id, "mapping.undo")
    kept = _put_back(mapping)
    db.session.commit()
    return kept


def _put_back(mapping: Mapping) -> Mapping | None:
    before = mapping.replaced or {}
    if not before:
        db.session.delete(mapping)
        return None
    mapping.ledger_id = before["ledger_id"]
    mapping.ledger_name = before["ledger_name"]
    mapping.set_by = before["set_by"]
    mapping.set_at = datetime.fromisoformat(before["set_at"])
    mapping.replaced = None
    return mapping


def _locked(connection_id: int) -> Connection:
    """Return a connection nobody else maps for; an advisory lock, so that pushing goes on.

    One person at a time, so that "who was first" has an answer.
    """
    connection = db.session.get_one(Connection, connection_id)
    in_turn("map", connection.id)
    db.session.refresh(connection)
    if connection.state == ConnectionState.DISCONNECTED:
        db.session.rollback()
        raise MappingRefused("This connection was disconnected: nothing can be mapped for it.")
    return connection


def _mappings(connection: Connection) -> Sequence[Mapping]:
    statement = _of_connection(connection).execution_options(populate_existing=True)
    return db.session.scalars(statement).all()


def _of_connection(connection: Connection):  # type: ignore[no-untyped-def]
    return select(Mapping).where(Mapping.connection_id == connection.id)


def _put(
    connection: Connection, choice: Choice, present: Mapping | None, actor: str, now: datetime
) -> Mapping | None:
    """Write one mapping; None when it says that already."""
    found = _entry(connection, choice)
    usable = found is not None and found.usable
    if present and usable and present.ledger_id == choice.ledger_id:
        return None  # pressed twice
    _check_expected(choice, present)
    entry = check_target(_ours(connection, choice), found, choice.confirmed)
    replaced = present.as_replaced() if present else {}
    mapping = present or Mapping(
        workspace_id=connection.workspace_id,
        connection_id=connection.id,
        kind=choice.kind,
        code=choice.code,
    )
    db.session.add(mapping)
    mapping.ledger_id, mapping.ledger_name = entry.ledger_id, entry.name
    mapping.set_by, mapping.set_at, mapping.replaced = actor, now, replaced
    return mapping


def _check_expected(choice: Choice, present: Mapping | None) -> None:
    there = present.ledger_id if present else ""
    if choice.expected is None or choice.expected == there:
        return
    if present is None:
        raise ChangedMeanwhile("Somebody undid this mapping while this page was open.")
    raise ChangedMeanwhile(
        f"{present.set_by} mapped it to “{present.ledger_name}” while this page was open."
    )


def _ours(connection: Connection, choice: Choice) -> Code | None:
    table = CODES_OF[MappingKind(choice.kind)]
    statement = select(table).where(
        table.workspace_id == connection.workspace_id, table.code == choice.code
    )
    return db.session.scalar(statement)


def _entry(connection: Connection, choice: Choice) -> CatalogueRow | None:
    return db.session.scalar(
        select(CatalogueRow).where(
            CatalogueRow.connection_id == connection.id,
            CatalogueRow.kind == TARGET_OF[MappingKind(choice.kind)],
            CatalogueRow.ledger_id == choice.ledger_id,
        )
    )


def _note(
    mapping: Mapping, actor: str, user_id: int | None, action: str, *, confirmed: bool = False
) -> None:
    audit(
        mapping.workspace_id,
        actor,
        action,
        f"connection:{mapping.connection_id}",
        user_id=user_id,
        kind=mapping.kind,
        code=mapping.code,
        ledger_id=mapping.ledger_id,
        ledger_name=mapping.ledger_name,
        before=mapping.replaced or None,
        **({"confirmed": True} if confirmed else {}),  # that rate or kind differ
    )


def _release(connection: Connection, changed: Collection[Mapping], now: datetime) -> Going:
    """Have everything blocked looked at again; tell what became of what has these codes on it."""
    if not changed:
        return Going()
    db.session.flush()
    mapped = {(m.kind, m.code) for m in changed}
    found = Stopped(connection, now).going(lambda one: not mapped.isdisjoint(one.codes))
    release_blocked(connection.id, now)
    return found
