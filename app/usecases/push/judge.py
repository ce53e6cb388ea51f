"""Set aside what misses something, with every cause at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select

from app.domain.problem import Missing, Problem
from app.domain.push_plan import Mappings
from app.domain.readiness import Names, booked_in_closed_period, missing_for, problem_of
from app.domain.states import TAKES_OUT, DocumentKind, Operation, PushState, SyncState
from app.domain.tax_prediction import TaxRates
from app.extensions import db
from app.ledgers import LEDGERS
from app.ledgers.interface import Ledger
from app.models import Connection, CreditApplication, CreditNote, Push, SalesDocument
from app.usecases.company.exclusive import in_turn
from app.usecases.company.open_ledger import on_paper
from app.usecases.push.agreed import agreed_content, dated_there
from app.usecases.push.claim import lock
from app.usecases.push.expect import expect
from app.usecases.push.linked import links_of
from app.usecases.push.mappings import mappings_of, names_of, rates_of
from app.usecases.push.plan import plan_for, unbuildable
from app.usecases.push.stay_on import stay_on
from app.usecases.push.translate import to_domain

# Stands where the ledger's id of a customer will be; no figure depends on it.
_NOBODY = "0"


def block_unready(push_ids: Sequence[int], connection_id: int) -> None:
    """Set aside what misses something, with every cause at once; commits."""
    # Else a mapping saved meanwhile would find nothing blocked yet, and release nothing.
    in_turn("judge_readiness", connection_id)
    connection = db.session.get_one(Connection, connection_id)
    mappings, names = mappings_of(connection), names_of(connection)
    rates = rates_of(connection)
    paper = on_paper(connection.provider, connection.environment, connection.company_id)
    unsent = unsent_documents(push_ids)
    dates = dates_there(connection_id, [invoice for _, invoice in unsent])
    for push, invoice in unsent:
        if isinstance(invoice, CreditApplication):
            continue  # needs nothing that people map
        missing = in_the_way(push, invoice, connection, mappings, names, dates.get(invoice.id))
        problem = described(missing, connection, invoice) if missing else None
        if problem is None and push.operation not in TAKES_OUT:
            problem = unbookable(invoice, connection, mappings, rates, paper)
        if problem is not None:
            block(push, invoice, problem)
    db.session.commit()


def unbookable(
    invoice: SalesDocument,
    connection: Connection,
    mappings: Mappings,
    rates: TaxRates,
    paper: Ledger,
) -> Problem | None:
    """Return why an invoice cannot be booked as billed: found out before its customer is made."""
    plan = plan_for(invoice, connection, mappings, _NOBODY, None)
    try:
        body = paper.build(DocumentKind(invoice.kind), Operation.CREATE, plan)
    except ValueError as error:
        return unbuildable(error)
    return expect(invoice, plan, body, connection, paper, rates).problem


def in_the_way(
    push: Push,
    invoice: SalesDocument,
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


def dates_there(connection_id: int, documents: Sequence[SalesDocument]) -> dict[int, date]:
    """Return the day each invoice is booked on in the ledger, where that is known."""
    links = links_of(connection_id, documents)
    dates = {ours: dated_there(agreed_content(link)) for ours, link in links.items()}
    return {invoice_id: booked for invoice_id, booked in dates.items() if booked is not None}


def block(push: Push, invoice: SalesDocument, problem: Problem) -> None:
    """Let a push wait until what is missing is there; the caller commits."""
    push.state = PushState.BLOCKED
    push.claimed_by = push.claimed_until = None
    push.problem = invoice.problem = problem.as_json()
    invoice.sync_state = SyncState.BLOCKED
    if isinstance(invoice, CreditNote):  # judged before, it may have been about to come off
        stay_on(invoice, db.session.scalars(select(func.now())).one())


def described(
    missing: tuple[Missing, ...], connection: Connection, invoice: SalesDocument
) -> Problem:
    """Say what stands in the way, in words for people."""
    ledger = LEDGERS[connection.provider].provider.name
    return problem_of(missing, ledger=ledger, invoice=to_domain(invoice))


def unsent_documents(push_ids: Sequence[int]) -> list[tuple[Push, SalesDocument]]:
    """Lock the claimed pushes of documents that have no body yet, lines and customers loaded."""
    return [
        (push, invoice)
        for push, invoice in lock(push_ids, with_lines=True)
        if invoice is not None and push.body is None and push.state == PushState.PUSHING
    ]
