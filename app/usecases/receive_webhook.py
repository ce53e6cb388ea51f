"""Take a ledger's notices: verified, stored once, the company's pull wanted, answered at once.

A notice is a hint that something changed, never the change itself: what changed is read by the
pull, so a lost, doubled or late notice costs minutes, not money.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from sqlalchemy import Table, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app import queue
from app.domain.states import ConnectionState
from app.extensions import db, settings
from app.ledgers import LEDGERS
from app.ledgers.interface import Notice
from app.models import Connection, InboundEvent
from app.usecases.push.gone_customers import follow_merge

log = structlog.get_logger()

# The tables themselves, of every workspace: nothing is known of whose request it is until they are
# read, and a burst has no time for objects.
_EVENTS = cast(Table, InboundEvent.__table__)
_CONNECTIONS = cast(Table, Connection.__table__)
# More refusals than this a minute are counted by the log only: a stranger cannot fill the table.
_REFUSALS_A_MINUTE = 100
# Longest text kept of an event; a longer event id is kept as its fingerprint.
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Receipt:
    """What to answer a ledger, and what came of its notices."""

    status_code: int
    stored: int = 0
    ignored: int = 0


@dataclass(frozen=True, slots=True)
class _Company:
    connection_id: int
    workspace_id: int
    active: bool


def receive(
    provider: str, raw: bytes, headers: Mapping[str, str], address: str | None, now: datetime
) -> Receipt:
    """Store the notices of one request and note that a pull is wanted; commits.

    The clock wakes the pull once the burst is over: one read for all of it.

    A good signature is always answered 200, whatever is inside: QuickBooks delivers nothing more to
    any company until the failing body is accepted (QuickBooks: webhooks best practices).
    """
    kind = LEDGERS[provider]
    if not kind.webhooks.verify(kind.app_of(settings()), raw, headers):
        _refuse(provider, address, now)
        return Receipt(401)
    notices, problem = _read(provider, raw)
    companies = _companies(provider, notices)
    rows = list(_rows(provider, notices, companies, address, now))
    _keep_body(rows, raw, _whole(provider, raw, problem if not rows else None, address, now))
    # In one order, whoever stores: the same notices at the same moment must not block each other.
    rows.sort(key=lambda row: str(row["event_id"]))
    db.session.execute(upsert(_EVENTS).on_conflict_do_nothing(), rows)
    concerned = {company for notice in notices for company in companies.get(notice.company_id, ())}
    released = _follow_merges(notices, companies, now)
    _want_pull({company.connection_id for company in concerned}, now)
    db.session.commit()
    for connection_id in released:
        queue.wake(connection_id)
    return _receipt(provider, rows)


def _follow_merges(
    notices: Sequence[Notice], companies: Mapping[str, list[_Company]], now: datetime
) -> set[int]:
    """Let links follow customers that were merged; returns where invoices waited for that.

    The one thing a notice alone says: the change feed tells that the one is gone, not where to.
    """
    return {
        company.connection_id
        for notice in notices
        if notice.absorbed_id and notice.ledger_id
        for company in companies.get(notice.company_id, ())
        if follow_merge(company.connection_id, notice.absorbed_id, notice.ledger_id, now)
    }


def _refuse(provider: str, address: str | None, now: datetime) -> None:
    """Keep that somebody knocked with a wrong signature; nothing of what they said."""
    log.warning("webhook.refused", provider=provider, address=address)
    lately = select(func.count()).where(
        InboundEvent.workspace_id.is_(None),
        InboundEvent.received_at > now - timedelta(minutes=1),
        InboundEvent.status == "refused",
    )
    if (db.session.scalar(lately) or 0) < _REFUSALS_A_MINUTE:
        refusal = _row(provider, "refused", address, now, reason="The signature does not match.")
        db.session.execute(insert(_EVENTS), [refusal])
    db.session.commit()


def _read(provider: str, raw: bytes) -> tuple[Sequence[Notice], str]:
    try:
        return LEDGERS[provider].webhooks.parse(raw), "The body names no change."
    except (ValueError, RecursionError):
        log.warning("webhook.unknown_shape", provider=provider, size=len(raw))
    except Exception:  # one poisonous body must not stop every company's notices
        log.exception("webhook.unreadable", provider=provider, size=len(raw))
    return (), "The body has a shape that is not known."


def _companies(provider: str, notices: Sequence[Notice]) -> dict[str, list[_Company]]:
    """Find whose notices these are, in one query; a company nobody connected is left out."""
    named = {_storable(notice.company_id) for notice in notices}
    ours = _CONNECTIONS.c
    found = db.session.execute(
        select(ours.company_id, ours.id, ours.workspace_id, ours.state).where(
            ours.provider == provider,
            ours.company_id.in_(named),
            ours.state != ConnectionState.DISCONNECTED,
        )
    ).all()
    companies: dict[str, list[_Company]] = {}
    for company_id, connection_id, workspace_id, state in found:
        company = _Company(connection_id, workspace_id, state == ConnectionState.ACTIVE)
        companies.setdefault(company_id, []).append(company)
    return companies


def _rows(
    provider: str,
    notices: Sequence[Notice],
    companies: Mapping[str, list[_Company]],
    address: str | None,
    now: datetime,
) -> Iterable[dict[str, Any]]:
    for notice in notices:
        told = {
            "event_id": _storable(notice.event_id),
            "type": _storable(f"{notice.entity}.{notice.verb}"),
            "subject": _storable(f"{notice.entity}:{notice.ledger_id}"),
        }
        for company in companies.get(notice.company_id, ()):
            yield (
                _row(provider, "accepted", address, now)
                | told
                | {
                    "workspace_id": company.workspace_id,
                    "connection_id": company.connection_id,
                }
            )
        if notice.company_id not in companies:
            reason = f"No connection to company {_storable(notice.company_id)}."
            yield _row(provider, "ignored", address, now, reason=reason) | told


def _whole(
    provider: str, raw: bytes, problem: str | None, address: str | None, now: datetime
) -> dict[str, Any]:
    """Describe the body itself: kept once, however often it is delivered."""
    status = "ignored" if problem else "accepted"
    fingerprint = {"event_id": hashlib.sha256(raw).hexdigest(), "type": "body"}
    return _row(provider, status, address, now, reason=problem) | fingerprint


def _keep_body(rows: list[dict[str, Any]], raw: bytes, whole: dict[str, Any]) -> None:
    """Keep the raw body once: beside the first notice, or apart when nobody alone owns it."""
    if len({row["workspace_id"] for row in rows}) != 1:
        rows.append(whole)
        whole["raw"] = raw
    else:
        rows[0]["raw"] = raw


def _row(
    provider: str, status: str, address: str | None, now: datetime, reason: str | None = None
) -> dict[str, Any]:
    return {
        "workspace_id": None,
        "connection_id": None,
        "source": provider,
        "event_id": None,
        "type": None,
        "received_at": now,
        "status": status,
        "reason": reason,
        "address": address,
        "raw": None,
        "subject": None,
    }


def _storable(text: str) -> str:
    """Make a stranger's text fit a column: no NUL, no half characters, never too long to index."""
    clean = text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
    if len(clean) <= _LONGEST:
        return clean
    return "sha256:" + hashlib.sha256(clean.encode()).hexdigest()


def _want_pull(connection_ids: set[int], now: datetime) -> None:
    """Note that these companies have news; last before the commit, the row is everybody's."""
    if connection_ids:
        db.session.execute(
            update(_CONNECTIONS)
            .where(_CONNECTIONS.c.id.in_(sorted(connection_ids)))
            .values(
                pull_wanted_at=now,
                pull_wanted_since=func.coalesce(_CONNECTIONS.c.pull_wanted_since, now),
            )
        )


def _receipt(provider: str, rows: Sequence[Mapping[str, Any]]) -> Receipt:
    ignored = sum(row["status"] == "ignored" for row in rows)
    receipt = Receipt(200, stored=len(rows) - ignored, ignored=ignored)
    log.info("webhook.accepted", provider=provider, stored=receipt.stored, ignored=receipt.ignored)
    return receipt
