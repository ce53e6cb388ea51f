"""Pushing everything a list shows: asked once, done in the background, left and come back to."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.domain.wording import plural
from app.extensions import db
from app.models import BulkPush
from app.queries import invoices as queries
from app.queries.became import Became, became_of
from app.queries.invoices import Filter
from app.usecases.push import push_all
from app.web.attention import DEED_FOR_ALL
from app.web.guard import actor, needs_role, workspace_id
from app.web.interrupted import local_path
from app.web.invoices import filter_asked, same_filters
from app.web.presentation import now, today

AUTHENTICATION = "session"

blueprint = Blueprint("bulk_push", __name__, url_prefix="/invoices/all")

# So many of one cause are made due while the person waits; more are a worker's.
_AT_ONCE = 1000


@blueprint.get("/<any(push, retry):deed>")
@needs_role("owner", "finance")
def ask(deed: str) -> ResponseReturnValue:
    """Say how many match and what they come to, before anything is done."""
    wanted = _wanted(deed)
    under_way = push_all.under_way()
    if under_way is not None:
        return _to_other(under_way)
    up_to = queries.newest_number()
    count, sums = queries.totals(wanted, today())
    return render_template(
        "bulk_push/ask.html",
        deed=deed,
        count=count,
        sums=sums,
        up_to=up_to,
        target=same_filters("bulk_push.begin", deed=deed),
        list=same_filters("invoices.index"),
    )


@blueprint.post("/<any(push, retry):deed>")
@needs_role("owner", "finance")
def begin(deed: str) -> ResponseReturnValue:
    """Begin; pressed twice, it is begun once."""
    wanted, up_to = _wanted(deed), request.form.get("up_to", type=int)
    if up_to is None:
        abort(400)
    user_id, name = actor()
    bulk, is_new = push_all.begin(workspace_id(), deed, wanted, up_to, today(), name, user_id)
    if bulk is None:
        flash("Nothing was changed: none matches any more.", "wait")
        return redirect(same_filters("invoices.index"), 303)
    if not is_new:
        return _to_other(bulk)
    if wanted.cause and bulk.matched <= _AT_ONCE:
        push_all.push_on(bulk.id)
    return redirect(url_for("bulk_push.show", number=bulk.id), 303)


@blueprint.get("/<int:number>")
def show(number: int) -> ResponseReturnValue:
    """Show how far it has come; the live part alone when the page polls."""
    bulk = _bulk(number)
    part, became = "HX-Request" in request.headers, became_of(bulk)
    wanted = push_all.filter_of(bulk)
    return render_template(
        "bulk_push/live.html" if part else "bulk_push/show.html",
        bulk=bulk,
        part=part,
        became=became,
        moving=bulk.finished_at is None or became.moving > 0,
        said=became_words(became),
        list=local_path(request.args.get("back")) or _list(wanted),
        same=url_for("bulk_push.show", number=number, back=request.args.get("back")),
    )


@blueprint.post("/<int:number>/stop")
@needs_role("owner", "finance")
def stop(number: int) -> ResponseReturnValue:
    """Leave the rest as it is."""
    user_id, name = actor()
    if not push_all.stop(_bulk(number).id, name, user_id, now()):
        flash("It was finished already.", "wait")
    return redirect(url_for("bulk_push.show", number=number), 303)


@blueprint.app_template_global("said_of_bulk")
def said_of(bulk: BulkPush) -> str:
    """Say what became of the invoices of a bulk push."""
    return became_words(became_of(bulk))


def became_words(became: Became) -> str:
    """Say where they stand now: "2 are in the ledger, 6 need you again"."""
    several = (
        (became.there, "is in the ledger", "are in the ledger"),
        (became.moving, "is on its way", "are on their way"),
        (became.stuck, "needs you again", "need you again"),
    )
    parts = [plural(count, one, many) for count, one, many in several if count]
    return ", ".join(parts) or "None of them went"


def _bulk(number: int) -> BulkPush:
    return db.session.scalar(select(BulkPush).where(BulkPush.id == number)) or abort(404)


def _to_other(bulk: BulkPush) -> ResponseReturnValue:
    left = plural(bulk.matched, "invoice is", "invoices are")
    flash(f"{left} being pushed already. When that is done, or stopped, others may be.", "wait")
    return redirect(url_for("bulk_push.show", number=bulk.id), 303)


def _wanted(deed: str) -> Filter:
    """Return the filter asked for; not one where pressing for all makes no sense."""
    wanted = filter_asked()
    if wanted.cause:
        fits = DEED_FOR_ALL.get(wanted.cause.partition(":")[0]) == deed
    else:
        fits = wanted.group == "needs" and deed == "push"
    return wanted if fits else abort(404)


def _list(wanted: Filter) -> str:
    return url_for(
        "invoices.index",
        show=wanted.group if wanted.group != "all" else None,
        q=wanted.typed or None,
        owed=wanted.owed or None,
        connection=wanted.connection_id,
        customer=wanted.customer_id,
        cause=wanted.cause or None,
    )
