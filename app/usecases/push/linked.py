"""Find what the ledger holds for a document of ours."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from app.domain.states import SALES
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


def links_of(connection_id: int, documents: Iterable[SalesDocument]) -> dict[int, DocumentLink]:
    """Return what the ledger holds for some documents of ours, by our id; in one query."""
    links = db.session.scalars(
        select(DocumentLink).where(
            DocumentLink.connection_id == connection_id,
            DocumentLink.document_kind.in_(SALES),
            DocumentLink.document_id.in_([document.id for document in documents]),
        )
    )
    return {link.document_id: link for link in links}
