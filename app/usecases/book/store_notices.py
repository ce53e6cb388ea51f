"""Store what a ledger's notices say: each event once, their body once, and the wish for a pull.

One statement does it all: at a month's end two hundred bodies come a second, and every trip to the
database costs more than what is done there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection as Line
from sqlalchemy import text

from app.ledgers.interface import Notice

# A pull is wanted as of the end of the tick a notice came in, so that one write serves all of it:
# the company's row is everybody's, and two hundred writes a second would queue up at it.
_TICK = timedelta(milliseconds=200)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
# Longest text kept of an event; a longer event id is kept as its fingerprint.
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Body:
    """What one delivery of a ledger held; problem says why nothing of it could be read.

    workspace_id: whose own application signed it, and of whose companies alone it may speak; None
    for the shared one.
    """

    provider: str
    raw: bytes
    notices: Sequence[Notice]
    problem: str | None
    address: str | None
    received_at: datetime
    workspace_id: int | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """How many notices were new: those of connected companies, and the others."""

    accepted: int
    ignored: int


# ours: whose the notices are; a company nobody connected is kept as ignored. stored: in one order,
# whoever stores, so that the same notices at the same moment do not block each other. due: the
# wish is written unless one stands that a pull can only answer by starting after now; locked in one
# order, too. The body is a row of nobody's: it may speak of several workspaces' companies. What a
# workspace's own application signed is that workspace's, and speaks of its companies alone.
_STORE = text(
    """
    WITH told AS (
        SELECT *
        FROM unnest(
            CAST(:event_ids AS text[]), CAST(:company_ids AS text[]),
            CAST(:types AS text[]), CAST(:subjects AS text[])
        ) AS told (event_id, company_id, type, subject)
    ), heard AS (
        SELECT told.*, ours.id AS connection_id, ours.workspace_id
        FROM told
        LEFT JOIN connection AS ours
            ON ours.provider = :provider
            AND ours.company_id = told.company_id
            AND ours.state <> 'disconnected'
            AND ours.workspace_id = coalesce(CAST(:workspace_id AS bigint), ours.workspace_id)
    ), stored AS (
        INSERT INTO inbound_event (
            workspace_id, connection_id, source, event_id, type, subject, received_at,
            status, reason, address, body, raw
        )
        SELECT
            workspace_id, connection_id, CAST(:provider AS text), event_id, type, subject,
            CAST(:received_at AS timestamptz),
            CASE WHEN connection_id IS NULL THEN 'ignored' ELSE 'accepted' END,
            CASE WHEN connection_id IS NULL THEN 'No connection to company ' || company_id || '.'
            END,
            CAST(:address AS text), CAST(:body AS text), CAST(NULL AS bytea)
        FROM heard
        UNION ALL
        SELECT
            CAST(:workspace_id AS bigint), NULL, :provider, :body, 'body', NULL, :received_at,
            CASE WHEN CAST(:problem AS text) IS NULL THEN 'accepted' ELSE 'ignored' END,
            :problem, :address, NULL, CAST(:raw AS bytea)
        ORDER BY event_id, workspace_id
        ON CONFLICT DO NOTHING
        RETURNING connection_id, type, status
    ), due AS (
        SELECT id
        FROM connection
        WHERE CAST(:wish AS boolean)
            AND id IN (SELECT connection_id FROM stored)
            AND (pull_wanted_at IS NULL OR pull_wanted_at < :received_at)
        ORDER BY id
        FOR NO KEY UPDATE
    ), wished AS (
        UPDATE connection
        SET pull_wanted_at = :wanted_at,
            pull_wanted_since = coalesce(pull_wanted_since, :received_at)
        FROM due
        WHERE connection.id = due.id
    )
    SELECT
        count(*) FILTER (WHERE type <> 'body' AND status = 'accepted') AS accepted,
        count(*) FILTER (WHERE type <> 'body' AND status = 'ignored') AS ignored
    FROM stored
    """
)


def store(line: Line, body: Body, *, wish: bool) -> Stored:
    """Store a body and its notices; what is known already changes nothing. No commit.

    wish: also note that a pull is wanted of every company something new was told of.
    """
    notices = body.notices
    row = line.execute(
        _STORE,
        {
            "provider": body.provider,
            "event_ids": [storable(notice.event_id) for notice in notices],
            "company_ids": [storable(notice.company_id) for notice in notices],
            "types": [storable(f"{notice.entity}.{notice.verb}") for notice in notices],
            "subjects": [storable(f"{notice.entity}:{notice.ledger_id}") for notice in notices],
            "received_at": body.received_at,
            "wanted_at": end_of_tick(body.received_at),
            "wish": wish,
            "address": body.address,
            "body": hashlib.sha256(body.raw).hexdigest(),
            "raw": body.raw,
            "problem": body.problem,
            "workspace_id": body.workspace_id,
        },
    ).one()
    return Stored(row.accepted, row.ignored)


def end_of_tick(moment: datetime) -> datetime:
    """Return the end of the tick a moment is in, never before the moment.

    Whoever finds a wish that ends after its own moment need not write another: only a pull that
    starts after that end takes the wish away, and it reads what the moment was about.
    """
    return moment + (_EPOCH - moment) % _TICK


def storable(words: str) -> str:
    """Make a stranger's text fit a column: no NUL, no half characters, never too long to index."""
    clean = words.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
    if len(clean) <= _LONGEST:
        return clean
    return "sha256:" + hashlib.sha256(clean.encode()).hexdigest()
