"""Reviews and dry runs by REST: what waits, what it would be sent as, and letting it go."""

from __future__ import annotations

from typing import Any

from app import clock
from app.api.billing_answers import turn_down
from app.api.described import ErrorAnswer
from app.api.described_review import (
    DryRunAnswer,
    HeldAnswer,
    HeldListing,
    ReleaseAnswer,
    ReleaseBody,
)
from app.api.guard import KeyBlueprint, actor
from app.queries import connections
from app.queries import held as queries
from app.queries.api_invoices import amount
from app.queries.held import Batch, Held
from app.usecases.push.dry_run import dry_run as dry_run_of
from app.usecases.push.release_held import HeldChanged, release_held
from app.usecases.push.show_dry_run import as_json

AUTHENTICATION = "api_key"

blueprint = KeyBlueprint("api_review", __name__, description="Reviews and dry runs")

Json = dict[str, Any]


@blueprint.route("/held", methods=["GET"])
@blueprint.arguments(HeldListing, location="query")
@blueprint.response(200, HeldAnswer)
def held(listing: Json) -> Json:
    """List what waits for review by day, recurring runs apart."""
    return {"data": [_batch(one) for one in queries.batches(listing["connection"])]}


@blueprint.route("/held/push", methods=["POST"])
@blueprint.arguments(ReleaseBody)
@blueprint.response(200, ReleaseAnswer)
@blueprint.alt_response(409, schema=ErrorAnswer, description="Not as many wait as were seen")
def release(body: Json) -> Json:
    """Push everything that waits for review of one day's run, as it was seen."""
    batch = Batch(body["connection"], body["day"], body["recurring"], body["kind"])
    try:
        return {"pushed": release_held(batch, body["expected"], actor(), None, clock.now())}
    except HeldChanged as error:
        turn_down(409, str(error))


@blueprint.route("/connections/<int:connection_id>/dry-run", methods=["GET"])
@blueprint.response(200, DryRunAnswer)
@blueprint.alt_response(404, schema=ErrorAnswer, description="No such connection")
def dry_run(connection_id: int) -> Json:
    """Show everything that waits as it would be sent; nothing is written, no ledger is called."""
    if connections.connection_of(connection_id) is None:
        turn_down(404, "There is no such connection.")
    return as_json(dry_run_of(connection_id))


def _batch(one: Held) -> Json:
    return {
        "connection": str(one.batch.connection_id),
        "day": one.batch.day.isoformat(),
        "kind": one.batch.kind,
        "recurring": one.batch.recurring,
        "count": one.count,
        "totals": {currency: amount(total, currency) for currency, total in one.sums.items()},
    }
