"""Do what a person decides about an invoice that is perhaps in the ledger already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from app import queue
from app.domain.perhaps_there import undecided
from app.domain.states import IN_LEDGER, Lane, Operation
from app.domain.wording import state_words
from app.extensions import db
from app.models import Invoice, SalesDocument
from app.usecases.audit import audit
from app.usecases.company.exclusive import in_turn
from app.usecases.documents import documents_wait
from app.usecases.push.intent import open_push, want_push
from app.usecases.push.link_there import free_there, link_there
from app.usecases.push.perhaps_there import look_again, release, stopped_by


class NotThere(Exception):
    """Raised with a sentence when an invoice cannot be linked to the one that was chosen."""


def link_to(
    invoice_id: int, ledger_id: str, actor: str, user_id: int | None, now: datetime
) -> None:
    """Link an invoice to the one of the ledger that it is; commits. Raises NotThere.

    Nothing is written in the ledger. Other figures there are shown as differing.
    """
    invoice = _locked(invoice_id)
    if invoice is None or ledger_id not in _candidates(invoice):
        why = _why_not(invoice)
        db.session.rollback()
        raise NotThere(why)
    connection_id = invoice.connection_id or 0
    row = free_there(connection_id, ledger_id, invoice.id)
    if row is None:
        db.session.rollback()
        raise NotThere(
            "That invoice was voided, deleted or linked to another one meanwhile. Nothing was"
            " linked."
        )
    push = open_push(connection_id, invoice.kind, invoice.id)
    chosen = next(c for c in (invoice.problem or {})["candidates"] if c["ledger_id"] == ledger_id)
    link_there(push, invoice, row, chosen["reason"], now, actor)
    _note(invoice, actor, user_id, "invoice.link_there", ledger_id=ledger_id)
    db.session.commit()
    look_again(connection_id, [ledger_id], now)  # it stands in no other invoice's way any more
    if documents_wait(connection_id):
        queue.wake(connection_id, "attach")


def push_another(invoice_ids: Sequence[int], actor: str, user_id: int | None, now: datetime) -> int:
    """Push invoices that are others than those found in the ledger; returns how many; commits.

    Remembered for each invoice and what was found: that is not asked about again.
    """
    woken, count = set(), 0
    for invoice_id in sorted(set(invoice_ids)):
        invoice = _locked(invoice_id)
        if invoice is None or not undecided(invoice.sync_state, invoice.problem):
            db.session.rollback()
            continue
        remember_others(invoice)
        invoice.linked_before = None
        if not release(invoice, now, Lane.EXPRESS):
            want_push(invoice, Operation.CREATE, now, though_early=True)
        _note(invoice, actor, user_id, "invoice.push_another")
        woken.add(invoice.connection_id)
        count += 1
        db.session.commit()
    for connection_id in woken:
        if connection_id is not None:
            queue.wake(connection_id, "express")
    return count


def remember_others(invoice: SalesDocument) -> None:
    """Note that what an invoice perhaps was is another; the caller commits."""
    known = set(invoice.others_there or ())
    invoice.others_there = sorted(known | _candidates(invoice)) or None


def _candidates(invoice: SalesDocument) -> frozenset[str]:
    """Return what a person may decide about; nothing where nobody is asked."""
    asked = undecided(invoice.sync_state, invoice.problem)
    return stopped_by(invoice)[1] if asked else frozenset()


def _why_not(invoice: SalesDocument | None) -> str:
    """Say why an invoice cannot be linked to what was chosen."""
    if invoice is None:
        return "No company is connected for it. Nothing was linked."
    if _candidates(invoice):
        return "That is none of the invoices that were found for it. Nothing was linked."
    if invoice.sync_state in IN_LEDGER:
        return "It is in the ledger and linked already. Nothing was changed."
    state = state_words(invoice.sync_state, invoice.problem).words
    return (
        f"Nobody is asked whether it is in the ledger: it stands at “{state}”. Nothing was linked."
    )


def _locked(invoice_id: int) -> Invoice | None:
    """Lock an invoice once nobody judges its company's: in the order in which a drain does it."""
    connection_id = db.session.scalar(select(Invoice.connection_id).where(Invoice.id == invoice_id))
    if connection_id is None:
        return None
    in_turn("judge_readiness", connection_id)
    return db.session.scalar(
        select(Invoice)
        .where(Invoice.id == invoice_id, Invoice.connection_id == connection_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _note(
    invoice: SalesDocument, actor: str, user_id: int | None, action: str, **more: str
) -> None:
    audit(
        invoice.workspace_id,
        actor,
        action,
        f"{invoice.kind}:{invoice.id}",
        user_id=user_id,
        number=invoice.number,
        **more,
    )
