"""Tell what came back from a ledger from what we wrote into it ourselves."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased

from app.domain.states import DocumentKind
from app.models import DocumentLink
from app.models.mirror import MirrorRow


def not_ours(row: type[MirrorRow], kind: DocumentKind) -> ColumnElement[bool]:
    """Match rows of a ledger's book that none of our documents of a kind is linked to."""
    link = aliased(DocumentLink)  # whoever asks may have joined one already
    return ~exists().where(
        link.connection_id == row.connection_id,
        link.document_kind == kind,
        link.ledger_id == row.ledger_id,
    )
