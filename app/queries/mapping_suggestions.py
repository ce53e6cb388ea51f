"""Suggest entries of one ledger for codes of billing, reading its lists once."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import JSONB

from app.domain.item_history import History
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
from app.models import CatalogueRow, Connection, LedgerInvoiceRow, Mapping, Service
from app.queries.ledger_entries import choosable

# The ledger's own invoices that are looked at: habits change, and the page is to stay quick.
_NEWEST = 2000


class Suggester:
    """Hold what suggestions for one connection are made from."""

    def __init__(self, connection: Connection) -> None:
        kind = LEDGERS.get(connection.provider)
        self._ledger = kind.provider.name if kind else connection.provider
        self._targets = {kind: _targets(connection, kind) for kind in MappingKind}
        self._mapped = _mapped(connection)
        self._history = _history(connection)

    def suggest(self, kind: MappingKind, name: str, rate: Decimal | None) -> Suggestion:
        """Suggest an entry for one code; rate in percent, for a tax code."""
        if kind == MappingKind.TAX_CODE:
            targets = self._targets[kind]
            return suggest_tax_code(name, rate or Decimal(0), targets, ledger=self._ledger)
        if kind != MappingKind.SERVICE:
            return suggest_service(name, self._targets[kind], ledger=self._ledger)
        return suggest_service(
            name,
            self._targets[kind],
            self._mapped,
            ledger=self._ledger,
            history=self._history,
        )


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


def _history(connection: Connection) -> History:
    """Read what people sold as what on their newest invoices in the ledger, not on ours."""
    book = LedgerInvoiceRow
    newest = (
        select(book.sold)
        .where(book.connection_id == connection.id, book.sold.is_not(None), ~book.deleted)
        .order_by(book.issue_date.desc())
        .limit(_NEWEST)
        .subquery()
    )
    pair = func.jsonb_array_elements(newest.c.sold, type_=JSONB).label("pair")
    pairs = select(pair).subquery()
    called, item = pairs.c.pair[0].astext, pairs.c.pair[1].astext
    rows = db.session.execute(select(called, item, func.count()).group_by(called, item))
    return History.of((called, item, count) for called, item, count in rows)
