"""Write down that a push was not booked: when it goes again, or whom it waits for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.perhaps_there import NOT_AS_LINKED
from app.domain.problem import Problem
from app.domain.states import (
    PushState,
    SyncState,
)
from app.ledgers.errors import CustomerGone, Gone, LedgerError, NumberTaken
from app.ledgers.interface import LedgerKind
from app.models import Push, SalesDocument
from app.usecases.push.go_again import build_anew, forget_key
from app.usecases.push.gone_customers import customer_gone
from app.usecases.push.keep_there import keep_there
from app.usecases.push.linked import link_of
from app.usecases.push.number_of_another import named_twice
from app.usecases.push.readied import Ready
from app.usecases.push.refused_there import beside_those_there
from app.usecases.push.tell import (
    deed_of,
    problem_of_failure,
    problem_of_undo,
    tell_failure,
)
from app.usecases.push.verdict import Verdict, verdict
from app.usecases.settle import settle_from_mirror


@dataclass(frozen=True, slots=True)
class Try:
    """When a try began and what it is judged by."""

    started_at: datetime
    now: datetime
    chance: float  # from 0 to 1, for the jitter of the next wait
    url: str | None = None


def fail(
    push: Push,
    invoice: SalesDocument | None,
    ready: Ready,
    error: LedgerError,
    this: Try,
    kind: LedgerKind,
) -> Verdict:
    """Write down a try that booked nothing, and what happens next; the caller commits."""
    outcome = verdict(error, push.attempts + 1, this.chance)
    push.attempts += outcome.counts
    if (
        outcome.push_state == PushState.FAILED
        and push.undoes_id is not None
        and invoice is not None
    ):
        keep_there(push, invoice, problem_of_undo(error, kind, deed_of(push)), this.now)
        settle_from_mirror(push.connection_id, invoice)
        return outcome
    if isinstance(error, Gone) and invoice is not None and ready.left_before:
        forget_key(push, invoice, ready, outcome)
        build_anew(push, invoice, this.now)
        return outcome
    if isinstance(error, CustomerGone) and invoice is not None:
        forget_key(push, invoice, ready, outcome)
        customer_gone(push, invoice, error, ready.ours.customer_ledger_id, this.now)
        return outcome
    push.state = outcome.push_state
    push.due_at = this.now + (outcome.due_after or timedelta(0))
    push.claimed_by = push.claimed_until = None
    forget_key(push, invoice, ready, outcome)
    problem = problem_of_failure(push, error, kind, outcome)
    if invoice is not None and isinstance(error, NumberTaken) and error.code != "changed_there":
        if error.code != NOT_AS_LINKED:
            problem = named_twice(problem, push, invoice, ready.name, kind)
        problem = beside_those_there(problem, push, invoice)
    push.problem = problem.as_json()
    if invoice is not None:
        _show_failure(push, invoice, error, outcome, problem)
    elif outcome.due_after is None:
        # Its invoices are blocked with these words; released, they look for the customer anew.
        push.state = PushState.CANCELLED
        push.finished_at = this.now
    return outcome


def _show_failure(
    push: Push, invoice: SalesDocument, error: LedgerError, outcome: Verdict, problem: Problem
) -> None:
    invoice.sync_state = outcome.sync_state
    invoice.problem = problem.as_json()
    if error.code == "deleted_there":
        invoice.sync_state = SyncState.DELETED_THERE
    if outcome.due_after is None:
        tell_failure(invoice, link_of(push.connection_id, invoice))
