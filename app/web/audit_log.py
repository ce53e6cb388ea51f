"""Audit log: who did what, when."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from app.domain.cells import escaped
from app.domain.deeds import KINDS, Fact
from app.queries import audit_log as queries
from app.queries.audit_log import BILLING, BY_ITSELF, COMMAND_LINE, AuditFilter, AuditRow
from app.queries.cursor import BadCursor, read_cursor, write_cursor
from app.web.presentation import now, same_query, today, zone
from app.web.sent_file import begun, csv_file

AUTHENTICATION = "session"

blueprint = Blueprint("audit_log", __name__, url_prefix="/audit")

PERIODS = {
    "today": "Today", "7": "Last 7 days", "30": "Last 30 days", "month": "This month",
    "ever": "Since the beginning",
}  # fmt: skip
COLUMNS = ("when", "who", "kind", "what", "before", "after")
_FILE_ROWS = 200_000
_LONGEST = 100  # characters of what is looked for


@blueprint.get("")
def index() -> ResponseReturnValue:
    """Show what people, programs and Ledgerbridge itself did, newest first."""
    wanted = _filter()
    rows, more = queries.page(wanted)
    part = "HX-Request" in request.headers
    return render_template(
        "audit_log/list.html" if part else "audit_log/index.html",
        rows=rows,
        more=write_cursor(*more) if more else None,
        wanted=wanted,
        kinds=KINDS,
        people=queries.people(),
        programs=_programs(),
        periods=PERIODS,
        period=_period(),
        address=_address,
    )


@blueprint.get("/audit-log.csv")
def export() -> ResponseReturnValue:
    """Hand out what the filters show as a file; all pages."""
    rows = begun(queries.every(_filter(), _FILE_ROWS))
    return Response(
        stream_with_context(csv_file(COLUMNS, map(_line, rows))),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="audit-log-{today()}.csv"'},
    )


@blueprint.app_template_filter("doer")
def doer(actor: str) -> str:
    """Return who did it, as people say it."""
    others = {
        BY_ITSELF: "Ledgerbridge, by itself",
        COMMAND_LINE: "Command line",
        BILLING: "Billing",
    }
    return others.get(actor, actor)


def _programs() -> list[tuple[str, str]]:
    return [(name, doer(name)) for name in (BY_ITSELF, COMMAND_LINE, *queries.keys())]


def _filter() -> AuditFilter:
    args = request.args
    return AuditFilter(
        since=_since(_period()),
        who=args.get("who", "")[:200],
        kind=args.get("kind", "") if args.get("kind") in KINDS else "",
        typed=args.get("q", "").strip()[:_LONGEST],
        before=_before(args.get("before", "")),
    )


def _period() -> str:
    period = request.args.get("period", "30")
    return period if period in PERIODS else "30"


def _since(period: str) -> datetime | None:
    if period == "ever":
        return None
    if period.isdecimal():
        return now() - timedelta(days=int(period))
    first = today() if period == "today" else today().replace(day=1)
    return datetime.combine(first, time.min, zone()).astimezone(UTC)


def _before(cursor: str) -> tuple[datetime, int] | None:
    try:
        return read_cursor(cursor) if cursor else None
    except BadCursor:
        abort(404)


def _address(**changes: Any) -> str:
    """Return this log's address with some of its filters changed."""
    wanted = same_query("before") | changes
    return url_for("audit_log.index", **{k: v for k, v in wanted.items() if v})


def _line(row: AuditRow) -> list[str]:
    """Return one line: times in UTC, cells that no spreadsheet takes for a formula."""
    before = [fact for fact in row.facts if fact.before is not None]
    texts = [doer(row.actor), KINDS[row.kind], row.words]
    texts += ["; ".join(f"{f.label}: {f.before}" for f in before), _after(row.facts)]
    at = row.at.astimezone(UTC).isoformat(timespec="seconds")
    return [at, *(escaped(text) for text in texts)]


def _after(facts: list[Fact]) -> str:
    return "; ".join(f"{fact.label}: {fact.after}" for fact in facts)
