"""What a connection's people mapped, as values."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from sqlalchemy import select

from app.domain.push_plan import GoneTarget, Mappings
from app.domain.states import OPTIONAL_MAPPINGS, TARGET_OF, CatalogueKind, MappingKind
from app.domain.tax_prediction import TaxRate, TaxRates
from app.extensions import db
from app.models import CODES_OF, CatalogueRow, Connection, Mapping


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
    pairs: list[tuple[Mapping, CatalogueRow | None]] = [(row[0], row[1]) for row in rows]
    found: dict[str, dict[str, str]] = {kind: {} for kind in MappingKind}
    gone: dict[tuple[str, str], GoneTarget] = {}
    unread = _unread_kinds(connection)
    for mapping, entry in pairs:
        if entry.usable if entry is not None else mapping.kind in unread:
            found[mapping.kind][mapping.code] = mapping.ledger_id
        else:
            why = "absent" if entry is None else entry.why_unusable
            gone[mapping.kind, mapping.code] = GoneTarget(mapping.ledger_name, why)
    return Mappings(
        services=found[MappingKind.SERVICE],
        tax_codes=found[MappingKind.TAX_CODE],
        gone=gone,
        optional={kind: found[kind] for kind in OPTIONAL_MAPPINGS},
    )


def _unread_kinds(connection: Connection) -> set[MappingKind]:
    """Return what an invoice may do without and the ledger listed nothing of: it keeps none now.

    It says itself that it leaves them out; that they are gone there nobody knows.
    """
    listed = set(
        db.session.scalars(
            select(CatalogueRow.kind).where(CatalogueRow.connection_id == connection.id).distinct()
        )
    )
    return {kind for kind in OPTIONAL_MAPPINGS if TARGET_OF[kind] not in listed}


def names_of(
    connection: Connection,
    kinds: Collection[MappingKind] = (MappingKind.SERVICE, MappingKind.TAX_CODE),
) -> dict[tuple[str, str], str]:
    """Return what billing calls its services and tax codes, by kind and code; or other kinds."""
    names: dict[tuple[str, str], str] = {}
    for kind in kinds:
        table = CODES_OF[kind]
        rows = db.session.execute(
            select(table.code, table.name).where(table.workspace_id == connection.workspace_id)
        )
        names |= {(str(kind), code): name for code, name in rows}
    return names


def rates_of(connection: Connection) -> TaxRates:
    """Return the rates of the ledger's tax codes, as last read; without those not known."""
    rows = db.session.execute(
        select(CatalogueRow.ledger_id, CatalogueRow.rate, CatalogueRow.details).where(
            CatalogueRow.connection_id == connection.id,
            CatalogueRow.kind == CatalogueKind.TAX_CODE,
            CatalogueRow.rate.is_not(None),
        )
    )
    return {
        code_id: tuple(
            TaxRate(rate_id, Decimal(percent))
            for rate_id, percent in details.get("rates", {code_id: rate}).items()
        )
        for code_id, rate, details in rows
    }
