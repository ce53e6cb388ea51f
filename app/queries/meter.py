"""How many calls of this month a ledger counts; brought up to date by the clock every minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from app.domain.metering import month_of
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import CallMeter, Connection


@dataclass(frozen=True, slots=True)
class Metered:
    """Calls of a calendar month, UTC.

    quota: how many the vendor allows our whole installation; None where it does not count them.
    """

    calls: int
    free: int
    quota: int | None


def metered_this_month(connection: Connection, now: datetime) -> Metered:
    """Return one connection's calls; its quota is shared with every other connection."""
    calls, free = _sums(_of_month(now).where(CallMeter.connection_id == connection.id))
    counts = connection.environment in LEDGERS[connection.provider].provider.metered_environments
    return Metered(calls, free, _quota(connection.provider) if counts else None)


def metered_of_installation(provider: str, now: datetime) -> Metered:
    """Return what counts of all workspaces' calls to a vendor, as the vendor adds them up."""
    environments = LEDGERS[provider].provider.metered_environments
    statement = (
        _of_month(now)
        .join(Connection, Connection.id == CallMeter.connection_id)
        .where(Connection.provider == provider, Connection.environment.in_(environments))
    )
    return Metered(*_sums(statement), _quota(provider))


def metered_by_connection(now: datetime) -> dict[int, int]:
    """Return this month's metered calls by connection id, of the whole installation."""
    rows = db.session.execute(
        select(CallMeter.connection_id, CallMeter.metered).where(CallMeter.month == month_of(now)),
        execution_options={"all_workspaces": True},
    )
    return {row.connection_id: row.metered for row in rows}


def _of_month(now: datetime) -> Select[int, int]:
    return select(
        func.coalesce(func.sum(CallMeter.metered), 0), func.coalesce(func.sum(CallMeter.free), 0)
    ).where(CallMeter.month == month_of(now))


def _sums(statement: Select[int, int]) -> tuple[int, int]:
    # The vendor counts all workspaces together; which rows are meant, the statement says.
    row = db.session.execute(statement, execution_options={"all_workspaces": True}).one()
    return int(row[0]), int(row[1])


def _quota(provider: str) -> int | None:
    return LEDGERS[provider].provider.metered_a_month
