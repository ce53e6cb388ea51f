"""Renew permissions ahead of their end, so that no push waits for it."""

from __future__ import annotations

from datetime import datetime

from app.ledgers.errors import Disconnected
from app.usecases.company.line import line_of
from app.usecases.company.open_ledger import permission_gone
from app.usecases.company.tokens import access_version, refresh


def keep_fresh(connection_id: int, now: datetime) -> None:
    """Renew a connection's permission ahead of its end; raises LedgerError."""
    line = line_of(connection_id)
    try:
        refresh(line.grant_id, access_version(line.grant_id), now)
    except Disconnected as error:
        permission_gone(line, error, now)
        raise
