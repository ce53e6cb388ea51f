"""The ledger's own invoices, beside billing's: what people typed there by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.book_status import BookStatus
from app.domain.states import DocumentKind
from app.models import Connection
from app.queries import mappings
from app.queries import only_there as queries
from app.queries.only_there import Row, Wanted
from app.usecases.company.open_ledger import on_paper
from app.web.presentation import ledger_name, today

AUTHENTICATION = "session"

blueprint = Blueprint("only_there", __name__, url_prefix="/invoices/only-there")


@blueprint.get("")
def index() -> ResponseReturnValue:
    """List what is in the ledger and not from billing, newest first."""
    args = request.args
    typed, status = args.get("q", "").strip()[:100], args.get("status", "")
    connection, before = args.get("connection", type=int), args.get("before", "")
    page = queries.page(Wanted(typed, status, connection, _before(before)), today())
    kept: dict[str, Any] = {"q": typed or None, "status": status or None, "connection": connection}
    more = f"{page.more[0]}_{page.more[1]}" if page.more else None
    live = mappings.live_connections()
    return render_template(
        "invoices/only_there.html",
        page=page,
        typed=typed,
        status=status,
        statuses=BookStatus,
        connection_id=connection,
        connections=live,
        ledger=_named({each.provider for each in live}),
        read=all(each.pulled_at is not None for each in live),
        url_of=_url_of,
        older=url_for("only_there.index", before=more, **kept),
        newest=url_for("only_there.index", **kept) if before else None,
    )


def _named(providers: set[str]) -> str:
    return ledger_name(providers.pop()) if len(providers) == 1 else "the ledger"


def _url_of(row: Row) -> str:
    company: Connection = row.connection
    paper = on_paper(company.provider, company.environment, company.company_id)
    return paper.url(DocumentKind.INVOICE, row.there.ledger_id)


def _before(cursor: str) -> tuple[date, int] | None:
    issued, _, number = cursor.partition("_")
    try:
        return (date.fromisoformat(issued), int(number)) if cursor else None
    except ValueError:
        abort(404)
