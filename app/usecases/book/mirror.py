"""Keep the ledger's own book beside ours; a newer state replaces an older one, never the reverse.

Two reads of one company may overlap, and QuickBooks' times have whole seconds: a row is replaced
by what changed there later, and of one second by what was read later.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import (
    JSON,
    ColumnElement,
    Table,
    Text,
    bindparam,
    case,
    column,
    func,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import ReturningInsert

from app.domain.item_history import description_key
from app.domain.push_plan import is_marked
from app.extensions import db
from app.ledgers.interface import LedgerCustomer, LedgerInvoice, LedgerPayment
from app.models import (
    LedgerCreditRow,
    LedgerCustomerRow,
    LedgerInvoiceRow,
)
from app.models.mirror import MirrorRow
from app.usecases.company.exclusive import in_turn

# Rows of one statement: as many as a ledger's page has.
_AT_ONCE = 1000
T = TypeVar("T")
D = TypeVar("D", LedgerInvoice, LedgerPayment)


@dataclass(frozen=True, slots=True)
class Book:
    """Whose book is written, and when it was read."""

    workspace_id: int
    connection_id: int
    read_at: datetime

    @property
    def columns(self) -> dict[str, Any]:
        """Return what every row of this book has."""
        return {
            "workspace_id": self.workspace_id,
            "connection_id": self.connection_id,
            "read_at": self.read_at,
        }


def keep_invoices(book: Book, documents: Iterable[LedgerInvoice]) -> None:
    """Store invoices and credit notes as read; a deleted one keeps what was known of it."""
    for model, some in _by_kind(documents):
        live = [_document(book, each) for each in some if not each.deleted]
        upsert(model, [_columns_of(model, row) for row in live])
        bury(model, [grave(book, each) | _NOTHING for each in some if each.deleted])


def _by_kind(
    documents: Iterable[LedgerInvoice],
) -> Iterator[tuple[type[MirrorRow], list[LedgerInvoice]]]:
    given = newest(documents)
    yield LedgerInvoiceRow, [document for document in given if not document.credit]
    yield LedgerCreditRow, [document for document in given if document.credit]


def _columns_of(model: type[MirrorRow], row: dict[str, Any]) -> dict[str, Any]:
    """Leave out what a table has no column for: a credit note is never due."""
    return {name: value for name, value in row.items() if name in model.__table__.c}


def keep_customers(book: Book, customers: Iterable[LedgerCustomer]) -> None:
    """Store customers as read."""
    rows = [
        book.columns
        | {
            "ledger_id": customer.ledger_id,
            "version": customer.version,
            "deleted": customer.deleted,
            "updated_there_at": None,
            "name": customer.name,
            "active": customer.active,
            "currency": customer.currency,
            "email": customer.email,
        }
        for customer in {each.ledger_id: each for each in customers}.values()
    ]
    upsert(LedgerCustomerRow, rows)


_NOTHING = {"total": 0, "tax_total": 0, "balance": 0}


def _document(book: Book, document: LedgerInvoice) -> dict[str, Any]:
    return book.columns | {
        "ledger_id": document.ledger_id,
        "version": document.version,
        "deleted": False,
        "updated_there_at": document.updated_at,
        "number": document.number,
        "customer_ledger_id": document.customer_ledger_id,
        "customer_name": document.customer_name,
        "issue_date": document.issue_date,
        "due_date": document.due_date,
        "currency": document.currency,
        "total": document.total,
        "tax_total": document.tax_total,
        "balance": document.balance,
        "marker": document.marker,
        "voided": document.voided,
        "sold": _sold(document),
    }


def _sold(document: LedgerInvoice) -> list[list[str]] | None:
    """Return what people call what they sell; of ours that is what we were told to write."""
    if document.voided or is_marked(document.marker):
        return None
    keys = {(description_key(called), item) for called, item in document.sold}
    return [[key, _clean(item)] for key, item in sorted(keys) if key] or None


def grave(book: Book, gone: LedgerInvoice | LedgerPayment) -> dict[str, Any]:
    """Say that a document is deleted: the ledger tells its id and hardly more."""
    return book.columns | {
        "ledger_id": gone.ledger_id,
        "deleted": True,
        "updated_there_at": gone.updated_at,
    }


def upsert(model: type[MirrorRow], rows: list[dict[str, Any]]) -> set[str]:
    """Store rows where they are newer than what is there; returns the ids that were stored."""
    return _store(model, rows, set(rows[0]) - {"workspace_id", *model.KEY}) if rows else set()


def bury(model: type[MirrorRow], rows: list[dict[str, Any]]) -> set[str]:
    """Mark rows as deleted and leave the rest as last known."""
    return _store(model, rows, {"deleted", "updated_there_at"})


def _store(model: type[MirrorRow], rows: list[dict[str, Any]], change: set[str]) -> set[str]:
    kept: set[str] = set()
    # A pull, a comparison and the history may each have the same rows, but live and deleted ones
    # parted in another way: whoever comes second waits for the first one's end.
    if rows:
        in_turn("mirror", rows[0]["connection_id"])
    for chunk in chunks(sorted(rows, key=lambda row: str(row["ledger_id"]))):
        statement = _statement(model, tuple(chunk[0]), frozenset(change))
        stored = db.session.execute(statement, {"rows": _as_json(chunk)})
        given = {row["ledger_id"]: row for row in chunk}
        kept |= {row.ledger_id for row in stored if _is_ours(row, given[row.ledger_id])}
    return kept


@cache
def _statement(
    model: type[MirrorRow], names: tuple[str, ...], change: frozenset[str]
) -> ReturningInsert[Any]:
    """Build the upsert of a page once: its rows come as one JSON text, amounts in it as strings."""
    table = cast(Table, model.__table__)
    columns = [column(name, table.c[name].type) for name in names]
    rows = func.json_to_recordset(bindparam("rows", type_=Text).cast(JSON)).table_valued(*columns)
    given = rows.render_derived(with_types=True)
    statement = insert(table).from_select(list(names), select(*given.c))
    newer = _newer(table.c, statement.excluded)
    values: dict[str, ColumnElement[Any]] = {
        name: case((newer, statement.excluded[name]), else_=table.c[name]) for name in change
    }
    # Seen is seen, even when nothing newer came of it: the daily comparison asks for it.
    values["read_at"] = func.greatest(table.c.read_at, statement.excluded.read_at)
    return statement.on_conflict_do_update(index_elements=list(model.KEY), set_=values).returning(
        table.c.ledger_id, table.c.updated_there_at, table.c.read_at
    )


def _as_json(rows: list[dict[str, Any]]) -> str:
    """Write rows for PostgreSQL, which takes no NUL and no half characters."""
    clean = [{name: _clean(value) for name, value in row.items()} for row in rows]
    return json.dumps(clean, default=str, ensure_ascii=False)


def _clean(value: Any) -> Any:
    if not isinstance(value, str) or (value.isascii() and "\x00" not in value):
        return value
    return value.encode("utf-8", "replace").decode().replace("\x00", "")


def _newer(there: Any, given: Any) -> ColumnElement[bool]:
    """Match rows that changed there later, or of one second were read later."""
    return tuple_(func.coalesce(given.updated_there_at, given.read_at), given.read_at) >= tuple_(
        func.coalesce(there.updated_there_at, there.read_at), there.read_at
    )


def _is_ours(stored: Any, given: dict[str, Any]) -> bool:
    """Tell whether the stored row is the one given, or another that was newer."""
    return bool(
        stored.updated_there_at == given["updated_there_at"] and stored.read_at <= given["read_at"]
    )


def newest(documents: Iterable[D]) -> list[D]:
    """Keep one state of each document: the last given, for pages may overlap."""
    return list({document.ledger_id: document for document in documents}.values())


def chunks(rows: Sequence[T]) -> Iterator[list[T]]:
    """Cut rows into as many as one statement takes."""
    return (list(rows[start : start + _AT_ONCE]) for start in range(0, len(rows), _AT_ONCE))
