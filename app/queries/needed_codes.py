"""Which of billing's codes a ledger company must know."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, exists, literal, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.domain.states import (
    IN_HAND,
    NEEDS_PERSON,
    ConnectionState,
    MappingKind,
)
from app.models import CODES_OF, Connection, InvoiceLine, Mapping, SalesDocument

_CODE_ON_A_LINE = {
    MappingKind.SERVICE: InvoiceLine.service_code,
    MappingKind.TAX_CODE: InvoiceLine.tax_code,
}


def needed(company: InstrumentedAttribute[int] | int, kind: MappingKind) -> ColumnElement[bool]:
    """Match the services or tax codes that must be mapped in a company.

    The only company of a workspace must know every code. One of several must know what is on a
    document that waits for it, and what was mapped in it already: each may sell something else.
    """
    ours = CODES_OF[kind]
    where = literal(company) if isinstance(company, int) else company
    other, mapping = aliased(Connection), aliased(Mapping)
    several = exists().where(
        other.workspace_id == ours.workspace_id,
        other.id != where,
        other.state != ConnectionState.DISCONNECTED,
    )
    was_mapped = exists().where(
        mapping.connection_id == where, mapping.kind == kind, mapping.code == ours.code
    )
    return or_(~several, was_mapped, tuple_(where, ours.code).in_(_waiting(kind)))


def _waiting(kind: MappingKind) -> Select[int | None, str | None]:
    """Select company and code of every document that is not settled.

    Read once for all codes: looked up code by code, a service that only another company sells
    would be sought on every line it ever was on.
    """
    document, code = aliased(SalesDocument), _CODE_ON_A_LINE[kind]
    same = and_(InvoiceLine.invoice_id == document.id, InvoiceLine.revision == document.revision)
    return (
        select(document.connection_id, code)
        .select_from(document)
        .join(InvoiceLine, same)
        .where(
            document.sync_state.in_(NEEDS_PERSON | IN_HAND),
            document.connection_id.is_not(None),
            code.is_not(None),
        )
    )
