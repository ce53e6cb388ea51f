"""What was typed into the webhook log's search: all notices it is met in, found by one reading.

A list in the order of ids with a limit would be read from the newest row of all workspaces to the
oldest when what was typed is nearly never met. So those of the period are read once, and the
counts and the page both come from that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT, aggregate_order_by

from app.domain.states import NUMBERED, DocumentKind
from app.extensions import db
from app.models import DocumentLink, InboundEvent, SalesDocument
from app.queries.found import escape_like


@dataclass(frozen=True, slots=True)
class Found:
    """How many notices of each outcome were found, and the newest ones' ids of each."""

    counts: dict[str, int]
    newest: dict[str, list[int]]

    def ids(self, status: str, most: int) -> list[int]:
        """Return the newest ids of an outcome; of all outcomes when it is empty."""
        kept = [self.newest.get(status, [])] if status else self.newest.values()
        return sorted(chain.from_iterable(kept), reverse=True)[:most]


def notices_found(
    among: Sequence[ColumnElement[bool]],
    workspace_id: int,
    typed: str,
    before: int | None,
    most: int,
) -> Found:
    """Find what was typed among some notices; before: an id that those listed are older than.

    The counts are of all that were found, before it or not.
    """
    event = InboundEvent
    hit = select(event.id, event.status).where(*among, _met(workspace_id, typed)).subquery()
    ids = func.array_agg(aggregate_order_by(hit.c.id, hit.c.id.desc()), type_=ARRAY(BIGINT))
    older = ids if before is None else ids.filter(hit.c.id < before)
    newest = func.trim_array(older, func.greatest(0, func.cardinality(older) - most))
    rows = db.session.execute(
        select(hit.c.status, func.count(), newest).group_by(hit.c.status)
    ).all()
    return Found(
        {status: count for status, count, _ in rows},
        {status: kept or [] for status, _, kept in rows},
    )


def _met(workspace_id: int, typed: str) -> ColumnElement[bool]:
    """Match the notice itself, or the invoice of ours that it is about."""
    event, like = InboundEvent, f"%{escape_like(typed)}%"
    numbered = (
        select(SalesDocument.id, SalesDocument.kind)
        .where(
            SalesDocument.workspace_id == workspace_id,
            SalesDocument.kind.in_(NUMBERED),
            SalesDocument.number.ilike(like),
        )
        .cte()
    )
    billings = select(func.concat(numbered.c.kind, ":", numbered.c.id))
    ledgers = (
        select(DocumentLink.connection_id, func.concat("invoice:", DocumentLink.ledger_id))
        .join(numbered, numbered.c.id == DocumentLink.document_id)
        .where(
            DocumentLink.document_kind == DocumentKind.INVOICE,
            numbered.c.kind == DocumentKind.INVOICE,
        )
    )
    columns = (event.event_id, event.subject, event.type, event.reason, event.address)
    return or_(
        *(column.ilike(like) for column in columns),
        and_(event.source == "billing", event.subject.in_(billings)),
        and_(
            event.source != "billing",
            tuple_(event.connection_id, event.subject).in_(ledgers),
        ),
    )
