"""Credit notes: where each is, and what it is put on."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.queries import credit_notes as queries

AUTHENTICATION = "session"

blueprint = Blueprint("credit_notes", __name__, url_prefix="/credit-notes")


@blueprint.get("")
def index() -> ResponseReturnValue:
    """List credit notes, newest first; one is shown on the page that invoices have."""
    typed = request.args.get("q", "").strip()[:100]
    only_needs = request.args.get("show") == "needs"
    before = request.args.get("before", "")
    page = queries.page(typed, only_needs=only_needs, before=_before(before))
    more = f"{page.more[0]}_{page.more[1]}" if page.more else None
    show = "needs" if only_needs else None
    return render_template(
        "credit_notes/index.html",
        page=page,
        typed=typed,
        only_needs=only_needs,
        counts=queries.counts(),
        older=url_for("credit_notes.index", show=show, q=typed or None, before=more),
        newest=url_for("credit_notes.index", show=show, q=typed or None) if before else None,
    )


def _before(cursor: str) -> tuple[date, int] | None:
    issued, _, number = cursor.partition("_")
    try:
        return (date.fromisoformat(issued), int(number)) if cursor else None
    except ValueError:
        abort(404)
