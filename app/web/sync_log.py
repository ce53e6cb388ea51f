"""Sync log: find, understand, try many again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, abort, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.problem import Place
from app.extensions import db
from app.models import Attempt, Connection, Invoice, SalesDocument
from app.queries import attention, invoices, one_invoice
from app.queries import sync_log as queries
from app.queries.cause import Cause
from app.queries.invoice_timeline import Happened, asked_for
from app.queries.invoices import Filter
from app.queries.sync_log import LogFilter, LogRow
from app.usecases.places import Link, link_to
from app.usecases.push import push_all
from app.web import sync_log_file
from app.web.attention import DEED_FOR_ALL, Work, work
from app.web.cause_words import key_of, to_do
from app.web.company_name import company_or_ledger, which_ledger
from app.web.next_step import steps_for
from app.web.presentation import ledger_name, now, same_query, today, zone

AUTHENTICATION = "session"

blueprint = Blueprint("sync_log", __name__, url_prefix="/sync-log")
blueprint.add_app_template_global(company_or_ledger)
blueprint.add_app_template_global(which_ledger)
blueprint.add_app_template_filter(to_do, "to_do")

# Tabs that show documents as they stand now, and those that show what was done.
STANDING = ("needs", "refused", "waiting", "progress")
LOGGED = ("done", "undone", "all")
PERIODS = {"30": "Last 30 days", "today": "Today", "month": "This month", "ever": "All 7 years"}
_SHOWN_OF_CAUSE, _LATEST, _CAUSES = 3, 8, 25
_FILE_ROWS = 100_000
# What became of a press for many is told so long.
_PRESSED_SHOWN = timedelta(hours=24)
# Causes that are the ledger's no, or no answer at all.
_REFUSED = ("refused", "gave_up")
# Places that are the same for every invoice of a company.
_OF_COMPANY = (Place.MAPPINGS, Place.CONNECTION, Place.TAXES, Place.COMPANY_SETTINGS)


@dataclass(frozen=True, slots=True)
class Group:
    """The rows that wait for one thing, and how many more there are."""

    cause: Cause
    words: Work
    key: str
    rows: list[Invoice]
    more: int
    link: Link | None = None  # where the cause of all of them is settled

    @property
    def all_deed(self) -> str:
        """Return what one press does to all of them; "" where something else must be done first."""
        return DEED_FOR_ALL.get(self.cause.kind, "")


@blueprint.get("")
def index() -> ResponseReturnValue:
    """Show what needs somebody, grouped by cause, or what was done."""
    part = "HX-Request" in request.headers
    counts = {} if part else _counts()  # a part has no tabs of invoices
    show, narrowed = _show(counts), _is_narrowed()
    if part and show in LOGGED and not narrowed:
        counts = _log_counts()
    standing, logged = _standing(show), _logged(show)
    page = {
        "show": show,
        "part": part,
        "wanted": standing,
        "logged": logged,
        "counts": counts,
        "narrowed": narrowed,
        "periods": PERIODS,
        "period": _period(),
        "address": _address,
        "since": now().isoformat(),
        "pressed": None if part else push_all.newest(now() - _PRESSED_SHOWN),
    }
    if show in LOGGED:
        rows, more = queries.page(logged)
        page |= {"rows": rows, "more": f"{more[0].isoformat()}_{more[1]}" if more else None}
    else:
        groups = list(_groups(standing))
        page |= {"groups": groups, "latest": _latest() if groups else ()}
        page |= _tries([row for group in groups for row in group.rows])
    return render_template("sync_log/list.html" if part else "sync_log/index.html", **page)


@blueprint.get("/new")
def new() -> ResponseReturnValue:
    """Say how many rows came since the page was shown; the page shows them when asked to."""
    try:
        since = datetime.fromisoformat(request.args.get("since", ""))
    except ValueError:
        abort(404)
    if since.tzinfo is None:
        abort(404)
    return render_template("sync_log/new.html", count=queries.newer_than(since))


@blueprint.get("/invoice/<int:invoice_id>")
def invoice_detail(invoice_id: int) -> ResponseReturnValue:
    """Say why one invoice stands where it stands, with the ledger's exact words."""
    invoice = one_invoice.document_of(invoice_id) or abort(404)
    last = queries.last_attempts([invoice_id]).get(invoice_id)
    return _detail(invoice, last)


@blueprint.get("/attempt/<int:attempt_id>")
def attempt_detail(attempt_id: int) -> ResponseReturnValue:
    """Say what came of one try, with the ledger's exact words."""
    attempt = queries.attempt_of(attempt_id) or abort(404)
    return _detail(None, attempt)


def _detail(invoice: SalesDocument | None, attempt: Attempt | None) -> str:
    started = None
    if attempt is not None:
        document = invoice or one_invoice.document_tried(attempt)
        nobody = Happened(attempt.started_at, attempt=attempt)
        started = asked_for(attempt, document) if document else nobody
    return render_template(
        "sync_log/detail.html",
        invoice=invoice,
        attempt=attempt,
        started=started,
        steps=_steps_for(invoice) if invoice else (),
        tries=queries.tries_of(attempt.push_id) if attempt else (),
        ledger=ledger_name(attempt.push.connection.provider) if attempt else "",
    )


def _steps_for(invoice: SalesDocument) -> list[Link]:
    theirs = one_invoice.theirs_of(invoice)
    return steps_for(invoice, theirs.url if theirs else None)


@blueprint.get("/sync-log.csv")
def export() -> ResponseReturnValue:
    """Hand out what the filters show, or the chosen invoices, as a file; all pages."""
    chosen = tuple(request.args.getlist("invoice", type=int))
    show = _show({} if "show" in request.args else _counts())
    if chosen or show in STANDING:
        wanted = Filter(ids=chosen) if chosen else _standing(show)
        rows = list(invoices.page(wanted, today(), _FILE_ROWS).rows)
        content = sync_log_file.of_invoices(rows, **_tries(rows))
    else:
        logged = queries.every(replace(_logged(show), before=None), _FILE_ROWS)
        content = sync_log_file.of_log(logged)
    return Response(
        content,
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="sync-log-{today()}.csv"'},
    )


# ------------------------------------------------------------------ what was asked for


def _show(counts: Mapping[str, int]) -> str:
    """Return the tab asked for; else what needs somebody, or all there is where nothing does."""
    show = request.args.get("show", "")
    if show in (*STANDING, *LOGGED):
        return show
    asked = request.args.get("cause") or counts.get("needs") or not counts.get("logged_all")
    return "needs" if asked else "all"


def _is_narrowed() -> bool:
    """Tell whether fewer rows are shown than a tab has."""
    return any(request.args.get(name) for name in ("q", "connection", "direction"))


def _standing(show: str) -> Filter:
    typed = request.args.get("q", "").strip()[:100]
    group = show if show in STANDING else "needs"
    return Filter(
        group=group,
        typed=typed,
        connection_id=request.args.get("connection", type=int),
        cause=request.args.get("cause", ""),
    )


def _logged(show: str) -> LogFilter:
    direction = request.args.get("direction", "")
    return LogFilter(
        since=_since(_period()),
        done={"done": True, "undone": False}.get(show),
        typed=request.args.get("q", "").strip()[:100],
        direction=direction if direction in ("in", "out") else "",
        before=_before(request.args.get("before", "")),
    )


def _period() -> str:
    period = request.args.get("period", "30")
    return period if period in PERIODS else "30"


def _since(period: str) -> datetime:
    day = {"today": today(), "month": today().replace(day=1)}.get(period)
    if day is not None:
        return datetime.combine(day, time.min, zone()).astimezone(UTC)
    return now() - timedelta(days=30 if period == "30" else 7 * 366)


def _before(cursor: str) -> tuple[datetime, str] | None:
    moment, _, key = cursor.rpartition("_")
    try:
        return (datetime.fromisoformat(moment.replace(" ", "+")), key) if cursor else None
    except ValueError:
        abort(404)


def _address(**changes: Any) -> str:
    """Return this log's address with some of its filters changed."""
    wanted = same_query("before") | changes
    return url_for("sync_log.index", **{k: v for k, v in wanted.items() if v})


# ------------------------------------------------------------------ what is shown


def _counts() -> dict[str, int]:
    return invoices.group_counts() | _log_counts()


def _log_counts() -> dict[str, int]:
    logged = queries.counts(_since(_period()), nearly_all=_period() == "ever")
    done, every = logged["done"], logged["all"]
    return {"logged_done": done, "logged_undone": every - done, "logged_all": every}


def _groups(wanted: Filter) -> Iterator[Group]:
    """Return the causes with their first rows; a cause chosen shows all of its page."""
    if wanted.group == "progress":
        yield from _progress(wanted)
        return
    size = invoices.PAGE if wanted.cause else _SHOWN_OF_CAUSE
    causes = attention.not_in_ledger(g.user.workspace.currency)
    for cause in [cause for cause in causes if _is_shown(cause, wanted)][:_CAUSES]:
        of_cause = replace(wanted, cause=key_of(cause), connection_id=cause.connection_id)
        page = invoices.page(of_cause, today(), size)
        if page.rows:
            cause.count, cause.sums = page.count, page.sums
            left = page.count - len(page.rows)
            yield Group(cause, work(cause), key_of(cause), list(page.rows), left, _link(cause))


def _link(cause: Cause) -> Link | None:
    """Return where a cause is settled for all its invoices; each has what is only about it."""
    if cause.kind not in _REFUSED or cause.where not in _OF_COMPANY:
        return None
    return link_to(Place(cause.where), db.session.get(Connection, cause.connection_id))


def _is_shown(cause: Cause, wanted: Filter) -> bool:
    """Tell whether a cause is on the tab shown, and the one chosen."""
    here = wanted.connection_id in (None, cause.connection_id)
    refused = cause.kind in _REFUSED or wanted.group != "refused"
    return bool(cause.count) and here and refused and wanted.cause in ("", key_of(cause))


def _progress(wanted: Filter) -> Iterator[Group]:
    page = invoices.page(wanted, today())
    if page.rows:
        cause = Cause("progress", count=page.count, sums=page.sums)
        words = Work("loader-2", "busy", "On their way, nothing to do", "", page.sums, "", "")
        yield Group(cause, words, "", list(page.rows), page.count - len(page.rows))


def _tries(rows: list[Invoice]) -> dict[str, Any]:
    ids = [row.id for row in rows]
    return {"last": queries.last_attempts(ids), "tries": queries.attempt_counts(ids)}


def _latest() -> list[LogRow]:
    return queries.page(LogFilter(since=_since("30")), _LATEST)[0]
