"""Set aside what misses something, with every cause at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from app.domain.problem import Missing, Problem
from app.domain.push_plan import Mappings
from app.domain.readiness import Names, booked_in_closed_period, missing_for, problem_of
from app.domain.states import TAKES_OUT, DocumentKind, PushState, SyncState
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import Connection, DocumentLink, Invoice, Push
from app.usecases.exclusive import in_turn
from app.usecases.push.agreed import agreed_content, dated_there
from app.usecases.push.claim import lock
from app.usecases.push.mappings import mappings_of, names_of
from app.usecases.push.translate import to_domain


def block_unready(push_ids: Sequence[int], connection_id: int) -> None:
    """Set aside what misses something, with every cause at once; commits."""
    # Else a mapping saved meanwhile would find nothing blocked yet, and release nothing.
    in_turn("judge_readiness", connection_id)
    connection = db.session.get_one(Connection, connection_id)
    mappings, names = mappings_of(connection), names_of(connection)
    unsent = unsent_invoices(push_ids)
    dates = _dates_there(connection_id, [invoice.id for _, invoice in unsent])
    for push, invoice in unsent:
        missing = in_the_way(push, invoice, connection, mappings, names, dates.get(invoice.id))
        if missing:
            block(push, invoice, described(missing, connection, invoice))
    db.session.commit()


def in_the_way(
    push: Push,
    invoice: Invoice,
    connection: Connection,
    mappings: Mappings,
    names: Names,
    dated_there: date | None,
) -> tuple[Missing, ...]:
    """Return everything that stops an intention, by what its connection's people decided."""
    if push.undoes_id is not None:
        return ()  # an undo has its own look at what may be taken back
    closed = booked_in_closed_period(dated_there, connection.books_closed_to)
    if push.operation in TAKES_OUT:
        return closed
    found = missing_for(
        to_domain(invoice),
        mappings,
        tax_enabled=connection.tax_enabled,
        books_closed_to=None if closed else connection.books_closed_to,
        closed_period_policy=connection.closed_period_policy,
        multicurrency=connection.multicurrency,
        home_currency=connection.home_currency,
        names=names,
    )
    return found + closed


def _dates_there(connection_id: int, invoice_ids: Sequence[int]) -> dict[int, date]:
    """Return the day each invoice is booked on in the ledger, where that is known."""
    links = db.session.scalars(
        select(DocumentLink).where(
            DocumentLink.connection_id == connection_id,
            DocumentLink.document_kind == DocumentKind.INVOICE,
            DocumentLink.document_id.in_(invoice_ids),
        )
    )
    dates = {link.document_id: dated_there(agreed_content(link)) for link in links}
    return {invoice_id: booked for invoice_id, booked in dates.items() if booked is not None}


def block(push: Push, invoice: Invoice, problem: Problem) -> None:
    """Let a push wait until what is missing is there; the caller commits."""
    push.state = PushState.BLOCKED
    push.claimed_by = push.claimed_until = None
    push.problem = invoice.problem = problem.as_json()
    invoice.sync_state = SyncState.BLOCKED


def described(missing: tuple[Missing, ...], connection: Connection, invoice: Invoice) -> Problem:
    """Say what stands in the way, in words for people."""
    ledger = LEDGERS[connection.provider].provider.name
    return problem_of(missing, ledger=ledger, invoice=to_domain(invoice))


def unsent_invoices(push_ids: Sequence[int]) -> list[tuple[Push, Invoice]]:
    """Lock the claimed pushes of invoices that have no body yet, lines and customers loaded."""
    return [
        (push, invoice)
        for push, invoice in lock(push_ids, with_lines=True)
        if invoice is not None and push.body is None and push.state == PushState.PUSHING
    ]
