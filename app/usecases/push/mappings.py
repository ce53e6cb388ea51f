"""What a connection's people mapped, as values."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from sqlalchemy import Exists, case, exists, select

from app.domain.push_plan import Mappings
from app.domain.states import OPTIONAL_MAPPINGS, TARGET_OF, CatalogueKind, MappingKind
from app.domain.tax_prediction import TaxRate, TaxRates
from app.extensions import db
from app.models import CODES_OF, CatalogueRow, Connection, Mapping


def mappings_of(connection: Connection) -> Mappings:
    """Return every mapping of a connection whose target can be used.

    A target made inactive there counts as not mapped: found out before the push, not by a refusal.
    """
    rows = db.session.execute(
        select(Mapping.kind, Mapping.code, Mapping.ledger_id).where(
            Mapping.connection_id == connection.id, ~_inactive()
        )
    ).all()
    found: dict[str, dict[str, str]] = {kind: {} for kind in MappingKind}
    for kind, code, there in rows:
        found[kind][code] = there
    return Mappings(
        services=found[MappingKind.SERVICE],
        tax_codes=found[MappingKind.TAX_CODE],
        optional={kind: found[kind] for kind in OPTIONAL_MAPPINGS},
    )


def _inactive() -> Exists:
    target = case(*((Mapping.kind == ours, theirs) for ours, theirs in TARGET_OF.items()))
    return exists().where(
        CatalogueRow.connection_id == Mapping.connection_id,
        CatalogueRow.kind == target,
        CatalogueRow.ledger_id == Mapping.ledger_id,
        CatalogueRow.active.is_(False),
    )


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
