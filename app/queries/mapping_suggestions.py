"""Suggest entries of one ledger for codes of billing, reading its lists once."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import func, select

from app.domain.states import MappingKind
from app.domain.suggestions import (
    Mapped,
    Suggestion,
    Target,
    suggest_service,
    suggest_tax_code,
)
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import CatalogueRow, Connection, Mapping, Service
from app.queries.ledger_entries import choosable


class Suggester:
    """Hold what suggestions for one connection are made from."""

    def __init__(self, connection: Connection) -> None:
        kind = LEDGERS.get(connection.provider)
        self._ledger = kind.provider.name if kind else connection.provider
        self._targets = {kind: _targets(connection, kind) for kind in MappingKind}
        self._mapped = _mapped(connection)

    def suggest(self, kind: MappingKind, name: str, rate: Decimal | None) -> Suggestion:
        """Suggest an entry for one code; rate in percent, for a tax code."""
        if kind == MappingKind.TAX_CODE:
            targets = self._targets[kind]
            return suggest_tax_code(name, rate or Decimal(0), targets, ledger=self._ledger)
        similar = self._mapped if kind == MappingKind.SERVICE else ()
        return suggest_service(name, self._targets[kind], similar, ledger=self._ledger)


def _targets(connection: Connection, kind: MappingKind) -> list[Target]:
    rows = db.session.execute(
        select(
            CatalogueRow.ledger_id,
            CatalogueRow.name,
            CatalogueRow.active,
            CatalogueRow.rate,
            func.coalesce(CatalogueRow.details["any_untaxed"].astext, "false") == "true",
        )
        .where(choosable(connection, kind))
        .order_by(CatalogueRow.name)
    )
    return [Target(*row) for row in rows]


def _mapped(connection: Connection) -> list[Mapped]:
    rows = db.session.execute(
        select(Service.name, Mapping.ledger_id).join(
            Mapping,
            (Mapping.code == Service.code) & (Mapping.workspace_id == Service.workspace_id),
        )
        .where(Mapping.connection_id == connection.id, Mapping.kind == MappingKind.SERVICE)
    )  # fmt: skip
    return [Mapped(*row) for row in rows]
