"""What a person (or the billing application) may do about a document on its way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import select

from app import queue
from app.domain.states import FINISHED, SALES, Lane, Operation, PushState, SyncState
from app.domain.tax_check import TAX_DIFFERS
from app.domain.undo import is_taken_back
from app.extensions import db
from app.models import BulkPush, Push, SalesDocument
from app.usecases.audit import audit
from app.usecases.push.claim import LOCK_ORDER
from app.usecases.push.expect import decision
from app.usecases.push.intent import open_push, want_push
from app.usecases.push.keep_back import allowed, held, opted_out, unsent
from app.usecases.push.preview import predicted_for
from app.usecases.push.question import keep_theirs, take_ours

# Where pressing "try again" or "push now" makes sense.
_PUSHABLE = frozenset(
    {
        SyncState.WAITING,
        SyncState.HELD,
        SyncState.BLOCKED,
        SyncState.RETRYING,
        SyncState.UNCONFIRMED,
        SyncState.FAILED,
        SyncState.DEAD,
        SyncState.UNLINKED,
    }
)
# So many that a person chose go ahead of a month's end; more than that is one itself.
_EXPRESS_AT_MOST = 20
# Locked and committed together: a selection of thousands holds up no worker, and what is done
# stays done whatever becomes of the rest.
STEP = 200

Deed = Callable[[SalesDocument, Push | None], bool]


def push_now(invoice_ids: Sequence[int], actor: str, user_id: int | None, now: datetime) -> int:
    """Make invoices due at once, held and failed ones too; returns how many; commits."""
    lane = _lane_for(invoice_ids)
    return _each(invoice_ids, actor, user_id, "invoice.push_now", _pushed(lane, now), lane)


def push_first(invoice_id: int, actor: str, user_id: int | None, now: datetime) -> int:
    """Push the invoice that is tried before pushing is switched on; how many; commits."""
    lane = _lane_for([invoice_id])
    return _each([invoice_id], actor, user_id, "invoice.push_first", _pushed(lane, now), lane)


def retry(invoice_ids: Sequence[int], actor: str, user_id: int | None, now: datetime) -> int:
    """Try refused and given-up invoices again; returns how many; commits."""
    lane = _lane_for(invoice_ids)
    return _each(invoice_ids, actor, user_id, "invoice.retry", _retried(lane, now), lane)


def step(
    bulk: BulkPush, invoice_ids: Sequence[int], now: datetime
) -> tuple[int, Callable[[], None]]:
    """Push or retry invoices in the caller's transaction, as one of a bulk push's steps.

    Returns how many it changed, and what wakes their companies once that is committed.
    """
    action, made = _IN_STEPS[bulk.deed]
    lane = Lane.EXPRESS if bulk.matched <= _EXPRESS_AT_MOST else Lane.NORMAL
    changed = _batch(invoice_ids, made(lane, now))
    companies = _noted(changed, bulk.started_by, bulk.user_id, action, bulk_push=bulk.id)

    def wake() -> None:
        for connection_id in companies:
            _wake(connection_id, lane)

    return len(changed), wake


def use_billing(invoice_ids: Sequence[int], actor: str, user_id: int | None, now: datetime) -> int:
    """Write billing's version over what somebody changed in the ledger; how many; commits."""
    lane = _lane_for(invoice_ids)

    def deed(invoice: SalesDocument, push: Push | None) -> bool:
        return take_ours(invoice, push, lane, now)

    return _each(invoice_ids, actor, user_id, "invoice.use_billing", deed, lane)


def keep_ledger(invoice_ids: Sequence[int], actor: str, user_id: int | None, now: datetime) -> int:
    """Leave what somebody changed in the ledger, giving billing's up; how many; commits."""

    def deed(invoice: SalesDocument, push: Push | None) -> bool:
        return keep_theirs(invoice, push, actor, now)

    return _each(invoice_ids, actor, user_id, "invoice.keep_ledger", deed)


def hold(invoice_ids: Sequence[int], actor: str, user_id: int | None, now: datetime) -> int:
    """Keep unsent invoices back until somebody pushes them; returns how many; commits."""

    def deed(invoice: SalesDocument, push: Push | None) -> bool:
        return held(invoice, push, now)

    return _each(invoice_ids, actor, user_id, "invoice.hold", deed)


def never_push(invoice_ids: Sequence[int], actor: str, user_id: int | None, now: datetime) -> int:
    """Opt unsent invoices out; returns how many; commits."""

    def deed(invoice: SalesDocument, push: Push | None) -> bool:
        return opted_out(invoice, push, now)

    return _each(invoice_ids, actor, user_id, "invoice.never_push", deed)


def allow_push(invoice_ids: Sequence[int], actor: str, user_id: int | None, now: datetime) -> int:
    """Take an opt-out back: the invoices go; returns how many; commits."""

    def deed(invoice: SalesDocument, push: Push | None) -> bool:
        return allowed(invoice, now)

    return _each(invoice_ids, actor, user_id, "invoice.allow_push", deed)


def book_ledger_tax(
    invoice_ids: Sequence[int], actor: str, user_id: int | None, now: datetime
) -> int:
    """Book invoices with the ledger's tax, which was shown and is not billing's; commits.

    Decided for this revision and these figures only. Returns how many.
    """
    lane = _lane_for(invoice_ids)

    def deed(invoice: SalesDocument, push: Push | None) -> bool:
        if not awaits_tax_decision(invoice) or push is None or not unsent(invoice, push):
            return False
        predicted = predicted_for(invoice)
        if predicted is None:
            return False
        invoice.tax_decision = decision(invoice, predicted, actor, now.isoformat())
        return _due_now(invoice, push, lane, now)

    return _each(invoice_ids, actor, user_id, "invoice.book_ledger_tax", deed, lane)


def awaits_tax_decision(invoice: SalesDocument) -> bool:
    """Tell whether an invoice is kept here because the ledger's tax would not be billing's."""
    return (
        invoice.sync_state == SyncState.BLOCKED
        and (invoice.problem or {}).get("code") == TAX_DIFFERS
    )


def _lane_for(invoice_ids: Sequence[int]) -> Lane:
    """Let a few that a person watches go ahead, a whole month's end in its order."""
    return Lane.EXPRESS if len(set(invoice_ids)) <= _EXPRESS_AT_MOST else Lane.NORMAL


def _each(
    invoice_ids: Sequence[int],
    actor: str,
    user_id: int | None,
    action: str,
    deed: Deed,
    lane: Lane = Lane.NORMAL,
) -> int:
    ids, count = sorted(set(invoice_ids)), 0
    for first in range(0, len(ids), STEP):
        changed = _batch(ids[first : first + STEP], deed)
        connections = _noted(changed, actor, user_id, action)
        db.session.commit()
        count += len(changed)
        for connection_id in connections:
            _wake(connection_id, lane)
    return count


def _batch(invoice_ids: Sequence[int], deed: Deed) -> list[SalesDocument]:
    """Do it to invoices locked with their open pushes, invoices first; returns those it changed."""
    invoices = db.session.scalars(
        select(SalesDocument)
        .where(SalesDocument.id.in_(invoice_ids))
        .order_by(*LOCK_ORDER)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    pushes = {
        (push.connection_id, push.document_id): push
        for push in db.session.scalars(
            select(Push)
            .where(
                Push.document_kind.in_(SALES),
                Push.document_id.in_(invoice_ids),
                Push.state.not_in(FINISHED),
            )
            .order_by(Push.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    return [i for i in invoices if deed(i, pushes.get((i.connection_id or 0, i.id)))]


def _noted(
    changed: Sequence[SalesDocument], actor: str, user_id: int | None, action: str, **detail: int
) -> set[int]:
    """Note what was done to each; returns the companies they go to."""
    for invoice in changed:
        _note(invoice, actor, user_id, action, **detail)
    return {i.connection_id for i in changed if i.connection_id is not None}


def _note(
    invoice: SalesDocument, actor: str, user_id: int | None, action: str, **detail: int
) -> None:
    audit(
        invoice.workspace_id,
        actor,
        action,
        f"{invoice.kind}:{invoice.id}",
        user_id=user_id,
        number=invoice.number,
        **detail,
    )


def _wake(connection_id: int, lane: Lane) -> None:
    """Wake a worker for the company, in the lane of what it is to take."""
    queue.wake(connection_id, "express" if lane == Lane.EXPRESS else "drain")


def _pushed(lane: Lane, now: datetime) -> Deed:
    def deed(invoice: SalesDocument, push: Push | None) -> bool:
        # Being taken back, it is not made due: that would not be what was asked for.
        undone = push is not None and push.undoes_id is not None
        return not undone and _due_now(invoice, push, lane, now)

    return deed


def _retried(lane: Lane, now: datetime) -> Deed:
    def deed(invoice: SalesDocument, push: Push | None) -> bool:
        return _due_now(invoice, push, lane, now)

    return deed


# What may be done to everything a list shows, and how that is called in the audit.
_IN_STEPS = {"push": ("invoice.push_now", _pushed), "retry": ("invoice.retry", _retried)}


def _due_now(invoice: SalesDocument, push: Push | None, lane: Lane, now: datetime) -> bool:
    policy = invoice.push_policy
    if policy == "review":
        invoice.push_policy = "auto"  # this revision is reviewed: billing's wish holds it no more
    due = _made_due(invoice, push, lane, now)
    if not due:
        invoice.push_policy = policy
    return due


def _made_due(invoice: SalesDocument, push: Push | None, lane: Lane, now: datetime) -> bool:
    if invoice.sync_state not in _PUSHABLE:
        return False
    if push is None:
        taken_back = is_taken_back(invoice.problem)
        if taken_back:
            invoice.problem = None  # a person says that it goes again
        push = _wanted_now(invoice, lane, now)
        if push is None and invoice.sync_state == SyncState.UNLINKED:
            return False  # its company is not connected
        if not taken_back or push is None or push.state != PushState.HELD:
            return True
    if push.state == PushState.PUSHING:
        return False
    unknown = push.first_sent_at is not None
    push.state = PushState.UNCONFIRMED if unknown else PushState.WAITING
    push.due_at = now
    push.lane = lane
    push.attempts = 0
    invoice.sync_state = SyncState(push.state)
    invoice.problem = push.problem = None
    return True


def _wanted_now(invoice: SalesDocument, lane: Lane, now: datetime) -> Push | None:
    want_push(invoice, Operation.CREATE, now)
    if invoice.connection_id is None:
        return None
    push = open_push(invoice.connection_id, invoice.kind, invoice.id)
    if push is not None:
        push.lane = lane
    return push
