"""Tell what came back from a ledger from what we wrote into it ourselves."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists

from app.domain.states import DocumentKind
from app.models import DocumentLink
from app.models.mirror import MirrorRow


def not_ours(row: type[MirrorRow], kind: DocumentKind) -> ColumnElement[bool]:
    """Match rows of a ledger's book that none of our documents of a kind is linked to."""
    return ~exists().where(
        DocumentLink.connection_id == row.connection_id,
        DocumentLink.document_kind == kind,
        DocumentLink.ledger_id == row.ledger_id,
    )
