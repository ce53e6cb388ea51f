"""How often billing's codes stand on invoices."""

from __future__ import annotations

from datetime import date

from sqlalchemy import and_, func, select

from app.domain.states import MappingKind
from app.extensions import db
from app.models import Connection, Invoice, InvoiceLine


def use_of(connection: Connection, since: date) -> dict[tuple[str, str], int]:
    """Count the invoices since a day that name each code; one query for all kinds.

    Invoices that name the same codes come as one row.
    """
    line = InvoiceLine
    on_lines = {
        MappingKind.SERVICE: line.service_code,
        MappingKind.TAX_CODE: line.tax_code,
        MappingKind.CLASS: line.class_code,
    }
    on_it = {
        MappingKind.DEPARTMENT: Invoice.department_code,
        MappingKind.PAYMENT_TERMS: Invoice.terms_code,
    }
    named = (
        select(
            *(func.array_agg(code.distinct()).label(kind) for kind, code in on_lines.items()),
            *(code.label(kind) for kind, code in on_it.items()),
        )
        .select_from(Invoice)
        .join(line, and_(line.invoice_id == Invoice.id, line.revision == Invoice.revision))
        .where(Invoice.connection_id == connection.id, Invoice.issue_date >= since)
        .group_by(Invoice.id)
        .subquery()
    )
    found: dict[tuple[str, str], int] = {}
    for *codes, count in db.session.execute(select(named, func.count()).group_by(*named.c)):
        for kind, several in zip((*on_lines, *on_it), codes, strict=True):
            for code in several if kind in on_lines else [several]:
                found[kind, code or ""] = found.get((kind, code or ""), 0) + count
    return found
