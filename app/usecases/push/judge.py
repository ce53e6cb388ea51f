"""Set aside what misses something, with every cause at once."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.problem import Missing, Problem
from app.domain.readiness import missing_for, problem_of
from app.domain.states import TAKES_OUT, PushState, SyncState
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import Connection, CreditApplication, Push, SalesDocument
from app.usecases.exclusive import in_turn
from app.usecases.push.claim import lock
from app.usecases.push.mappings import mappings_of, names_of
from app.usecases.push.translate import to_domain


def block_unready(push_ids: Sequence[int], connection_id: int) -> None:
    """Set aside what misses something, with every cause at once; commits."""
    # Else a mapping saved meanwhile would find nothing blocked yet, and release nothing.
    in_turn("judge_readiness", connection_id)
    connection = db.session.get_one(Connection, connection_id)
    mappings, names = mappings_of(connection), names_of(connection)
    for push, invoice in unsent_documents(push_ids):
        if push.operation in TAKES_OUT or isinstance(invoice, CreditApplication):
            continue  # needs nothing that people map
        missing = missing_for(
            to_domain(invoice),
            mappings,
            tax_enabled=connection.tax_enabled,
            books_closed_to=connection.books_closed_to,
            closed_period_policy=connection.closed_period_policy,
            multicurrency=connection.multicurrency,
            home_currency=connection.home_currency,
            names=names,
        )
        if missing:
            block(push, invoice, _described(missing, connection, invoice))
    db.session.commit()


def block(push: Push, invoice: SalesDocument, problem: Problem) -> None:
    """Let a push wait until what is missing is there; the caller commits."""
    push.state = PushState.BLOCKED
    push.claimed_by = push.claimed_until = None
    push.problem = invoice.problem = problem.as_json()
    invoice.sync_state = SyncState.BLOCKED


def _described(
    missing: tuple[Missing, ...], connection: Connection, invoice: SalesDocument
) -> Problem:
    ledger = LEDGERS[connection.provider].provider.name
    return problem_of(missing, ledger=ledger, invoice=to_domain(invoice))


def unsent_documents(push_ids: Sequence[int]) -> list[tuple[Push, SalesDocument]]:
    """Lock the claimed pushes of documents that have no body yet, lines and customers loaded."""
    return [
        (push, invoice)
        for push, invoice in lock(push_ids, with_lines=True)
        if invoice is not None and push.body is None and push.state == PushState.PUSHING
    ]
