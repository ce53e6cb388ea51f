"""What the billing application may poll instead of being told, and the state of the books."""

from __future__ import annotations

from typing import Any

from app.api.described import (
    DriftListing,
    FeedAnswer,
    ListAnswer,
    PaymentsAnswer,
    Polling,
    ReconciliationListing,
)
from app.api.guard import KeyBlueprint, workspace_id
from app.queries.api_lists import list_connections, list_drifts, list_reconciliations
from app.queries.events import Feed, events_after, payments_after

AUTHENTICATION = "api_key"

blueprint = KeyBlueprint("feeds", __name__, description="What the ledgers told the bridge")


@blueprint.route("/events", methods=["GET"])
@blueprint.arguments(Polling, location="query")
@blueprint.response(200, FeedAnswer)
def events(polling: dict[str, Any]) -> dict[str, Any]:
    """List what billing must hear, in the order it happened."""
    return _answer(events_after(workspace_id(), polling["after"], polling["limit"]))


@blueprint.route("/payments", methods=["GET"])
@blueprint.arguments(Polling, location="query")
@blueprint.response(200, PaymentsAnswer)
def payments(polling: dict[str, Any]) -> dict[str, Any]:
    """List payments and refunds of the ledgers, in the order they came here, as they are now."""
    return _answer(payments_after(workspace_id(), polling["after"], polling["limit"]))


def _answer(feed: Feed) -> dict[str, Any]:
    return {"data": feed.rows, "next": feed.after, "more": feed.more}


@blueprint.route("/connections", methods=["GET"])
@blueprint.response(200, ListAnswer)
def connections() -> dict[str, Any]:
    """List the ledger companies of the workspace."""
    return {"data": list_connections(workspace_id()), "next_cursor": None}


@blueprint.route("/reconciliations", methods=["GET"])
@blueprint.arguments(ReconciliationListing, location="query")
@blueprint.response(200, ListAnswer)
def reconciliations(listing: dict[str, Any]) -> dict[str, Any]:
    """List the verdicts on the two books, newest first."""
    rows, following = list_reconciliations(
        workspace_id(), listing["connection"], listing["cursor"], listing["limit"]
    )
    return {"data": rows, "next_cursor": following}


@blueprint.route("/drifts", methods=["GET"])
@blueprint.arguments(DriftListing, location="query")
@blueprint.response(200, ListAnswer)
def drifts(listing: dict[str, Any]) -> dict[str, Any]:
    """List the differences between the two books, newest first."""
    rows, following = list_drifts(
        workspace_id(),
        open_only=listing["open"],
        cursor=listing["cursor"],
        limit=listing["limit"],
    )
    return {"data": rows, "next_cursor": following}
