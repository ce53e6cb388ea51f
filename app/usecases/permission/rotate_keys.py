"""Encrypt everything kept at rest again, with the newest of ENCRYPTION_KEYS."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Column, Table, select, update

from app.extensions import db
from app.models import Base
from app.secrets import UnreadableSecret, reseal

_SUFFIX = "_encrypted"  # what every column of a sealed value is called


@dataclass(slots=True)
class Rotation:
    """How many values carry the newest key now, and which no key opens (table:id)."""

    resealed: int
    unreadable: list[str]


def rotate_keys() -> Rotation:
    """Reseal every value, a row at a time: a token refresh waits for a moment, never for all."""
    rotation = Rotation(0, [])
    for table in Base.metadata.sorted_tables:
        columns = [column for column in table.columns if column.name.endswith(_SUFFIX)]
        if columns:
            for row_id in db.session.scalars(select(table.c.id).order_by(table.c.id)).all():
                _reseal_row(table, columns, row_id, rotation)
    return rotation


def _reseal_row(
    table: Table, columns: list[Column[bytes]], row_id: int, rotation: Rotation
) -> None:
    row = db.session.execute(
        select(*columns).where(table.c.id == row_id).with_for_update()
    ).one_or_none()
    if row is None:
        return
    old = {c.name: value for c, value in zip(columns, row, strict=True) if value is not None}
    try:
        new = {name: reseal(value) for name, value in old.items()}
    except UnreadableSecret:
        rotation.unreadable.append(f"{table.name}:{row_id}")
        db.session.rollback()
        return
    db.session.execute(update(table).where(table.c.id == row_id).values(new))
    db.session.commit()
    rotation.resealed += len(new)
