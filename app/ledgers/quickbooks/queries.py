"""Statements of QuickBooks' query language.

QuickBooks: Data queries. Only AND; name lists hide inactive rows unless Active is asked for; the
id can no longer be compared or sorted by.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

PAGE = 1000  # rows, the most a page may have
ANY_ACTIVE = "Active IN (true, false)"

# The longest statement QuickBooks takes is not documented; sent as a body, these are modest.
_NAMES_AT_ONCE = 100
_CHARACTERS_AT_ONCE = 20_000


def literal(value: str) -> str:
    """Quote a value; apostrophes and backslashes are escaped with a backslash."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{''.join(c for c in escaped if c.isprintable())}'"


def select(entity: str, *conditions: str, order: str = "", start: int = 1, rows: int = PAGE) -> str:
    """Write a statement that reads whole objects, one page of them or fewer rows."""
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    by = f" ORDERBY {order}" if order else ""
    return f"SELECT * FROM {entity}{where}{by} STARTPOSITION {start} MAXRESULTS {rows}"  # noqa: S608


def select_id(entity: str, *conditions: str, order: str, start: int) -> str:
    """Write a statement that reads the id of one row only: enough to name one that is broken."""
    where = " AND ".join(conditions)
    return (
        f"SELECT Id FROM {entity} WHERE {where} ORDERBY {order} STARTPOSITION {start} MAXRESULTS 1"  # noqa: S608
    )


def any_of(field: str, values: Sequence[str]) -> str:
    """Write the condition that a field has one of these values."""
    return f"{field} IN ({', '.join(map(literal, values))})"


def in_lots(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut names into lots that fit into one statement."""
    lot: list[str] = []
    for name in names:
        if len(lot) >= _NAMES_AT_ONCE or sum(map(len, lot)) + len(name) > _CHARACTERS_AT_ONCE:
            yield lot
            lot = []
        lot.append(name)
    if lot:
        yield lot
