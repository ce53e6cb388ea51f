"""Take a ledger's notices: verified, stored once, the company's pull wanted, answered at once.

A notice is a hint that something changed, never the change itself: what changed is read by the
pull, so a lost, doubled or late notice costs minutes, not money.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select, update

from app import queue
from app.domain.states import ConnectionState
from app.extensions import db, settings
from app.ledgers import LEDGERS
from app.ledgers.interface import App, LedgerKind, Notice
from app.models import Connection, InboundEvent
from app.secrets import UnreadableSecret
from app.usecases.book.store_notices import Body, Stored, end_of_tick, storable, store
from app.usecases.company.apps import door_of_workspace
from app.usecases.push.gone_customers import follow_merge

log = structlog.get_logger()

# More refusals than this a minute are counted by the log only: a stranger cannot fill the table.
_REFUSALS_A_MINUTE = 100
FORGED = "The signature does not match."
_NO_TOKEN = "No verifier token is set here, so nothing can be verified."  # noqa: S105


@dataclass(frozen=True, slots=True)
class Receipt:
    """What to answer a ledger, and what came of its notices: new ones, and those known before."""

    status_code: int
    stored: int = 0
    ignored: int = 0
    repeated: int = 0


def receive(
    provider: str,
    raw: bytes,
    headers: Mapping[str, str],
    address: str | None,
    now: datetime,
    workspace_id: int | None = None,
) -> Receipt:
    """Store the notices of one request and note that a pull is wanted; commits.

    workspace_id: at whose own door it came, for whose own applications sign; it is believed about
    that workspace's companies alone. None = at the door of the shared application.

    The clock wakes the pull once the burst is over: one read for all of it. What was told before is
    no news: a body that somebody sends again and again costs no read.

    A good signature is always answered 200, whatever is inside: QuickBooks delivers nothing more to
    any company until the failing body is accepted (QuickBooks: webhooks best practices).
    """
    kind = LEDGERS[provider]
    app = _signing(kind, workspace_id)
    if not kind.webhooks.verify(app, raw, headers):
        reason = FORGED if app.webhook_tokens else _NO_TOKEN
        refuse(provider, reason, address, now, workspace_id)
        return Receipt(401)
    body = replace(read(provider, raw, address, now), workspace_id=workspace_id)
    if any(notice.absorbed_id for notice in body.notices):
        stored, released = store_and_follow(body, now)
        if stored.accepted:
            want_pulls(connections_of(body), now)
        db.session.commit()
        for connection_id in released:
            queue.wake(connection_id)
    else:
        # Outside a transaction one statement is one trip, and holds no lock while we think.
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as line:
            stored = store(line, body, wish=True)
    return _receipt(body, stored)


def _signing(kind: LedgerKind, workspace_id: int | None) -> App:
    """Return what a door's notices are verified with; one no key opens verifies nothing."""
    if workspace_id is None:
        return kind.app_of(settings())
    try:
        return door_of_workspace(kind, workspace_id)
    except UnreadableSecret:
        log.error("webhook.verifier_unreadable", workspace_id=workspace_id)
        return App(client_id="", client_secret="")
    finally:
        db.session.rollback()  # what is stored goes by a line of its own


def refuse(
    provider: str,
    reason: str,
    address: str | None,
    now: datetime,
    workspace_id: int | None = None,
) -> None:
    """Keep who knocked in vain, from where and why, and nothing of what they said; commits.

    workspace_id: at whose own door; None = at the shared one.
    """
    log.warning("webhook.refused", provider=provider, address=address, reason=reason)
    lately = select(func.count()).where(
        InboundEvent.workspace_id.is_not_distinct_from(workspace_id),
        InboundEvent.received_at > now - timedelta(minutes=1),
        InboundEvent.status == "refused",
    )
    if (db.session.scalar(lately) or 0) < _REFUSALS_A_MINUTE:
        db.session.add(
            InboundEvent(
                workspace_id=workspace_id,
                source=provider,
                status="refused",
                reason=reason,
                address=address,
                received_at=now,
            )
        )
    db.session.commit()


def read(provider: str, raw: bytes, address: str | None, received_at: datetime) -> Body:
    """Read a verified body; one that cannot be read holds no notices, and says why."""
    notices: Sequence[Notice] = ()
    problem: str | None = "The body has a shape that is not known."
    try:
        notices = LEDGERS[provider].webhooks.parse(raw)
        problem = None if notices else "The body names no change."
    except (ValueError, RecursionError):
        log.warning("webhook.unknown_shape", provider=provider, size=len(raw))
    except Exception:  # one poisonous body must not stop every company's notices
        log.exception("webhook.unreadable", provider=provider, size=len(raw))
    return Body(provider, raw, notices, problem, address, received_at)


def store_and_follow(body: Body, now: datetime) -> tuple[Stored, set[int]]:
    """Store a body and let links follow customers that were merged; no commit.

    Returns what was new and which connections have invoices that waited for that. The one thing a
    notice alone says: the change feed tells that the one is gone, not where to. The wish for a pull
    is left to the caller, last before its commit: everybody locks the company's row after ours.
    """
    stored = store(db.session.connection(), body, wish=False)
    companies = _companies(body)
    released = {
        connection_id
        for notice in body.notices
        if notice.absorbed_id and notice.ledger_id
        for connection_id in companies.get(storable(notice.company_id), ())
        if follow_merge(
            connection_id, storable(notice.absorbed_id), storable(notice.ledger_id), now
        )
    }
    return stored, released


def connections_of(body: Body) -> set[int]:
    """Return the connections a body speaks of."""
    return {each for some in _companies(body).values() for each in some}


def want_pulls(connection_ids: set[int], now: datetime) -> None:
    """Note that these companies have news; last before the commit, the row is everybody's."""
    db.session.execute(
        update(Connection)
        .where(Connection.id.in_(sorted(connection_ids)))
        .values(
            pull_wanted_at=func.greatest(Connection.pull_wanted_at, end_of_tick(now)),
            pull_wanted_since=func.coalesce(Connection.pull_wanted_since, now),
        )
        .execution_options(synchronize_session=False)
    )


def _companies(body: Body) -> dict[str, list[int]]:
    """Find whose notices these are; one nobody connected, or may be spoken of, is left out."""
    found = db.session.execute(
        select(Connection.company_id, Connection.id).where(
            Connection.provider == body.provider,
            Connection.company_id.in_({storable(each.company_id) for each in body.notices}),
            Connection.state != ConnectionState.DISCONNECTED,
            Connection.workspace_id == func.coalesce(body.workspace_id, Connection.workspace_id),
        )
    )
    companies: dict[str, list[int]] = {}
    for company_id, connection_id in found:
        companies.setdefault(company_id, []).append(connection_id)
    return companies


def _receipt(body: Body, stored: Stored) -> Receipt:
    unreadable = body.problem is not None
    new = stored.accepted + stored.ignored
    receipt = Receipt(
        200,
        stored=stored.accepted,
        ignored=stored.ignored or int(unreadable),
        repeated=max(0, len(body.notices) - new),
    )
    log.info(
        "webhook.accepted",
        provider=body.provider,
        stored=receipt.stored,
        ignored=receipt.ignored,
        repeated=receipt.repeated,
    )
    return receipt
