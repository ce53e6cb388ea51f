"""What the mappings page is made of: the rows of one connection, and what was said about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple
from zlib import crc32

from app.domain.states import MappingKind
from app.domain.wording import tax_word
from app.models import CatalogueRow, Connection
from app.queries import held_back, ledger_entries
from app.queries import mappings as queries
from app.queries.connections import income_accounts
from app.queries.item_creations import Creation, creations
from app.queries.mapping_history import Was, histories
from app.queries.mappings import MappedRow, Unmapped
from app.usecases.push.still_waits import Stopped
from app.web.presentation import ledger_name, now, today

USED_SINCE = timedelta(days=90)
_UNDO_SHOWN = timedelta(hours=24)
# What a person has just done stands out; everything they did today would only be a green page.
_TINTED_FOR = timedelta(minutes=5)
_TINTED = 3


class KindWords(NamedTuple):
    """What one code of a kind is called, several of them, and an entry of the ledger for it."""

    one: str
    many: str
    there: str


KIND_WORDS = {
    MappingKind.SERVICE: KindWords("service", "Services", "item"),
    MappingKind.TAX_CODE: KindWords("tax code", "Tax codes", "tax code"),
    MappingKind.CLASS: KindWords("class", "Classes", "class"),
    MappingKind.DEPARTMENT: KindWords("department", "Departments", "department"),
    MappingKind.PAYMENT_TERMS: KindWords("payment terms", "Payment terms", "terms"),
}


@dataclass(frozen=True, slots=True)
class Note:
    """Why a row was not mapped; confirm: the person may insist. typed: what stood in the field.

    new_item: what an item would be called, where one may be created instead. account: the account
    new items post to is to be chosen for that.
    """

    sentence: str
    confirm: bool = False
    typed: str = ""
    ledger_id: str = ""
    new_item: str = ""
    account: bool = False


@dataclass
class Page:
    """What the whole page and its parts are made of."""

    connection: Connection
    unmapped: list[Unmapped]
    mapped: list[MappedRow]
    held: held_back.Held  # what waits for any mapping
    creations: dict[str, Creation] = field(default_factory=dict)
    notes: dict[tuple[str, str], Note] = field(default_factory=dict)

    @property
    def ledger(self) -> str:
        """Return the ledger's name."""
        return ledger_name(self.connection.provider)

    @cached_property
    def without_tax_codes(self) -> str:
        """Say that the ledger has no tax codes, and what to do; "" where it has some."""
        return none_there(self.connection, MappingKind.TAX_CODE)

    @property
    def missing(self) -> list[Unmapped]:
        """Return the rows that invoices cannot go without."""
        return [row for row in self.unmapped if row.needed and not row.optional]

    @property
    def listed(self) -> list[Unmapped]:
        """Return the rows that concern this company: what it needs, what it may have."""
        return [row for row in self.unmapped if row.needed]

    @cached_property
    def accounts(self) -> Sequence[CatalogueRow]:
        """Return the accounts that new items may post to."""
        return income_accounts(self.connection)

    def creation(self, row: Unmapped | MappedRow) -> Creation | None:
        """Return the creation of a row's item that is under way, or was refused a moment ago."""
        found = self.creations.get(row.code) if row.kind == MappingKind.SERVICE else None
        if found is None or found.under_way:
            return found
        fresh = found.finished_at is not None and now() - found.finished_at < _UNDO_SHOWN
        return found if found.refused and fresh else None

    def being_created(self, row: Unmapped | MappedRow) -> bool:
        """Tell whether a row's item is on its way into the ledger."""
        found = self.creation(row)
        return found is not None and found.under_way

    @property
    def without_match(self) -> list[Unmapped]:
        """Return the services that nothing in the ledger is close to, and that are not on it."""
        return [r for r in queries.lacking_items(self.unmapped) if not self.being_created(r)]

    @cached_property
    def _histories(self) -> Mapping[tuple[str, str], Sequence[Was]]:
        return histories(self.connection)

    def was(self, row: MappedRow) -> Sequence[Was]:
        """Return what a row's code meant before, newest first."""
        return self._histories.get((row.kind, row.code), ())

    @property
    def zero(self) -> Decimal:
        """Return no money, for rows nothing waits for."""
        return Decimal(0)

    def suggested(self, which: str) -> list[Unmapped]:
        """Return the rows that accepting certain, or all, would map."""
        return queries.suggested(self.unmapped, which)

    def find(self, kind: MappingKind, code: str) -> Unmapped | MappedRow | None:
        """Return the row of a code, mapped or not."""
        rows: list[Unmapped | MappedRow] = [*self.unmapped, *self.mapped]
        return next((r for r in rows if (r.kind, r.code) == (kind, code)), None)

    def fresh(self, row: MappedRow) -> bool:
        """Tell whether a mapping is so new that undoing it is offered."""
        return row.can_undo and now() - row.set_at < _UNDO_SHOWN

    def known(self, kind: MappingKind) -> int:
        """Return how many codes of a kind there are, mapped or not."""
        rows: list[Unmapped | MappedRow] = [*self.unmapped, *self.mapped]
        return len([row for row in rows if row.kind == kind])

    def tinted(self, row: MappedRow, person: str) -> bool:
        """Tell whether a mapping is one of the few that a person has made just now."""
        begun = now() - _TINTED_FOR
        made = [r for r in self.mapped if r.set_by == person and r.set_at > begun and self.fresh(r)]
        return row in sorted(made, key=lambda r: r.set_at, reverse=True)[:_TINTED]


def row_id(row: Unmapped | MappedRow) -> str:
    """Return a row's id in the page; codes may hold anything, ids may not."""
    return f"map-{row.kind}-{crc32(row.code.encode()):08x}"


def build(connection: Connection) -> Page:
    """Read the rows of a connection."""
    stopped = Stopped(connection)
    waiting = held_back.waiting_of(connection, stopped)
    return Page(
        connection,
        queries.unmapped(connection, stopped, waiting),
        queries.mapped(connection, today() - USED_SINCE),
        held_back.for_mappings(waiting),
        creations(connection),
    )


def none_there(connection: Connection, kind: MappingKind) -> str:
    """Say what to do where the ledger has no entry of a kind at all; "" where it has one."""
    if ledger_entries.any_of(connection, kind):
        return ""
    ledger = ledger_name(connection.provider)
    if kind == MappingKind.TAX_CODE:
        tax = tax_word(connection.country)
        return f"{ledger} has no tax codes. Switch {tax} on there, then press “Read again”."
    one = KIND_WORDS[kind].there
    many = one if one.endswith("s") else f"{one}s"
    return f"{ledger} has no {many} yet."


def matches(row: Unmapped | MappedRow, typed: str) -> bool:
    """Tell whether a row's name or code contains what was typed."""
    return typed.casefold() in f"{row.name} {row.code}".casefold()
