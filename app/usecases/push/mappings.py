"""What a connection's people mapped, as values."""

from __future__ import annotations

from sqlalchemy import select

from app.domain.push_plan import GoneTarget, Mappings
from app.domain.states import MappingKind
from app.extensions import db
from app.models import CatalogueRow, Connection, Mapping, Service, TaxCode


def mappings_of(connection: Connection) -> Mappings:
    """Return every mapping of a connection, apart what the ledger lets no sale use any more.

    What was made inactive there, is gone, or became something else counts as not mapped: found out
    before the push, not by a refusal.
    """
    rows = db.session.execute(
        select(Mapping, CatalogueRow)
        .outerjoin(CatalogueRow, Mapping.leads_to(CatalogueRow))
        .where(Mapping.connection_id == connection.id)
    ).all()
    found: list[tuple[Mapping, CatalogueRow | None]] = [(row[0], row[1]) for row in rows]
    good = [mapping for mapping, entry in found if entry is not None and entry.usable]
    return Mappings(
        services={m.code: m.ledger_id for m in good if m.kind == MappingKind.SERVICE},
        tax_codes={m.code: m.ledger_id for m in good if m.kind == MappingKind.TAX_CODE},
        gone={
            (mapping.kind, mapping.code): GoneTarget(
                mapping.ledger_name, "absent" if entry is None else entry.why_unusable
            )
            for mapping, entry in found
            if entry is None or not entry.usable
        },
    )


def names_of(connection: Connection) -> dict[tuple[str, str], str]:
    """Return what billing calls its services and tax codes, by kind and code."""
    names: dict[tuple[str, str], str] = {}
    for kind, table in ((MappingKind.SERVICE, Service), (MappingKind.TAX_CODE, TaxCode)):
        rows = db.session.execute(
            select(table.code, table.name).where(table.workspace_id == connection.workspace_id)
        )
        names |= {(str(kind), code): name for code, name in rows}
    return names
