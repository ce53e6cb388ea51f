"""Invoices: where each is, why, and what next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.wording import plural, whose
from app.models import BulkPush, CreditApplication, SalesDocument
from app.models.bulk import DEEDS as BULK_DEEDS
from app.queries import credit_notes, mappings, one_invoice
from app.queries import invoices as queries
from app.queries.accepted import accepted_of
from app.queries.invoices import Filter
from app.usecases.documents import try_again
from app.usecases.push import actions, push_all
from app.usecases.push.decide_there import NotThere, link_to, push_another
from app.web import invoice_page, timeline_words
from app.web.attempt_words import brief_time, clock, day_brief, outcome_words, price, took
from app.web.attention import DEED_FOR_ALL
from app.web.guard import actor, needs_role, workspace_id
from app.web.interrupted import local_path
from app.web.needed import needed_by, needed_here
from app.web.presentation import now, same_query, today
from app.web.those_there import shown_of

AUTHENTICATION = "session"

blueprint = Blueprint("invoices", __name__, url_prefix="/invoices")
blueprint.add_app_template_filter(queries.cause_of, "cause_of")
blueprint.add_app_template_filter(brief_time, "brief_time")
blueprint.add_app_template_filter(day_brief, "day_brief")
blueprint.add_app_template_filter(clock, "clock")
blueprint.add_app_template_filter(took, "took")
blueprint.add_app_template_filter(price, "price")
blueprint.add_app_template_filter(whose, "whose")
blueprint.add_app_template_filter(timeline_words.deed_said, "deed_said")
blueprint.add_app_template_filter(timeline_words.started_by, "started_by")
blueprint.add_app_template_filter(shown_of, "shown_there")
blueprint.add_app_template_global(outcome_words, "words_of_outcome")
blueprint.add_app_template_global(needed_here)

# The most that one press of a bulk button may move.
_BULK = 1000

Deed = Callable[[list[int], str, int | None, Any], int]
# What the buttons do, and what is said when it was done.
DEEDS: dict[str, tuple[Deed, str, str]] = {
    "retry": (actions.retry, "goes again", "go again"),
    "push": (actions.push_now, "goes now", "go now"),
    "hold": (actions.hold, "waits until somebody pushes it", "wait until somebody pushes them"),
    "never": (actions.never_push, "will not be pushed", "will not be pushed"),
    "tax": (actions.book_ledger_tax, "goes with the ledger’s tax", "go with the ledger’s tax"),
    "allow": (actions.allow_push, "may go again", "may go again"),
    "use-billing": (
        actions.use_billing,
        "goes now as billing has it",
        "go now as billing has them",
    ),
    "another": (push_another, "goes now, as another invoice", "go now, as other invoices"),
    "keep-ledger": (
        actions.keep_ledger,
        "stays as the ledger has it",
        "stay as the ledger has them",
    ),
}


@blueprint.get("")
def index() -> ResponseReturnValue:
    """List invoices, newest first."""
    wanted = filter_asked()
    part = _is_part()
    standing = None if part else queries.standing()  # a part shows no tabs
    page = queries.page(wanted, today(), standing=standing)
    return render_template(
        "invoices/rows.html" if part else "invoices/index.html",
        page=page,
        accepted=accepted_of(page.rows),
        wanted=wanted,
        need=needed_by(wanted),
        counts=queries.group_counts(standing or ()),
        credit_notes=0 if part else credit_notes.how_many(),
        connections=mappings.live_connections(),
        more=f"{page.more[0]}_{page.more[1]}" if page.more else None,
        address=_address,
        same=same_filters,
        deed_for_all=_deed_for_all,
        under_way=push_all.under_way(),
    )


@blueprint.get("/<int:invoice_id>")
def show(invoice_id: int) -> ResponseReturnValue:
    """Show one invoice or credit note; its live part alone when the page polls."""
    document = _document(invoice_id)
    if isinstance(document, CreditApplication):
        return redirect(url_for("invoices.show", invoice_id=document.credit_note_id))
    page = invoice_page.build(document)
    return render_template(
        "invoices/live.html" if _is_part() else "invoices/show.html",
        page=page,
        part=_is_part(),
    )


@blueprint.post("/<int:invoice_id>/documents/<int:document_id>/again")
@needs_role("owner", "finance")
def attach_again(invoice_id: int, document_id: int) -> ResponseReturnValue:
    """Try once more to attach a document that could not be."""
    document = one_invoice.file_of(_document(invoice_id), document_id) or abort(404)
    user_id, actor_name = actor()
    if try_again(document.id, actor_name, user_id, now()):
        flash(f"“{document.name}” is tried again.", "ok")
    else:
        flash("Nothing was changed: it moved on meanwhile.", "wait")
    return redirect(url_for("invoices.show", invoice_id=invoice_id), 303)


@blueprint.post("/<int:invoice_id>/link-there")
@needs_role("owner", "finance")
def link_there(invoice_id: int) -> ResponseReturnValue:
    """Link an invoice to the one of the ledger that a person says it is."""
    document = _document(invoice_id)
    user_id, actor_name = actor()
    try:
        link_to(document.id, request.form.get("ledger_id", ""), actor_name, user_id, now())
    except NotThere as error:
        flash(str(error), "wait")
    else:
        flash(f"{document.number} is linked. Nothing was written in the ledger.", "ok")
    return redirect(url_for("invoices.show", invoice_id=invoice_id), 303)


@blueprint.post("/<int:invoice_id>/<deed>")
@needs_role("owner", "finance")
def do(invoice_id: int, deed: str) -> ResponseReturnValue:
    """Do one thing to one invoice or credit note, or to what puts this on that."""
    document = _document(invoice_id)
    _do([document.id], deed, document.number)
    return redirect(url_for("invoices.show", invoice_id=invoice_id), 303)


@blueprint.post("/bulk")
@needs_role("owner", "finance")
def bulk() -> ResponseReturnValue:
    """Do one thing to every invoice that was ticked."""
    deed, ids = request.form.get("deed", ""), request.form.getlist("invoice", type=int)[:_BULK]
    if "one" in request.form:  # the button of a single row, whatever else is ticked
        deed, _, number = request.form["one"].partition(" ")
        ids = [int(number)] if number.isdecimal() and len(number) < 19 else []
    back = local_path(request.form.get("back") or request.referrer) or url_for("invoices.index")
    ids = sorted(set(ids))
    bulk = _told_of_all(deed, ids)
    if bulk is not None:
        return redirect(url_for("bulk_push.show", number=bulk.id, back=back), 303)
    if ids:
        _do(ids, deed, plural(len(ids), "invoice"))
    else:
        flash("No invoice was chosen.", "wait")
    return redirect(back, 303)


def _told_of_all(deed: str, ids: list[int]) -> BulkPush | None:
    """Make several due at once, so that a page tells what becomes of them.

    None where that is another deed, something else than invoices, or the page is taken: another
    press of the workspace is under way.
    """
    if deed not in BULK_DEEDS or len(ids) < 2:
        return None
    user_id, name = actor()
    wanted, newest = Filter(ids=tuple(ids)), max(ids)
    if queries.totals(wanted, today())[0] != len(ids):
        return None
    bulk, is_new = push_all.begin(workspace_id(), deed, wanted, newest, today(), name, user_id)
    if bulk is None or not is_new:
        return None
    push_all.push_on(bulk.id)
    return bulk


def _do(ids: list[int], deed: str, name: str) -> None:
    act, one, many = DEEDS.get(deed) or abort(404)
    user_id, actor_name = actor()
    count = act(ids, actor_name, user_id, now())
    if count == len(ids) == 1:
        flash(f"{name} {one}.", "ok")
    elif count:
        left = len(ids) - count
        rest = f" {plural(left, 'was', 'were')} left as it is." if left else ""
        flash(f"{plural(count, 'invoice')} {one if count == 1 else many}.{rest}", "ok")
    else:
        flash(f"Nothing was changed: {name} moved on meanwhile.", "wait")


def _document(document_id: int) -> SalesDocument:
    return one_invoice.document_of(document_id) or abort(404)


def _deed_for_all(wanted: Filter) -> str:
    """Return what one press may do to everything listed; "" unless that is all of one cause."""
    every = Filter(cause=wanted.cause, connection_id=wanted.connection_id, before=wanted.before)
    return DEED_FOR_ALL.get(wanted.cause.partition(":")[0], "") if wanted == every else ""


def _is_part() -> bool:
    return "HX-Request" in request.headers and "HX-Boosted" not in request.headers


def filter_asked() -> Filter:
    """Return the filter that the address says."""
    args = request.args
    group = args.get("show", "all")
    return Filter(
        group=group if group in queries.GROUPS else "all",
        typed=args.get("q", "").strip()[:100],
        owed=args.get("owed", ""),
        connection_id=args.get("connection", type=int),
        customer_id=args.get("customer", type=int),
        cause=args.get("cause", ""),
        before=_before(args.get("before", "")),
    )


def _before(cursor: str) -> tuple[date, int] | None:
    issued, _, number = cursor.partition("_")
    try:
        return (date.fromisoformat(issued), int(number)) if cursor else None
    except ValueError:
        abort(404)


def same_filters(endpoint: str, **more: Any) -> str:
    """Return another address about what this list shows, on all its pages."""
    kept: dict[str, Any] = same_query("before") | more
    return url_for(endpoint, **kept)


def _address(**changes: Any) -> str:
    """Return this list's address with some of its filters changed."""
    wanted = {k: v for k, v in (same_query("before") | changes).items() if v}
    return url_for("invoices.index", **wanted)
