"""The e-mails of the workspace entered, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import defer

from app.extensions import db
from app.models import Mail

_SHOWN = 100


def newest() -> Sequence[Mail]:
    """Return the last hundred e-mails, without what makes them long."""
    return db.session.scalars(
        select(Mail)
        .options(defer(Mail.body_html), defer(Mail.body_text), defer(Mail.attachment))
        .order_by(Mail.id.desc())
        .limit(_SHOWN)
    ).all()


def one(mail_id: int) -> Mail | None:
    """Return one e-mail whole."""
    return db.session.scalar(select(Mail).where(Mail.id == mail_id))
