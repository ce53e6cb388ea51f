"""Find what the ledger holds for a document of ours."""

from __future__ import annotations

from sqlalchemy import select

from app.extensions import db
from app.models import DocumentLink, SalesDocument


def link_of(connection_id: int, document: SalesDocument) -> DocumentLink | None:
    """Return what the ledger holds for a document of ours."""
    return db.session.scalar(
        select(DocumentLink).where(
            DocumentLink.connection_id == connection_id,
            DocumentLink.document_kind == document.kind,
            DocumentLink.document_id == document.id,
        )
    )
