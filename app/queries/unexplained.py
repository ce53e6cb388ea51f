"""The ledgers' codes that nobody has put into words yet, over all workspaces: for operators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from app.extensions import db
from app.ledgers import LEDGERS
from app.ledgers.errors import Refused
from app.models import Attempt, Connection


@dataclass(frozen=True, slots=True)
class Unexplained:
    """One code, how many tries met it, and what the ledger said the last time.

    code: none where the ledger gave no reason at all.
    """

    provider: str
    code: str
    tries: int
    last_at: datetime
    message: str


def unexplained() -> Iterator[Unexplained]:
    """Return the codes met so far that have no words, by a small index; kept as long as tries are.

    A code that was put into words since is left out.
    """
    message = aggregate_order_by(
        func.coalesce(Attempt.ledger_message, ""), Attempt.started_at.desc(), Attempt.id.desc()
    )
    code = func.coalesce(func.nullif(Attempt.code, ""), "none").label("met")
    rows = db.session.execute(
        select(
            Connection.provider,
            code,
            func.count(),
            func.max(Attempt.started_at),
            func.array_agg(message, type_=ARRAY(Attempt.words.type))[1],
        )
        .join(Connection, Connection.id == Attempt.connection_id)
        .where(Attempt.unexplained)
        .group_by(Connection.provider, "met")
        .order_by(Connection.provider, "met")
    )
    for row in rows:
        found = Unexplained(*row)
        if not LEDGERS[found.provider].explain(Refused(code=found.code)).known:
            yield found
