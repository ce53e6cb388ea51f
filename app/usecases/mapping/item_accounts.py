"""Which account new items post to, and why an item cannot be asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.domain.states import CatalogueKind
from app.extensions import db
from app.models import CatalogueRow, Connection
from app.usecases.audit import audit


@dataclass(frozen=True, slots=True)
class ItemError:
    """Why an item cannot be asked for; field: code | name | income_account.

    existing: an entry of the ledger's lists that has the name.
    """

    code: str
    field: str
    sentence: str
    existing: CatalogueRow | None = None


class ItemsRefused(Exception):
    """Raised with everything that is wrong; nothing was asked of the ledger."""

    def __init__(self, errors: Sequence[ItemError]) -> None:
        super().__init__(" ".join(error.sentence for error in errors))
        self.errors = tuple(errors)


def refused(code: str, field: str, sentence: str) -> ItemsRefused:
    """Return a refusal for one reason."""
    return ItemsRefused([ItemError(code, field, sentence)])


def income_account_of(
    connection: Connection, chosen: str | None, actor: str, user_id: int | None
) -> CatalogueRow:
    """Return the account new items post to, by what is chosen now or was before."""
    wanted = chosen or connection.default_income_account_id
    if not wanted:
        raise refused("", "income_account", "Choose the income account that new items post to.")
    found = db.session.scalar(
        select(CatalogueRow).where(
            CatalogueRow.connection_id == connection.id,
            CatalogueRow.kind == CatalogueKind.ACCOUNT,
            CatalogueRow.ledger_id == wanted,
        )
    )
    if found is None or not found.active or found.details.get("for_items") is not True:
        known = connection.default_income_account_name if found is None else found.name
        named = f"“{known}”" if known and not chosen else "This account"
        raise refused(
            "",
            "income_account",
            f"{named} is not an active income account in the ledger. Choose another.",
        )
    if connection.default_income_account_id != found.ledger_id:
        connection.default_income_account_id = found.ledger_id
        connection.default_income_account_name = found.name
        audit(
            connection.workspace_id,
            actor,
            "connection.settings",
            f"connection:{connection.id}",
            user_id=user_id,
            default_income_account_id=found.ledger_id,
            default_income_account_name=found.name,
        )
    return found
