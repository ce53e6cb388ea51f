"""Reconciliation: do the two books agree, and what to do where they do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from app import queue
from app.domain import verdict
from app.domain.drift import Kind
from app.domain.states import ConnectionState, DocumentKind
from app.domain.verdict import LEFT_OUT, Sums
from app.domain.wording import day_long, day_short, format_money, format_sums
from app.extensions import db
from app.models import Connection, Drift
from app.queries import reconciliations as queries
from app.queries.cause import cause_of_drift
from app.usecases.company.open_ledger import on_paper
from app.usecases.reconciliation.drift_csv import drift_csv
from app.usecases.reconciliation.drifts import DriftClosed, accept, undo
from app.web.guard import actor, needs_role
from app.web.interrupted import local_path
from app.web.needed import Needed, needed_here
from app.web.presentation import ledger_name, now, zone

AUTHENTICATION = "session"

blueprint = Blueprint("reconciliations", __name__, url_prefix="/reconciliation")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the side-by-side table; sub: part of the line above."""

    words: str
    cells: tuple[str, ...]  # billing, ledger, difference, known, to resolve
    settled: bool
    sub: bool = False


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show one company's last verdict, its differences and its history."""
    tabs = queries.tabs()
    if not tabs:
        return render_template("reconciliations/none.html")
    connection = _asked_for([tab.connection for tab in tabs])
    return render_template("reconciliations/show.html", tabs=tabs, **_page(connection))


@blueprint.post("/run")
@needs_role("owner", "finance")
def run() -> ResponseReturnValue:
    """Have a worker check again; the page then waits for a verdict newer than this one."""
    connection = _asked_for(None)
    if connection.state == ConnectionState.DISCONNECTED:
        flash("It is disconnected. Reconnect it; then check again.", "wait")
        return redirect(_address(connection), 303)
    newest = queries.newest(connection.id)
    after = newest.id if newest else 0
    db.session.commit()
    queue.wake(connection.id, "reconcile")
    return redirect(_address(connection, after=after), 303)


@blueprint.get("/waiting")
def waiting() -> ResponseReturnValue:
    """Answer the page that waits: nothing while the check runs, then where to look."""
    connection = _asked_for(None)
    newest = queries.newest(connection.id)
    if newest is None or newest.id <= _after() or newest.verdict == "running":
        return "", 204
    return "", 200, {"HX-Redirect": _address(connection)}


@blueprint.post("/drifts/<int:drift_id>/accept")
@needs_role("owner", "finance")
def accept_drift(drift_id: int) -> ResponseReturnValue:
    """Leave a difference as it is."""
    drift = _drift(drift_id)
    connection_id = drift.connection_id
    user_id, name = actor()
    try:
        accept(drift_id, name, user_id, now())
        flash("Left as it is. This is logged with your name and can be undone.", "ok")
    except DriftClosed as error:
        flash(str(error), "wait")
    back = local_path(request.form.get("back"))
    return redirect(back or url_for(".show", connection=connection_id), 303)


@blueprint.post("/drifts/<int:drift_id>/undo")
@needs_role("owner", "finance")
def undo_drift(drift_id: int) -> ResponseReturnValue:
    """Take a decision back."""
    drift = _drift(drift_id)
    connection_id = drift.connection_id
    user_id, name = actor()
    try:
        undo(drift_id, name, user_id)
        flash("The difference is to be resolved again.", "ok")
    except DriftClosed as error:
        flash(str(error), "wait")
    return redirect(url_for(".show", connection=connection_id), 303)


@blueprint.get("/differences.csv")
def export() -> ResponseReturnValue:
    """Hand out the open differences as a spreadsheet."""
    connection = _asked_for(None)
    ledger = ledger_name(connection.provider)
    rows = [*queries.differences(connection.id), *queries.explained(connection.id)]
    day = now().astimezone(zone()).date().isoformat()
    return Response(
        drift_csv(rows, ledger),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="differences-{day}.csv"'},
    )


def _page(connection: Connection) -> dict[str, Any]:
    newest, last = queries.newest(connection.id), queries.last_check(connection.id)
    ledger = ledger_name(connection.provider)
    sums = queries.sums_now(last)
    counted = last is not None and verdict.APART in (last.figures or {})
    to_resolve = queries.differences(connection.id)
    need = needed_here()
    asked_for = _asked_about(need, connection, to_resolve)
    explained = queries.explained(connection.id)
    decided = queries.decided_since(explained, last)
    gross = format_sums(queries.gross(asked_for))
    history = queries.history(connection.id, zone(), now())
    several = len({each.currency for each in sums}) > 1
    return {
        "connection": connection,
        "ledger": ledger,
        "newest": newest,
        "last": last,
        "after": _after(),
        "checking": _checking(newest),
        "sums": sums,
        "rows": [row for each in sums for row in _rows(each, several)],
        "agreed": verdict.agree(sums),
        "lede": f"Together {gross}." if decided and not counted else verdict.lede(sums, ledger),
        "known": verdict.known(sums, ledger),
        "left_out": verdict.known(sums, ledger, LEFT_OUT),
        "gross": gross,
        "decided": decided,
        "counted": counted,
        "differences": to_resolve,
        "asked_for": asked_for,
        "need": need if len(asked_for) < len(to_resolve) else None,
        "groups": queries.grouped(asked_for, ledger),
        "explained": explained,
        "last_closed": queries.last_closed(connection.id),
        "mail": queries.report_of(last, zone()) if last else None,
        "days_checked": [day for day in history if day.verdict],
        "url_there": partial(_url_there, connection),
        "chart": _chart(history, connection.home_currency),
    }


def _asked_about(
    need: Needed | None, connection: Connection, to_resolve: Sequence[Drift]
) -> Sequence[Drift]:
    """Return the differences that a row of the overview counted; all, where none led here."""
    if need is None or need.cause.connection_id != connection.id:
        return to_resolve
    kind = need.cause.kind
    its = [one for one in to_resolve if cause_of_drift(one.kind, one.document_kind) == kind]
    return its or to_resolve


def _url_there(connection: Connection, drift: Drift) -> str | None:
    """Return where the ledger shows the document; None for one that it has not got."""
    if drift.ledger_id is None or drift.kind in (Kind.MISSING_THERE, Kind.DELETED_THERE):
        return None
    paper = on_paper(connection.provider, connection.environment, connection.company_id)
    return paper.url(DocumentKind(drift.document_kind), drift.ledger_id)


def _checking(newest: Any) -> bool:
    """Tell whether a check is under way, or was asked for and has not begun."""
    if newest is not None and newest.verdict == "running":
        return True
    return "after" in request.args and (newest is None or newest.id <= _after())


def _rows(sums: Sums, name_currency: bool) -> list[Row]:
    suffix = f", {sums.currency}" if name_currency else ""
    counts = [side.count for side in (sums.ours, sums.theirs, sums.known, sums.resolve)]
    what, left = ("Credit notes", "Not used yet") if sums.credit else ("Invoices", "Still owed")
    rows = [_count_row(f"{what}, number{suffix}", *counts)]
    for words, field, sub in (
        (f"{what}, total", "total", False),
        ("of which tax", "tax", True),
        (left, "owed", False),
    ):
        sides = (sums.ours, sums.theirs, sums.known, sums.resolve)
        amounts = [getattr(side, field) for side in sides]
        rows.append(_money_row(words + suffix, sums.currency, *amounts, sub=sub))
    return rows


def _count_row(words: str, ours: int, theirs: int, known: int, resolve: int) -> Row:
    cells = (f"{ours:,}", f"{theirs:,}", *map(_signed, (theirs - ours, known, resolve)))
    return Row(words, cells, settled=resolve == 0)


def _signed(count: int) -> str:
    return f"+{count:,}" if count > 0 else f"{count:,}".replace("-", "\u2212\u2060")


def _money_row(
    words: str,
    currency: str,
    ours: Decimal,
    theirs: Decimal,
    known: Decimal,
    resolve: Decimal,
    *,
    sub: bool,
) -> Row:
    signed = (format_money(each, currency, sign=True) for each in (theirs - ours, known, resolve))
    cells = (format_money(ours, currency), format_money(theirs, currency), *signed)
    return Row(words, cells, settled=resolve == 0, sub=sub)


def _chart(days: list[queries.Day], currency: str) -> dict[str, Any]:
    """Return the figures of the chart and the sentences that say the same."""
    checked = [day for day in days if day.verdict]
    words = _days_words(checked)
    return {
        "label": f"Column chart of the net difference at each daily check. {words}.",
        "days": words,
        "data": {
            "days": [day_short(each.day) for each in days],
            "net": [None if each.net is None else float(each.net) for each in days],  # drawn only
            "text": [_day_words(each, currency) for each in days],
            "symbol": format_money(Decimal(0), currency).rstrip("0."),
            "hint": f"{words}. Point at a day for its figure.",
        },
    }


def _days_words(checked: Sequence[queries.Day]) -> str:
    """Say on how many of the days with a check the books agreed."""
    square, of = sum(day.verdict == "square" for day in checked), len(checked)
    if of == 1:
        return f"Checked on one day, {'all square' if square else 'not square'}"
    if square in (0, of):
        return f"Checked on {of} days, {'all square on each' if square else 'square on none'}"
    return f"Checked on {of} days, all square on {square}"


def _day_words(day: queries.Day, currency: str) -> str:
    if day.verdict is None:
        return f"{day_long(day.day)}: not checked"
    if day.verdict == "square":
        return f"{day_long(day.day)}: all square"
    if day.net is None:
        return f"{day_long(day.day)}: differences without a net amount"
    return f"{day_long(day.day)}: net {format_money(day.net, currency, sign=True)}"


def _asked_for(connections: list[Connection] | None) -> Connection:
    """Return the company the address names, else the first; 404 for another workspace's."""
    number = request.values.get("connection", type=int)
    if connections is None:
        connections = [tab.connection for tab in queries.tabs()]
    for connection in connections:
        if number in (None, connection.id):
            return connection
    raise NotFound


def _drift(drift_id: int) -> Drift:
    drift = db.session.get(Drift, drift_id)
    if drift is None:
        abort(404)
    return drift


def _after() -> int:
    return request.args.get("after", default=0, type=int)


def _address(connection: Connection, **more: Any) -> str:
    return url_for(".show", connection=connection.id, **more)
