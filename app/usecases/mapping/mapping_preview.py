"""Show what a file of mappings would change, and take it once that was seen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from app.domain.states import MappingKind
from app.extensions import db
from app.models import Connection
from app.usecases.mapping.map_codes import Choice, Saved, save_many
from app.usecases.mapping.mapping_csv import FileRefused, Line, LineError, Reader


class Change(StrEnum):
    """What a line of a file comes to."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One right line: billing's name of the code, its entry now and then; now: "" for none."""

    line: int
    kind: MappingKind
    code: str
    name: str
    now: str
    then: str
    change: Change
    choice: Choice


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would change; empty: how many lines name no entry and are passed over."""

    rows: tuple[PreviewRow, ...]
    errors: tuple[LineError, ...]
    empty: int

    def of(self, *changes: Change) -> list[PreviewRow]:
        """Return the rows of some kinds, as the file has them."""
        return [row for row in self.rows if row.change in changes]

    @property
    def changes(self) -> list[PreviewRow]:
        """Return the rows that would be written."""
        return self.of(Change.NEW, Change.CHANGED)

    @property
    def seal(self) -> str:
        """Return a sign of exactly these changes: another one means that something moved since."""
        said = [(r.kind, r.code, r.choice.expected, r.choice.ledger_id) for r in self.changes]
        return sha256(json.dumps(said).encode()).hexdigest()


class PreviewStale(Exception):
    """The mappings or the ledger's lists moved since a preview was shown; nothing was written."""


def preview_csv(connection_id: int, content: str) -> Preview:
    """Read a file and say line by line what it would change; writes nothing."""
    reader = Reader(db.session.get_one(Connection, connection_id))
    rows = tuple(_row(reader, line) for line in reader.read(content))
    return Preview(rows, tuple(reader.errors), reader.empty)


def apply_csv(
    connection_id: int,
    content: str,
    seal: str,
    *,
    actor: str,
    user_id: int | None,
    now: datetime,
) -> Saved:
    """Write the changes that a preview showed, all or none; commits.

    Raises FileRefused while a line is wrong, PreviewStale when it would write anything else than
    what the seal stands for, MappingRefused when somebody maps one of them at this very moment.
    """
    preview = preview_csv(connection_id, content)
    if preview.errors:
        raise FileRefused(preview.errors)
    if preview.seal != seal:
        raise PreviewStale
    choices: Sequence[Choice] = [row.choice for row in preview.changes]
    return save_many(
        connection_id, choices, actor=actor, user_id=user_id, now=now, action="mapping.import"
    )


def _row(reader: Reader, line: Line) -> PreviewRow:
    choice = line.choice
    key = (choice.kind.value, choice.code)
    present = reader.mapped.get(key)
    same = present is not None and present.ledger_id == choice.ledger_id
    return PreviewRow(
        line.line,
        choice.kind,
        choice.code,
        reader.ours[key].name,
        present.ledger_name if present else "",
        line.entry,
        Change.UNCHANGED if same else Change.CHANGED if present else Change.NEW,
        choice,
    )
