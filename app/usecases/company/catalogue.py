"""Keep the ledger's lists as it shows them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.ledgers.interface import CatalogueEntry
from app.models import CatalogueRow, Connection


def put_on_list(connection: Connection, entries: Sequence[CatalogueEntry]) -> None:
    """Keep entries as the ledger shows them now, known ones too; the caller commits."""
    if not entries:
        return
    rows = {
        (entry.kind, entry.ledger_id): {
            "workspace_id": connection.workspace_id,
            "connection_id": connection.id,
            "kind": entry.kind,
            "ledger_id": entry.ledger_id,
            "name": entry.name,
            "active": entry.active,
            "rate": entry.rate,
            "account": entry.account,
            "details": dict(entry.details),
        }
        for entry in entries
    }
    new = insert(CatalogueRow)
    shown = {name: new.excluded[name] for name in ("name", "active", "rate", "account", "details")}
    db.session.execute(
        new.on_conflict_do_update(
            index_elements=["connection_id", "kind", "ledger_id"],
            set_=shown | {"created_at": func.now()},
        ),
        list(rows.values()),
    )
