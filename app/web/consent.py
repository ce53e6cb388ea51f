"""Let a form of a page end at a ledger's own consent screen."""

from __future__ import annotations

import structlog

from app.extensions import db, settings
from app.ledgers import LEDGERS
from app.ledgers.errors import LedgerError
from app.usecases.permission.connect import redirect_uri
from app.web.presentation import allow_form_redirect

log = structlog.get_logger()


def allow_consent(provider: str, environments: tuple[str, ...]) -> bool:
    """Let the forms of this page lead to a vendor's consent screen; False when it is not reachable.

    Asks the vendor where that screen is, which its adapter remembers for a day; ends the
    transaction under way, so call it before anything is read for the page.
    """
    kind = LEDGERS[provider]
    app = kind.app_of(settings())
    db.session.rollback()
    try:
        for environment in environments:
            allow_form_redirect(
                kind.oauth.authorise_url(app, environment, redirect_uri(provider), "-")
            )
    except LedgerError as error:
        log.warning("consent.unreachable", provider=provider, code=error.code)
        return False
    return True
