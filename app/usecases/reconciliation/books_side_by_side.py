"""The statements that lay billing's documents of a kind beside the mirror of a ledger.

Their parameters are those of compare_books.Books. What differs between the kinds is which table of
the mirror is read, and that a credit note's use is a document of its own.
"""

from __future__ import annotations

from functools import cache

from sqlalchemy import TextClause, text

from app.domain.going_live import BEFORE_START
from app.domain.perhaps_there import NEAR, THERE_ALREADY
from app.domain.states import DocumentKind
from app.models import LedgerCreditRow, LedgerInvoiceRow

_MIRRORS = {
    DocumentKind.INVOICE: LedgerInvoiceRow.__tablename__,
    DocumentKind.CREDIT_NOTE: LedgerCreditRow.__tablename__,
}

_BOOKED = "l.ledger_id IS NOT NULL AND i.status <> 'void' AND i.sync_state IN ('pushed', 'differs')"
# What the ledger said is owed: of a total like billing's it is what billing counts as open.
_OWED_THERE = f"""
CASE WHEN {_BOOKED} AND l.ledger_total <> i.total
     THEN l.ledger_total - l.settled ELSE i.balance END"""
# What is left of a credit note: no more than without what billing has on invoices, as far as the
# ledger confirmed that once.
_NOT_USED = f"""
CASE WHEN {_BOOKED}
     THEN least({_OWED_THERE}, greatest(0, coalesce(l.ledger_total, i.total) - coalesce((
         SELECT sum(a.total) FROM invoice a
         WHERE a.credit_note_id = i.id AND a.status <> 'void'
           AND a.sync_state IN ('pushed', 'differs', 'deleted_there')), 0)))
     ELSE i.balance END"""  # noqa: S608  # nothing in it comes from outside
# Its use was written by ourselves during the check.
_USED_LATELY = """
OR EXISTS (SELECT 1 FROM push p JOIN invoice a ON a.id = p.document_id
           WHERE p.document_kind = 'credit_application' AND a.credit_note_id = i.id
             AND p.finished_at >= :scanned_from)"""


def _ours(document: DocumentKind) -> str:
    """Return ours: issued in the window, and older ones still owed or with an open difference.

    lately: written by ourselves during the check; the scan may have seen it before or after.
    balance: what is open in billing, so that an amount edited there changes no figure of
    billing's; ledger_owed: what the ledger said is owed; settled: what it said is paid. A credit
    note is used at least as far as billing has it on invoices.
    """
    kind, mirror = document.value, _MIRRORS[document]
    credit = document == DocumentKind.CREDIT_NOTE
    owed, used_lately = (_NOT_USED, _USED_LATELY) if credit else (_OWED_THERE, "")
    settled = f"greatest(0, coalesce(l.ledger_total, i.total) - {owed})"
    balance = f"i.total - {settled}" if credit else "i.balance"
    return f"""
open_drift AS (
    SELECT kind, invoice_id, ledger_id FROM drift
    WHERE connection_id = :connection AND closed_at IS NULL AND document_kind = '{kind}'
), marked AS (
    SELECT DISTINCT ON (external_id) external_id, ledger_id FROM (
        SELECT substring(m.marker FROM 'Ledgerbridge (\\S+)') AS external_id, m.ledger_id
        FROM {mirror} m
        WHERE m.connection_id = :connection AND m.marker LIKE '%Ledgerbridge %' AND NOT m.deleted
          AND m.issue_date BETWEEN :first AND :last
          AND NOT EXISTS (SELECT 1 FROM document_link l WHERE l.connection_id = :connection
                          AND l.document_kind = '{kind}' AND l.ledger_id = m.ledger_id)
    ) found ORDER BY external_id, ledger_id
), ours AS (
    SELECT i.id, i.number, i.currency, i.status, i.sync_state, i.issue_date,
           i.total, i.tax_total, {owed} AS ledger_owed, cu.name AS customer,
           CASE WHEN {_BOOKED} THEN {balance} ELSE i.balance END AS balance,
           CASE WHEN {_BOOKED} THEN {settled} END AS settled,
           l.ledger_id IS NOT NULL AS linked, coalesce(l.ledger_id, mk.ledger_id) AS ledger_id,
           l.pushed_at, l.ledger_total, l.ledger_tax_total,
           nullif(coalesce(l.number, i.number), '') AS expected_number,
           coalesce(i.problem ->> 'code' = 'taken_back', false) AS taken_back,
           coalesce(i.problem ->> 'code' = '{BEFORE_START}', false) AS before_start,
           l.ledger_id IS NOT NULL AND (l.pushed_at >= :scanned_from OR EXISTS (
               SELECT 1 FROM push p WHERE p.document_kind = '{kind}' AND p.document_id = i.id
               AND p.finished_at >= :scanned_from){used_lately}) AS lately
    FROM invoice i
    JOIN customer cu ON cu.id = i.customer_id
    LEFT JOIN document_link l ON l.connection_id = :connection
        AND l.document_kind = '{kind}' AND l.document_id = i.id
    LEFT JOIN marked mk ON l.ledger_id IS NULL AND mk.external_id = i.external_id
    WHERE i.connection_id = :connection AND i.kind = '{kind}' AND i.status <> 'draft'
      AND (i.issue_date BETWEEN :first AND :last
           OR (i.issue_date < :first AND i.status IN ('open', 'part_paid') AND i.balance > 0)
           OR i.id IN (SELECT invoice_id FROM open_drift))
)"""  # noqa: S608  # nothing in it comes from outside


def _twin(document: DocumentKind) -> str:
    """Return which of billing's one made by hand may be, the one of its number first.

    Then one that is booked besides, of the same customer, total and week, unless a person said that
    it is another. left: billing's was not sent because of it. booked_as: the one we are linked to,
    while it counts. same: all agrees, so that it is there twice.
    """
    kind, mirror = document.value, _MIRRORS[document]
    return f"""
SELECT jsonb_build_object('invoice_id', x.id, 'number', x.number, 'customer', cu.name,
                          'total', x.total::text, 'currency', x.currency, 'by_number', by_number,
                          'left', x.sync_state = 'not_sent' AND x.total = m.total
                          AND x.problem ->> 'code' = '{THERE_ALREADY}',
                          'booked_as', booked_as, 'same', same)::text
FROM (
    SELECT x.id, true AS by_number FROM invoice x
    WHERE x.workspace_id = :workspace AND x.number = m.number
    UNION ALL
    SELECT x.id, false FROM customer_link cl
    JOIN invoice x ON x.customer_id = cl.customer_id AND x.total = m.total
        AND x.currency = coalesce(m.currency, :home) AND abs(x.issue_date - m.issue_date) <= {NEAR}
        AND NOT coalesce(x.others_there, '[]') @> to_jsonb(m.ledger_id)
    JOIN document_link dl ON dl.connection_id = :connection AND dl.document_kind = '{kind}'
        AND dl.document_id = x.id
    WHERE cl.connection_id = :connection AND cl.ledger_id = m.customer_ledger_id
) alike JOIN invoice x ON x.id = alike.id JOIN customer cu ON cu.id = x.customer_id
LEFT JOIN LATERAL (
    SELECT dl.ledger_id AS booked_as FROM document_link dl JOIN {mirror} b
        ON b.connection_id = :connection AND b.ledger_id = dl.ledger_id
        AND NOT (b.voided OR b.deleted)
    WHERE dl.connection_id = :connection AND dl.document_kind = '{kind}' AND dl.document_id = x.id
) booked ON true
CROSS JOIN LATERAL (SELECT by_number AND x.total = m.total AND x.issue_date = m.issue_date
    AND x.currency = coalesce(m.currency, :home) AND EXISTS (
        SELECT 1 FROM customer_link cl WHERE cl.connection_id = :connection
        AND cl.customer_id = x.customer_id AND cl.ledger_id = m.customer_ledger_id) AS same
) agrees
WHERE x.kind = '{kind}' AND x.connection_id = :connection AND x.status NOT IN ('void', 'draft')
ORDER BY by_number DESC, same DESC, x.id LIMIT 1
"""  # noqa: S608  # nothing in it comes from outside


def _theirs(document: DocumentKind) -> str:
    """Return theirs beside ours: what the scan saw, what is linked, what has an open difference."""
    kind, mirror, twin = document.value, _MIRRORS[document], _twin(document)
    return f"""
theirs AS (
    SELECT m.*, dl.document_id IS NOT NULL AS linked
    FROM {mirror} m
    LEFT JOIN document_link dl ON dl.connection_id = :connection
        AND dl.document_kind = '{kind}' AND dl.ledger_id = m.ledger_id
    WHERE m.connection_id = :connection
      AND (m.issue_date BETWEEN :first AND :last AND m.read_at >= :scanned_from
           OR m.ledger_id IN (SELECT ledger_id FROM ours)
           OR m.ledger_id IN (SELECT ledger_id FROM open_drift))
), paired AS (
    SELECT o.id AS invoice_id, o.number, o.customer, o.status, o.sync_state, o.linked, o.pushed_at,
           o.expected_number, o.lately, o.taken_back, o.before_start, o.ledger_id AS link_id,
           coalesce(o.currency, m.currency, :home) AS currency,
           o.total, o.tax_total, o.balance, o.settled,
           coalesce(m.ledger_id, o.ledger_id) AS ledger_id,
           CASE WHEN lately OR m.ledger_id IS NULL THEN o.expected_number
                ELSE m.number END AS their_number,
           m.customer_name AS their_customer,
           CASE WHEN lately THEN NULL ELSE m.currency END AS their_currency,
           CASE WHEN lately THEN coalesce(o.ledger_total, o.total)
                ELSE coalesce(m.total, o.ledger_total, o.total) END AS their_total,
           CASE WHEN lately THEN coalesce(o.ledger_tax_total, o.tax_total)
                ELSE coalesce(m.tax_total, o.ledger_tax_total, o.tax_total) END AS their_tax_total,
           CASE WHEN lately THEN o.ledger_owed
                ELSE coalesce(m.balance, o.ledger_owed) END AS their_balance,
           CASE WHEN lately THEN o.status = 'void' ELSE coalesce(m.voided, false) END AS voided,
           CASE WHEN lately THEN false ELSE coalesce(m.deleted, false) END AS deleted,
           CASE WHEN lately THEN true
                WHEN m.ledger_id IS NULL THEN o.ledger_id IS NOT NULL AND o.issue_date < :first
                WHEN m.read_at >= :scanned_from THEN true
                WHEN m.issue_date BETWEEN :first AND :last THEN false
                ELSE NOT EXISTS (SELECT 1 FROM open_drift d WHERE d.kind = 'missing_there'
                                 AND d.invoice_id = o.id) END AS there,
           m.updated_there_at > CAST(:pulled_to AS timestamptz) AS fresh,
           m.issue_date AS their_date, m.updated_there_at,
           o.id IS NULL AND m.marker LIKE '%Ledgerbridge %' AS marked,
           CASE WHEN o.id IS NULL THEN ({twin}) END AS twin
    FROM ours o FULL JOIN theirs m ON m.ledger_id = o.ledger_id
    WHERE o.id IS NOT NULL OR NOT (m.linked OR m.voided OR m.deleted)
)"""  # noqa: S608  # nothing in it comes from outside


_ALIKE = """
(invoice_id IS NOT NULL AND linked AND there AND sync_state IN ('pushed', 'differs')
 AND status <> 'void' AND NOT voided AND NOT deleted
 AND (their_currency IS NULL OR their_currency = currency)
 AND total = their_total AND tax_total = their_tax_total AND balance = their_balance
 AND their_number IS NOT DISTINCT FROM expected_number)"""


@cache
def laid(document: DocumentKind) -> TextClause:
    """Return what agrees as sums per currency, and every other document as a row of its own."""
    kind = document.value
    return text(f"""
WITH {_ours(document)}, {_theirs(document)}, laid AS (
    SELECT *, coalesce({_ALIKE}, false) AS alike FROM paired
)
SELECT alike, currency, count(*) AS count,
       sum(total) AS total, sum(tax_total) AS tax_total, sum(balance) AS balance,
       sum(settled) AS settled,
       sum(their_total) AS their_total, sum(their_tax_total) AS their_tax_total,
       sum(their_balance) AS their_balance,
       min(invoice_id) AS invoice_id, min(ledger_id) AS ledger_id, min(link_id) AS link_id,
       min(number) AS number, min(customer) AS customer, min(status) AS status,
       min(sync_state) AS sync_state, bool_or(linked) AS linked, min(pushed_at) AS pushed_at,
       bool_or(taken_back) AS taken_back, bool_or(before_start) AS before_start,
       min(expected_number) AS expected_number, min(their_number) AS their_number,
       min(their_customer) AS their_customer, min(their_currency) AS their_currency,
       bool_or(voided) AS voided, bool_or(deleted) AS deleted, bool_or(there) AS there,
       bool_or(fresh) AS fresh, min(their_date) AS their_date,
       min(updated_there_at) AS changed_at, bool_or(marked) AS marked, min(twin) AS twin,
       min(CASE WHEN alike OR total = their_total THEN NULL ELSE (
           SELECT p.booked_total FROM push p
           WHERE p.document_kind = '{kind}' AND p.document_id = laid.invoice_id
             AND p.connection_id = :connection AND p.booked_total IS NOT NULL
           ORDER BY p.id DESC LIMIT 1) END) AS booked_total
FROM laid
GROUP BY alike, currency,
         CASE WHEN alike THEN NULL ELSE invoice_id END, CASE WHEN alike THEN NULL ELSE ledger_id END
""")  # noqa: S608  # nothing in it comes from outside


@cache
def unseen(document: DocumentKind) -> TextClause:
    """Return linked documents that should have been seen and were not: each is worth a read."""
    mirror = _MIRRORS[document]
    return text(f"""
WITH {_ours(document)}
SELECT o.ledger_id FROM ours o
LEFT JOIN {mirror} m ON m.connection_id = :connection AND m.ledger_id = o.ledger_id
WHERE o.linked AND NOT o.lately AND o.status <> 'void'
  AND (m.ledger_id IS NULL AND o.issue_date BETWEEN :first AND :last
       OR (NOT m.deleted AND m.read_at < :scanned_from
           AND (m.issue_date BETWEEN :first AND :last
                OR o.id IN (SELECT invoice_id FROM open_drift WHERE kind = 'missing_there'))))
ORDER BY o.id LIMIT :most
""")  # noqa: S608  # nothing in it comes from outside
