"""Find the ledger company that an invoice belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.domain.problem import Missing, Problem
from app.domain.routing import Route, Unroutable, route
from app.domain.sample import SAMPLE, is_sample, never_sent, takes_samples
from app.domain.states import ConnectionState, InvoiceStatus, SyncState
from app.extensions import db
from app.models import Connection, SalesDocument
from app.usecases.push.linked import link_of


def connection_for(invoice: SalesDocument) -> Connection:
    """Return the invoice's company; where it is linked, or was, it stays. Raises Unroutable.

    What a disconnected company may hold is never sent to another one: it would be booked twice.
    """
    if invoice.connection_id is not None:
        present = db.session.get_one(Connection, invoice.connection_id)
        if present.state != ConnectionState.DISCONNECTED:
            return present
        if _held_there(invoice):
            raise Unroutable("no_connection")
    live: Sequence[Connection] = db.session.scalars(
        select(Connection).where(
            Connection.workspace_id == invoice.workspace_id,
            Connection.state != ConnectionState.DISCONNECTED,
        )
    ).all()
    if is_sample(invoice.external_id) and live:
        live = [c for c in live if takes_samples(c.environment)]
        if not live:
            raise Unroutable(SAMPLE)
    routes = [Route(c.id, c.entity, c.currency) for c in live]
    chosen = route(invoice.entity, invoice.currency, routes)
    return next(c for c in live if c.id == chosen)


def _held_there(invoice: SalesDocument) -> bool:
    """Tell whether the company it belongs to may have it, though it was disconnected."""
    if invoice.sync_state == SyncState.UNLINKED or invoice.linked_before is not None:
        return True
    return invoice.connection_id is not None and link_of(invoice.connection_id, invoice) is not None


def unrouted(invoice: SalesDocument, code: str) -> None:
    """Show that no company takes an invoice, or several do; the caller commits."""
    if _held_there(invoice) and invoice.push_policy != "never":
        invoice.sync_state, invoice.problem = SyncState.UNLINKED, None
        return  # it is looked for once that company is there again
    if invoice.status == InvoiceStatus.VOID or invoice.push_policy == "never":
        invoice.sync_state = SyncState.NOT_SENT
        invoice.problem = None
        return
    if code == SAMPLE:
        invoice.sync_state, invoice.problem = SyncState.NOT_SENT, never_sent().as_json()
        return
    problem = no_connection_problem() if code == "no_connection" else _several_connections()
    invoice.sync_state = SyncState.BLOCKED
    invoice.problem = problem.as_json()


def no_connection_problem() -> Problem:
    """Return the problem of an invoice that no ledger is connected for."""
    return Problem(
        code="no_connection",
        title="No ledger is connected for this invoice.",
        means="It is in billing only.",
        what_to_do="Connect a ledger; the invoice then goes by itself.",
        missing=(Missing("connection", "", "a connected ledger"),),
    )


def _several_connections() -> Problem:
    return Problem(
        code="ambiguous_connection",
        title="Several ledgers take this invoice.",
        means="It is in billing only, so that it is not booked twice.",
        what_to_do="Say on the connections which entity or currency each of them takes.",
        missing=(Missing("connection", "", "one ledger to choose"),),
    )
