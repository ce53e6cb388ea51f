"""The audit of the workspace entered: who did what, when, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select, tuple_
from sqlalchemy import Text as SqlText
from sqlalchemy import cast as sql_cast

from app.domain.deeds import DEEDS, Fact, deed_of, deed_words, facts_of
from app.domain.states import MappingKind
from app.extensions import db
from app.models import (
    CODES_OF,
    ApiKey,
    AuditEntry,
    Connection,
    Customer,
    EventEndpoint,
    SalesDocument,
    User,
)
from app.queries.found import escape_like

PAGE = 50
_IN_FILE = 1000  # rows read at a time for a file
BY_ITSELF, COMMAND_LINE, BILLING = "Ledgerbridge", "command line", "billing"

# What an entry can be about, and what it is called.
_NAMES: Mapping[str, tuple[Any, Any]] = {
    "customer": (Customer.id, Customer.name),
    "user": (User.id, User.name),
    "api_key": (ApiKey.id, ApiKey.name),
    "connection": (Connection.id, Connection.company_name),
    "event_endpoint": (EventEndpoint.id, EventEndpoint.url),
    "invoice": (SalesDocument.id, SalesDocument.number),
    "credit_note": (SalesDocument.id, SalesDocument.number),
    "credit_application": (SalesDocument.id, SalesDocument.number),
}
_SEARCHED = ("customer", "user", "api_key", "connection")


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What the page asks for; who: a person's number, or the name of who is none; before: a row."""

    since: datetime | None = None
    who: str = ""
    kind: str = ""
    typed: str = ""
    before: tuple[datetime, int] | None = None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One entry as it is shown."""

    id: int
    at: datetime
    actor: str
    action: str
    kind: str
    words: str
    facts: list[Fact]
    link: tuple[str, int] | None  # invoice, customer or connection, and its number


def page(
    wanted: AuditFilter, size: int = PAGE
) -> tuple[list[AuditRow], tuple[datetime, int] | None]:
    """Return one page, newest first, and the row after which the next one begins."""
    entry = AuditEntry
    statement = (
        select(entry)
        .where(*_matching(wanted))
        .order_by(entry.created_at.desc(), entry.id.desc())
        .limit(size + 1)
    )
    found = db.session.scalars(statement).all()
    rows = list(_shown(found[:size]))
    more = (found[size - 1].created_at, found[size - 1].id) if len(found) > size else None
    return rows, more


def every(wanted: AuditFilter, most: int) -> Iterator[AuditRow]:
    """Return the rows for a file, newest first, up to so many."""
    left, wanted = most, replace(wanted, before=None)
    while left > 0:
        rows, more = page(wanted, min(left, _IN_FILE))
        db.session.expunge_all()  # a file is as long as its rows, the memory for it is not
        yield from rows
        left -= len(rows)
        if more is None:
            return
        wanted = replace(wanted, before=more)


def people() -> Sequence[tuple[int, str]]:
    """Return who of the workspace can have done something: number and name."""
    rows = db.session.execute(select(User.id, User.name).order_by(User.name, User.id))
    return [(row[0], row[1]) for row in rows]


def keys() -> Sequence[str]:
    """Return the names under which programs act."""
    names = db.session.scalars(select(ApiKey.name).distinct().order_by(ApiKey.name))
    return [f"API key {name}" for name in names]


def _matching(wanted: AuditFilter) -> Iterator[ColumnElement[bool]]:
    entry = AuditEntry
    if wanted.since is not None:
        yield entry.created_at >= wanted.since
    if wanted.before is not None:
        moment, number = wanted.before
        yield tuple_(entry.created_at, entry.id) < tuple_(literal(moment), literal(number))
    if wanted.kind:
        yield entry.action.in_([code for code, deed in DEEDS.items() if deed.kind == wanted.kind])
    if wanted.who.isdecimal():
        yield _by_person(int(wanted.who))
    elif wanted.who:
        yield entry.user_id.is_(None) & (entry.actor == wanted.who)
    if wanted.typed:
        yield _found(wanted.typed)


def _by_person(number: int) -> ColumnElement[bool]:
    """Match what somebody did; older entries of people's deeds hold the name only."""
    entry = AuditEntry
    named = exists().where(User.id == number, User.name == entry.actor)
    return or_(entry.user_id == number, and_(entry.user_id.is_(None), named))


def _found(typed: str) -> ColumnElement[bool]:
    """Match who did it, what is kept of it, what it is about, or the words it is told with."""
    entry, like = AuditEntry, f"%{escape_like(typed)}%"
    told = [code for code, deed in DEEDS.items() if typed.casefold() in deed.words.casefold()]
    return or_(
        entry.actor.ilike(like),
        sql_cast(entry.detail, SqlText).ilike(like),
        entry.action.in_(told),
        *(entry.subject.in_(_subjects_named(kind, like)) for kind in _SEARCHED),
        *(entry.detail["code"].astext.in_(_codes_named(kind, like)) for kind in CODES_OF),
    )


def _subjects_named(kind: str, like: str) -> Select[Any]:
    number, name = _NAMES[kind]
    return select(func.concat(f"{kind}:", number)).where(name.ilike(like))


def _codes_named(kind: MappingKind, like: str) -> Select[Any]:
    return select(CODES_OF[kind].code).where(CODES_OF[kind].name.ilike(like))


def _shown(entries: Sequence[AuditEntry]) -> Iterator[AuditRow]:
    names = _names(each.subject for each in entries)
    codes = code_names(entries)
    for entry in entries:
        detail = entry.detail or {}
        code = codes.get(code_of(entry), "")
        yield AuditRow(
            entry.id,
            entry.created_at,
            entry.actor,
            entry.action,
            deed_of(entry.action).kind,
            deed_words(entry.action, detail, names.get(entry.subject, ""), code),
            facts_of(detail),
            _link(entry.subject, names),
        )


def _names(subjects: Iterable[str]) -> dict[str, str]:
    """Return what the subjects are called; a query for each kind that is among them."""
    wanted: dict[str, set[int]] = {}
    for subject in subjects:
        kind, _, number = subject.partition(":")
        if kind in _NAMES and number.isdecimal():
            wanted.setdefault(kind, set()).add(int(number))
    names = {}
    for kind, numbers in wanted.items():
        number, name = _NAMES[kind]
        for found in db.session.execute(select(number, name).where(number.in_(numbers))):
            # The path of an address for events can hold a secret; its host cannot.
            called = urlsplit(found[1]).netloc if kind == "event_endpoint" else found[1]
            names[f"{kind}:{found[0]}"] = called
    return names


def code_of(entry: AuditEntry) -> tuple[str, str]:
    """Return the kind and the code of billing's that an entry is about; "" for none."""
    detail = entry.detail or {}
    return detail.get("kind") or "service", detail.get("code") or ""


def code_names(entries: Sequence[AuditEntry]) -> dict[tuple[str, str], str]:
    """Return what billing calls the codes in these entries."""
    wanted: dict[str, set[str]] = {}
    for entry in entries:
        kind, code = code_of(entry)
        if code:
            wanted.setdefault(kind, set()).add(code)
    names = {}
    for kind, codes in wanted.items():
        if kind not in CODES_OF:
            continue
        table = CODES_OF[MappingKind(kind)]
        for row in db.session.execute(select(table.code, table.name).where(table.code.in_(codes))):
            names[kind, row[0]] = row[1]
    return names


def _link(subject: str, names: Mapping[str, str]) -> tuple[str, int] | None:
    kind, _, number = subject.partition(":")
    kind = "invoice" if kind in ("credit_note", "credit_application") else kind
    if kind in ("invoice", "customer", "connection") and subject in names:
        return kind, int(number)
    return None
