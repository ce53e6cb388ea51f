"""Answer change data capture (facts: quickbooks 4)."""

from __future__ import annotations

from datetime import datetime, timedelta

from simulator import json_text
from simulator.clock import PACIFIC, pacific_seconds
from simulator.quickbooks.books import Books
from simulator.quickbooks.broken import refuse_broken
from simulator.quickbooks.faults import Fault, required
from simulator.quickbooks.query_run import KNOWN

LOOK_BACK = timedelta(days=30)
MOST_OBJECTS = 1000
_NOT_COVERED = ("JournalCode", "TimeActivity", "TaxAgency", "TaxCode", "TaxRate")


def changes(books: Books, entities: str | None, changed_since: str | None) -> str:
    """Return the text of ``CDCResponse``. Raise a fault beyond 30 days or for unknown entities."""
    if not entities:
        raise required("entities")
    if not changed_since:
        raise required("changedSince")
    since = _moment(changed_since)
    if datetime.fromtimestamp(since, PACIFIC) < books.now - LOOK_BACK:
        raise Fault(
            "2190",
            "Invalid Date Range : changedSince must be within the last 30 days.",
            "changedSince",
        )
    left = MOST_OBJECTS
    groups: list[str] = []
    for kind in dict.fromkeys(_kind(name) for name in entities.split(",")):
        group, used = _group(books, kind, since, left)
        groups.append(group)
        if books.switches["cdc_limit"] == "request":
            left -= used
    return f'[{{"QueryResponse":[{",".join(groups)}]}}]'


def _kind(name: str) -> str:
    kind = KNOWN.get(name.strip().lower())
    if kind is None or kind in _NOT_COVERED:
        raise Fault("4001", f"QueryValidationError: invalid context declaration: {name.strip()}")
    return kind


def _moment(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Fault(
            "2060", f"Invalid Date Format : changedSince. Supplied value:{text}", "changedSince"
        ) from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=PACIFIC)).timestamp())


def _group(books: Books, kind: str, since: int, left: int) -> tuple[str, int]:
    """Return one entity's changes, live ones first, then stubs of the deleted; ``{}`` for none."""
    rows = books.store.rows(
        "SELECT id, updated, deleted, body FROM document WHERE realm=? AND kind=? AND updated>=?"
        " ORDER BY deleted, updated, number LIMIT ?",
        books.realm, kind, since, max(left, 0),
    )  # fmt: skip
    if not rows:
        return "{}", 0
    refuse_broken(books, kind, (row["id"] for row in rows if not row["deleted"]))
    texts = [_stub(row["id"], row["updated"]) if row["deleted"] else row["body"] for row in rows]
    count = len(texts)
    return (
        f'{{"{kind}":[{",".join(texts)}],"startPosition":1,"maxResults":{count},"totalCount":{count}}}',
        count,
    )


def _stub(identifier: str, deleted_at: int) -> str:
    return json_text.dumps(
        {
            "domain": "QBO",
            "status": "Deleted",
            "Id": identifier,
            "MetaData": {"LastUpdatedTime": pacific_seconds(deleted_at)},
        }
    )
