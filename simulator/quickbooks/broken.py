"""Records that no answer can hold: one makes the whole answer fail (facts: quickbooks 4)."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.quickbooks.books import Books
from simulator.quickbooks.faults import Fault


def break_record(books: Books, kind: str, identifier: str) -> None:
    """Let a record be broken until somebody saves it again. Raise LookupError when it is not."""
    books.require(kind, identifier)
    books.store.set_setting(_name(books), [*_broken(books), [kind, identifier]])


def mend(books: Books, kind: str, identifier: str) -> None:
    """Let a record be whole again: it was saved."""
    broken = _broken(books)
    if [kind, identifier] in broken:
        books.store.set_setting(_name(books), [one for one in broken if one != [kind, identifier]])


def refuse_broken(books: Books, kind: str, identifiers: Iterable[str]) -> None:
    """Raise 4002 when an answer would hold a broken record."""
    broken = {identifier for of_kind, identifier in _broken(books) if of_kind == kind}
    if broken and not broken.isdisjoint(identifiers):
        raise Fault("4002", "Error processing query")


def _name(books: Books) -> str:
    return f"broken.{books.realm}"


def _broken(books: Books) -> list[list[str]]:
    return list(books.store.setting(_name(books), []))
