"""Runs of pushing by REST: what each did, and taking a wrong one back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from app import clock
from app.api.billing_answers import turn_down
from app.api.described import ErrorAnswer
from app.api.described_runs import RunAnswer, RunListing, RunsAnswer, UndoBody
from app.api.guard import KeyBlueprint, actor
from app.domain.public_id import public_id
from app.domain.states import Operation
from app.domain.undo import Created, refusal_words
from app.ledgers import LEDGERS
from app.models import PushRun
from app.queries import connections
from app.queries import runs as queries
from app.queries.api_invoices import amount, moment
from app.usecases.undo_run import Preview, UndoRefused, preview, why_kept
from app.usecases.undo_run import undo as undo_of

AUTHENTICATION = "api_key"

blueprint = KeyBlueprint("api_runs", __name__, description="Runs of pushing")

Json = dict[str, Any]
_WAYS = (*(operation.value for operation in Operation), queries.FOUND)


@blueprint.route("/runs", methods=["GET"])
@blueprint.arguments(RunListing, location="query")
@blueprint.response(200, RunsAnswer)
@blueprint.alt_response(404, schema=ErrorAnswer, description="No such connection")
def index(listing: Json) -> Json:
    """List what each run of a connection did, newest first."""
    connection = connections.connection_of(listing["connection"])
    if connection is None:
        turn_down(404, "There is no such connection.")
    rows, following = queries.runs_of(connection.id, listing["cursor"], listing["limit"])
    return {"data": [_run(row) for row in rows], "next_cursor": following}


@blueprint.route("/runs/<int:run_id>", methods=["GET"])
@blueprint.response(200, RunAnswer)
@blueprint.alt_response(404, schema=ErrorAnswer, description="No such run")
def show(run_id: int) -> Json:
    """Show a run, what may be taken back of it, what stays and why; nothing is changed."""
    return _whole(_named(run_id))


@blueprint.route("/runs/<int:run_id>/undo", methods=["POST"])
@blueprint.arguments(UndoBody)
@blueprint.response(202, RunAnswer)
@blueprint.alt_response(404, schema=ErrorAnswer, description="No such run")
@blueprint.alt_response(409, schema=ErrorAnswer, description="Nothing of it is taken back")
def undo(body: Json, run_id: int) -> Json:
    """Take back what a run created and nobody touched since; look at the run for how it goes."""
    run = _named(run_id)
    now = clock.now()
    try:
        undo_of(run.id, body["how"], actor(), None, now, body["expected"])
    except UndoRefused as error:
        turn_down(409, str(error))
    return _whole(_named(run_id))


def _named(run_id: int) -> PushRun:
    return queries.run_of(run_id) or turn_down(404, "There is no such run.")


def _run(row: queries.RunRow) -> Json:
    run = row.run
    return {
        "id": str(run.id),
        "connection": str(run.connection_id),
        "started_at": moment(run.started_at),
        "finished_at": moment(run.finished_at) if run.finished_at else None,
        "invoices": {way: _some(row.of(way).count, row.of(way).sums) for way in _WAYS},
        "credit_notes": {
            way: _some(row.credits(way).count, row.credits(way).sums) for way in _WAYS
        },
        "customers_created": row.customers,
        "credit_notes_created": row.credit_notes,
        "undone_at": moment(run.undone_at) if run.undone_at else None,
        "undone_by": run.undone_by,
        "undone_how": run.undone_how,
    }


def _whole(run: PushRun) -> Json:
    found = preview(run)
    return _run(queries.row_of(run)) | {
        "may_be_taken_back": _some(found.what.count, found.what.sums),
        "documents": list(_documents(run, found)),
    }


def _some(count: int, sums: Mapping[str, Decimal]) -> Json:
    totals = {currency: amount(total, currency) for currency, total in sums.items()}
    return {"count": count, "totals": totals}


def _documents(run: PushRun, found: Preview) -> Sequence[Json]:
    ledger = LEDGERS[run.connection.provider].provider.name
    rows = [_document(one, None, "") for one in found.may]
    for reason, some in found.refused.items():
        why, _ = refusal_words(reason, ledger, found.books_closed_to)
        rows += [_document(one, reason, why) for one in some]
    return rows


def _document(one: Created, reason: str | None, why: str) -> Json:
    kept = why_kept(one)
    return {
        "invoice_id": public_id(one.invoice_id),
        "number": one.number,
        "currency": one.currency,
        "total": amount(one.total, one.currency),
        "stays_because": reason,
        "explanation": why or None,
        "undo": one.undo,
        "undo_problem": kept.as_json() if kept else None,
    }
