"""Mappings as a file: kind, code, ledger_id, ledger_name; to be taken also confirmed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.domain.cells import escaped, unescaped
from app.domain.states import TARGET_OF, MappingKind
from app.domain.wording import listed
from app.extensions import db
from app.models import CODES_OF, CatalogueRow, Code, Connection, Mapping
from app.usecases.mapping.map_codes import Choice, Saved, save_many
from app.usecases.mapping.mapping_rules import AnotherTax, MappingRefused, check_target

COLUMNS = ("kind", "code", "ledger_id", "ledger_name")
# What a cell of the column confirmed says, which is never exported: each time is a decision.
_YES = "yes"


@dataclass(frozen=True, slots=True)
class LineError:
    """What is wrong with one field of one line; the header is line 1."""

    line: int
    field: str
    sentence: str

    def __str__(self) -> str:
        return f"Line {self.line}, {self.field}: {self.sentence}"


class FileRefused(Exception):
    """Raised with everything that is wrong with a file; nothing of it was taken."""

    def __init__(self, errors: Sequence[LineError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(map(str, errors)))


def export_csv(connection: Connection) -> str:
    """Write every code of billing, those without an entry with empty columns to fill in."""
    mapped = {(m.kind, m.code): m for m in db.session.scalars(_mappings_of(connection))}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for kind in MappingKind:
        table = CODES_OF[kind]
        for code in db.session.scalars(
            select(table.code)
            .where(table.workspace_id == connection.workspace_id)
            .order_by(table.code)
        ):
            found = mapped.get((kind, code))
            row = (kind.value, code, *((found.ledger_id, found.ledger_name) if found else ("", "")))
            writer.writerow([escaped(cell) for cell in row])
    return out.getvalue()


def import_csv(
    connection_id: int, content: str, *, actor: str, user_id: int | None, now: datetime
) -> Saved:
    """Map what a file says, all of it or nothing; lines without an entry are passed over; commits.

    An entry may be named by its id, by its name or by both; both must agree, because ids differ
    from company to company. A tax code of another rate or kind takes a yes in the column confirmed
    of its line. Raises FileRefused naming every line and field that is wrong.
    """
    reader = Reader(db.session.get_one(Connection, connection_id))
    choices = [line.choice for line in reader.read(content)]
    if reader.errors:
        raise FileRefused(reader.errors)
    try:
        return save_many(
            connection_id, choices, actor=actor, user_id=user_id, now=now, action="mapping.import"
        )
    except MappingRefused as error:
        raise FileRefused([LineError(1, "file", error.sentence)]) from error


def _plain(cell: str | None) -> str:
    """Return a cell as it was before escaped."""
    cell = cell or ""
    plain = unescaped(cell)
    return plain if plain != cell else cell.strip()


def _mapped(connection: Connection) -> Sequence[Mapping]:
    return db.session.scalars(_mappings_of(connection)).all()


def _mappings_of(connection: Connection):  # type: ignore[no-untyped-def]
    return select(Mapping).where(Mapping.connection_id == connection.id)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file that names an entry: its number, what it chooses, and the entry's name."""

    line: int
    choice: Choice
    entry: str


class Reader:
    """Reads one file against one company's lists, collecting what is wrong.

    empty: how many lines name no entry and are passed over.
    """

    def __init__(self, connection: Connection) -> None:
        self.errors: list[LineError] = []
        self.empty = 0
        self.ours = {
            (kind.value, row.code): row for kind in MappingKind for row in _codes(connection, kind)
        }
        self.mapped = {(m.kind, m.code): m for m in _mapped(connection)}
        self._entries = _entries(connection)
        self._seen: dict[tuple[str, str], int] = {}

    def read(self, content: str) -> list[Line]:
        """Return the lines that are right; errors holds the others."""
        content = content.removeprefix("\ufeff")
        first = content.partition("\n")[0]
        delimiter = ";" if ";" in first and "," not in first else ","
        rows = csv.DictReader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
        try:
            if not self._header_is_right(rows.fieldnames or ()):
                return []
            return [line for row in rows if (line := self._line(rows.line_num, row))]
        except csv.Error as error:
            self._wrong(rows.line_num, "file", f"This is not CSV: {error}.")
            return []

    def _header_is_right(self, names: Iterable[str]) -> bool:
        present = {name.strip() for name in names}
        if {"kind", "code"} <= present and present & {"ledger_id", "ledger_name"}:
            return True
        self._wrong(1, "header", f"The first line must be {','.join(COLUMNS)}.")
        return False

    def _line(self, line: int, row: dict[str, str | None]) -> Line | None:
        kind, code = _plain(row.get("kind")), _plain(row.get("code"))
        ledger_id, name = _plain(row.get("ledger_id")), _plain(row.get("ledger_name"))
        if not any((kind, code, ledger_id, name)):
            return None
        if not self._code_is_known(line, kind, code):
            return None
        if not (ledger_id or name):
            self.empty += 1
            return None
        entry = self._entry(line, MappingKind(kind), ledger_id, name)
        if entry is None:
            return None
        confirmed = _plain(row.get("confirmed")).casefold() == _YES
        # What is mapped so already was confirmed then.
        present = self.mapped.get((kind, code))
        before = present.ledger_id if present else ""
        try:
            known = entry.active and before == entry.ledger_id
            check_target(self.ours[kind, code], entry, confirmed or known)
        except AnotherTax as error:
            sentence = (
                f"{error.sentence} To map it all the same, write yes in its column confirmed."
            )
            self._wrong(line, "confirmed", sentence)
            return None
        except MappingRefused as error:
            self._wrong(line, "ledger_id" if ledger_id else "ledger_name", error.sentence)
            return None
        choice = Choice(MappingKind(kind), code, entry.ledger_id, before, confirmed)
        return Line(line, choice, entry.name)

    def _code_is_known(self, line: int, kind: str, code: str) -> bool:
        if kind not in set(MappingKind):
            kinds = listed([one.value for one in MappingKind], "or")
            self._wrong(line, "kind", f"“{kind}” is not {kinds}.")
            return False
        if (kind, code) not in self.ours:
            self._wrong(line, "code", f"Billing has no {kind} with the code “{code}”.")
            return False
        before = self._seen.setdefault((kind, code), line)
        if before != line:
            self._wrong(line, "code", f"“{code}” stands on line {before} already.")
        return before == line

    def _entry(
        self, line: int, kind: MappingKind, ledger_id: str, name: str
    ) -> CatalogueRow | None:
        of_kind = [entry for entry in self._entries if entry.kind == TARGET_OF[kind]]
        if ledger_id:
            return self._by_id(line, of_kind, ledger_id, name)
        named = [e for e in of_kind if e.active and e.name.casefold() == name.casefold()]
        if len(named) == 1:
            return named[0]
        many = f"{len(named)} entries of the ledger are called “{name}”: give the ledger_id."
        none = f"The ledger has no active entry called “{name}”."
        self._wrong(line, "ledger_name", many if named else none)
        return None

    def _by_id(
        self, line: int, of_kind: list[CatalogueRow], ledger_id: str, name: str
    ) -> CatalogueRow | None:
        entry = next((e for e in of_kind if e.ledger_id == ledger_id), None)
        if entry is None:
            self._wrong(line, "ledger_id", f"The ledger has no entry with the id {ledger_id}.")
            return None
        if name and entry.name.casefold() != name.casefold():
            sentence = f"In this ledger {ledger_id} is “{entry.name}”, not “{name}”."
            self._wrong(line, "ledger_name", sentence)
            return None
        return entry

    def _wrong(self, line: int, field: str, sentence: str) -> None:
        self.errors.append(LineError(line, field, sentence))


def _codes(connection: Connection, kind: MappingKind) -> Sequence[Code]:
    table = CODES_OF[kind]
    statement = select(table).where(table.workspace_id == connection.workspace_id)
    return db.session.scalars(statement).all()


def _entries(connection: Connection) -> Sequence[CatalogueRow]:
    return db.session.scalars(
        select(CatalogueRow).where(CatalogueRow.connection_id == connection.id)
    ).all()
