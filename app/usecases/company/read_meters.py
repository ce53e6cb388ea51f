"""Bring the meters of calls from Redis into the database, where nobody empties them.

At most a minute's calls are lost when Redis is emptied. Reading anew is harmless: only what Redis
shows beyond what it showed last is added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import and_, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.domain.metering import counted, month_of
from app.domain.states import ConnectionState
from app.extensions import db
from app.governor import GovernorUnavailable
from app.ledgers import LEDGERS
from app.models import CallMeter, Connection
from app.usecases.company.exclusive import exclusively
from app.usecases.company.open_ledger import governor
from app.usecases.company.quota_alarm import warn_of_quotas

log = structlog.get_logger()

# The last calls of a month are read after its end, also when the clock stood still for a while.
_AFTER_THE_END = timedelta(days=1)
# A connection that was given up made calls before; Redis keeps a month's count longer than this.
_GIVEN_UP = timedelta(days=40)


@dataclass(frozen=True, slots=True)
class _Company:
    """One ledger company and the connection its calls are put down to."""

    connection_id: int
    workspace_id: int
    provider: str
    environment: str
    company_id: str

    @property
    def governed_as(self) -> str:
        """Return the name under which the governor counts its calls."""
        return f"{self.provider}:{self.environment}:{self.company_id}"


@dataclass(frozen=True, slots=True)
class _Figures:
    """What Redis shows of one company's month."""

    company: _Company
    month: date
    metered: int
    free: int


def read_meters(now: datetime) -> None:
    """Add to each meter what was called since, then ring where a quota nears its end; commits.

    Does nothing while another clock is at it: an older figure after a newer one would look as if
    Redis had been emptied.
    """
    with exclusively("meter", 0) as alone:
        if not alone:
            return
        try:
            figures = _shown(now)
        except GovernorUnavailable:
            log.warning("meter.no_governor")
            return
        _store(figures)
        warn_of_quotas(now)


def _shown(now: datetime) -> list[_Figures]:
    """Ask Redis about every company; outside any transaction. Raises GovernorUnavailable."""
    companies = _companies(now)
    moments = {month_of(each): each for each in (now - _AFTER_THE_END, now)}
    found = []
    for company in companies:
        limits = LEDGERS[company.provider].provider.limits
        for month, moment in moments.items():
            state = governor().state(company.governed_as, limits, moment)
            metered, free = state.metered_this_month, state.free_this_month
            found.append(_Figures(company, month, metered, free))
    return found


def _companies(now: datetime) -> list[_Company]:
    """Return every company that may have been called, with the connection that is in use."""
    given_up = Connection.state == ConnectionState.DISCONNECTED
    lately = and_(given_up, Connection.disconnected_at > now - _GIVEN_UP)
    company = Connection.provider, Connection.environment, Connection.company_id
    rows = db.session.execute(
        select(Connection.id, Connection.workspace_id, *company)
        .where(or_(~given_up, lately))
        .ext(distinct_on(*company))
        .order_by(*company, given_up, Connection.id.desc())
    ).all()
    db.session.commit()
    return [_Company(*row) for row in rows]


def _store(figures: Sequence[_Figures]) -> None:
    """Move the meters on; one that nothing was called for is not made."""
    meters = _meters({each.month for each in figures})
    for each in figures:
        row = meters.get((each.company.connection_id, each.month))
        if row is not None:
            _move(row, each)
        elif each.metered or each.free:
            _move(_new_meter(each), each)
    db.session.commit()


def _meters(months: set[date]) -> dict[tuple[int, date], CallMeter]:
    rows = db.session.scalars(select(CallMeter).where(CallMeter.month.in_(months)))
    return {(row.connection_id, row.month): row for row in rows}


def _move(row: CallMeter, figures: _Figures) -> None:
    row.metered = counted(row.metered, row.metered_seen, figures.metered)
    row.free = counted(row.free, row.free_seen, figures.free)
    row.metered_seen, row.free_seen = figures.metered, figures.free


def _new_meter(figures: _Figures) -> CallMeter:
    """Begin a meter where another connection to the same company left off this month."""
    company = figures.company
    before = db.session.scalar(
        select(CallMeter)
        .join(Connection, Connection.id == CallMeter.connection_id)
        .where(
            CallMeter.month == figures.month,
            Connection.provider == company.provider,
            Connection.environment == company.environment,
            Connection.company_id == company.company_id,
        )
        .order_by(CallMeter.id.desc())
        .limit(1)
    )
    row = CallMeter(
        workspace_id=company.workspace_id,
        connection_id=company.connection_id,
        month=figures.month,
        metered=0,
        free=0,
        metered_seen=before.metered_seen if before else 0,
        free_seen=before.free_seen if before else 0,
    )
    db.session.add(row)
    return row
