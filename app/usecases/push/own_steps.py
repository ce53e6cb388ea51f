"""Tell a new version in the ledger that our own steps made from one that somebody else made."""

from __future__ import annotations

from sqlalchemy import func, select

from app.domain.states import DocumentKind, PushState
from app.extensions import db
from app.models import CreditApplication, Push


def touched_by_us(push: Push) -> bool:
    """Tell whether we put a credit note on an invoice, or took it off, since we last wrote it.

    Either gives it a new version there.
    """
    if push.document_kind != DocumentKind.CREDIT_NOTE:
        return False
    done = select(func.max(Push.finished_at)).where(
        Push.connection_id == push.connection_id,
        Push.state == PushState.DONE,
        Push.first_sent_at.is_not(None),
    )
    written = db.session.scalar(
        done.where(
            Push.document_kind == DocumentKind.CREDIT_NOTE, Push.document_id == push.document_id
        )
    )
    parts = select(CreditApplication.id).where(CreditApplication.credit_note_id == push.document_id)
    used = db.session.scalar(
        done.where(
            Push.document_kind == DocumentKind.CREDIT_APPLICATION, Push.document_id.in_(parts)
        )
    )
    return used is not None and (written is None or used > written)
