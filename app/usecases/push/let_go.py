"""Which intentions may leave a company's queue: none before its people switched pushing on."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from app.domain.states import SALES, DocumentKind
from app.extensions import db
from app.models import Connection, Push


def let_go(connection_id: int) -> ColumnElement[bool]:
    """Match the pushes of one company that may be sent: of a live one all.

    Before that only the one invoice that somebody tries first, with the customers it needs, and
    items that somebody asked for by name: no document enters the books with those. Read it in the
    transaction that claims; nothing ever switches pushing off again, so this may be late,
    never early.
    """
    row = db.session.execute(
        select(Connection.live, Connection.trial_id).where(Connection.id == connection_id)
    ).one_or_none()
    if row is None:
        return false()
    if row.live:
        return true()
    return _before_live(row.trial_id, true() if row.trial_id is not None else false())


def let_go_of_its() -> ColumnElement[bool]:
    """Match the same in a query that has the company's row."""
    return or_(Connection.live, _before_live(Connection.trial_id, Connection.trial_id.is_not(None)))


def _before_live(trial_id: Any, tries_one: ColumnElement[bool]) -> ColumnElement[bool]:
    return or_(
        and_(Push.document_kind.in_(SALES), tries_one, Push.document_id == trial_id),
        and_(Push.document_kind == DocumentKind.CUSTOMER, tries_one),
        Push.document_kind == DocumentKind.ITEM,
    )
