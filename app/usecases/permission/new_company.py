"""Read a company that is being connected, before there is a connection."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from app.extensions import db, settings
from app.ledgers.errors import LedgerError
from app.ledgers.interface import Call, Company, LedgerKind, Tokens
from app.usecases.company.open_ledger import governor
from app.usecases.permission.connect_rules import ConnectRefused

log = structlog.get_logger()


def company_of(kind: LedgerKind, environment: str, company_id: str, tokens: Tokens) -> Company:
    """Ask the vendor what company the tokens are for. Raises ConnectRefused."""
    db.session.commit()
    app = kind.app_of(settings())
    count = _counted(f"{kind.provider.key}:{environment}:{company_id}")
    ledger = kind.open(app, environment, company_id, tokens.access_token, count)
    try:
        return ledger.company()
    except LedgerError as error:
        raise ConnectRefused(
            f"{kind.provider.name} gave permission, but the company could not be read:"
            f" {kind.explain(error).happened}"
        ) from error


def _counted(company: str) -> Callable[[Call], None]:
    """Count calls for which nobody asked the governor's leave: there is no connection yet."""

    def count(call: Call) -> None:
        governor().record(company, metered=call.metered)
        log.info("ledger.call", operation=call.operation, status=call.status)

    return count
