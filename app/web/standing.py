"""Tell whether a document would move, were its connection in use and pushing switched on."""

from __future__ import annotations

from app.domain.states import IN_HAND, ConnectionState
from app.models import SalesDocument


def stands_still(document: SalesDocument) -> bool:
    """Tell whether a document in hand does not move because of its connection."""
    connection = document.connection
    if connection is None or document.sync_state not in IN_HAND:
        return False
    return connection.state != ConnectionState.ACTIVE or waits_for_go_live(document)


def waits_for_go_live(document: SalesDocument) -> bool:
    """Tell whether pushing is not switched on yet; the invoice that is tried first goes."""
    connection = document.connection
    return (
        connection is not None
        and connection.state == ConnectionState.ACTIVE
        and not connection.live
        and connection.trial_id != document.id
    )
