"""Look among the ledger's own invoices for those that wait to be created: in the mirror only.

Pushing reads nothing in the ledger. What somebody typed there since the last pull is not known
here; should it be a duplicate, the daily comparison names it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause, text

from app.domain.long_numbers import SHORTEN, number_there
from app.domain.perhaps_there import NEAR, Candidate, Ours, Theirs, candidates
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import Connection

# A document with the mark of an invoice of ours is that one's, linked or not yet; so is what a
# disconnect unlinked one from.
_STATEMENT = """
WITH ours AS MATERIALIZED (
    SELECT i.id, i.number, i.currency, i.total, i.issue_date, i.others_there,
           cu.name AS customer, cl.ledger_id AS customer_ledger_id,
           lower(replace(right(i.number, :kept), ' ', '')) AS number_key
    FROM push p
    JOIN invoice i ON i.id = p.document_id
    JOIN customer cu ON cu.id = i.customer_id
    LEFT JOIN customer_link cl ON cl.connection_id = p.connection_id
        AND cl.customer_id = i.customer_id AND cl.gone IS NULL
    WHERE p.connection_id = :connection AND p.document_kind = 'invoice'
      AND p.operation = 'create' AND p.state NOT IN ('done', 'cancelled')
      AND i.status <> 'void' AND {which}
), alike AS (
    SELECT o.id AS invoice_id, f.id FROM ours o CROSS JOIN LATERAL (
        SELECT m.id FROM ledger_invoice m WHERE {free}
        AND lower(replace(m.number, ' ', '')) = o.number_key LIMIT {most}) f
    UNION
    SELECT o.id, f.id FROM ours o CROSS JOIN LATERAL (
        SELECT m.id FROM ledger_invoice m WHERE {free} AND {same_sum}
        AND m.customer_ledger_id = o.customer_ledger_id LIMIT {most}) f
    UNION
    SELECT o.id, f.id FROM ours o CROSS JOIN LATERAL (
        SELECT m.id FROM ledger_invoice m WHERE {free} AND {same_sum}
        AND lower(replace(m.customer_name, ' ', '')) = lower(replace(o.customer, ' ', ''))
        LIMIT {most}) f
    WHERE o.customer_ledger_id IS NULL
)
SELECT o.id, o.number, o.currency, o.total, o.issue_date, o.others_there, o.customer,
       o.customer_ledger_id, m.ledger_id, m.number AS their_number,
       m.customer_ledger_id AS their_customer_id, m.customer_name AS their_customer,
       m.currency AS their_currency, m.total AS their_total, m.issue_date AS their_date,
       EXISTS (SELECT 1 FROM invoice x WHERE x.workspace_id = m.workspace_id
               AND x.number = m.number AND x.kind = 'invoice' AND x.connection_id = :connection
               AND x.status <> 'void' AND x.total = m.total AND x.id <> o.id) AS anothers
FROM alike a JOIN ours o ON o.id = a.invoice_id JOIN ledger_invoice m ON m.id = a.id
ORDER BY o.id, m.issue_date, m.id
"""
_FREE = """m.connection_id = :connection AND NOT m.deleted AND NOT m.voided
        AND NOT EXISTS (SELECT 1 FROM document_link l WHERE l.connection_id = :connection
                        AND l.document_kind = 'invoice' AND l.ledger_id = m.ledger_id)
        AND NOT EXISTS (SELECT 1 FROM invoice x WHERE x.workspace_id = m.workspace_id
                        AND x.kind = 'invoice'
                        AND x.external_id = substring(m.marker FROM 'Ledgerbridge (\\S+)'))
        AND NOT EXISTS (SELECT 1 FROM invoice y WHERE y.connection_id = :connection
                        AND y.linked_before = m.ledger_id AND y.id <> o.id)"""
# Only what was never sent: what perhaps left us is looked for in the ledger itself. What is looked
# for first is asked about too, unless the ledger is known to have it by its mark or its id.
_UNSENT = """p.first_sent_at IS NULL AND p.body IS NULL AND (NOT p.look_first
      OR (i.linked_before IS NULL AND NOT EXISTS (SELECT 1 FROM ledger_invoice w
          WHERE w.connection_id = :connection AND NOT w.deleted
          AND i.external_id = substring(w.marker FROM 'Ledgerbridge (\\S+)'))))"""
_SAME_SUM = """m.total = o.total
        AND m.issue_date BETWEEN o.issue_date - :near AND o.issue_date + :near"""
# Of one invoice and one sign: who finds more than that is to look at all of them anyhow.
_MOST = 10


def _statement(which: str) -> TextClause:
    return text(_STATEMENT.format(which=which, free=_FREE, same_sum=_SAME_SUM, most=_MOST))


_OF_PUSHES, _OF_ALL = _statement(f"{_UNSENT} AND p.id = ANY(:pushes)"), _statement(_UNSENT)
_OF_REFUSED = _statement("p.id = ANY(:pushes)")
_WHOLE = 10_000  # characters: more than any number has


@dataclass(frozen=True, slots=True)
class Alike:
    """An invoice of ours and what of the ledger's is probably the same."""

    ours: Ours
    candidates: tuple[Candidate, ...]


def alike_there(
    connection: Connection, push_ids: Sequence[int] | None = None
) -> Mapping[int, Alike]:
    """Return by invoice what is perhaps there already; one query, whatever is asked for.

    push_ids: of which creations; None asks for all that wait for the company.
    """
    statement, values = _OF_ALL, _values(connection)
    if push_ids is not None:
        statement, values = _OF_PUSHES, values | {"pushes": list(push_ids)}
    return _found(connection, statement, values, others=True)


def _found(
    connection: Connection, statement: TextClause, values: dict[str, Any], *, others: bool
) -> Mapping[int, Alike]:
    rows: dict[int, list[Any]] = {}
    for row in db.session.execute(statement, values):
        rows.setdefault(row.id, []).append(row)
    found = {number: _alike(some, connection, others=others) for number, some in rows.items()}
    return {number: one for number, one in found.items() if one.candidates}


def alike_refused(connection: Connection, push_ids: Sequence[int]) -> Mapping[int, Alike]:
    """Return the same of creations that the ledger refused, as if nobody had decided yet.

    Whoever said that it is another one, and met the refusal, may change their mind.
    """
    values = _values(connection) | {"pushes": list(push_ids)}
    return _found(connection, _OF_REFUSED, values, others=False)


def _values(connection: Connection) -> dict[str, Any]:
    longest = LEDGERS[connection.provider].provider.number_length
    kept = longest if connection.long_numbers == SHORTEN else _WHOLE
    return {"connection": connection.id, "kept": kept, "near": NEAR}


def _alike(rows: Sequence[Any], connection: Connection, *, others: bool) -> Alike:
    first = rows[0]
    longest = LEDGERS[connection.provider].provider.number_length
    ours = Ours(
        number=number_there(first.number, longest, connection.long_numbers),
        customer=first.customer,
        customer_ledger_id=first.customer_ledger_id,
        currency=first.currency,
        total=first.total,
        issued_on=first.issue_date,
    )
    there = [_theirs(row, connection) for row in rows]
    return Alike(ours, candidates(ours, there, (first.others_there or ()) if others else ()))


def _theirs(row: Any, connection: Connection) -> Theirs:
    return Theirs(
        ledger_id=row.ledger_id,
        number=row.their_number,
        customer_ledger_id=row.their_customer_id,
        customer=row.their_customer,
        currency=row.their_currency or connection.home_currency,
        total=row.their_total,
        issued_on=row.their_date,
        anothers=row.anothers,
    )
