"""Which company may be connected: the same again, or another one where somebody says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from app.domain.states import ConnectionState
from app.domain.wording import listed
from app.extensions import db
from app.ledgers import LEDGERS
from app.ledgers.interface import LedgerKind
from app.models import Connection
from app.usecases.go_live import Start


class Asked(NamedTuple):
    """Who connects a company, how it begins where it is new, and by which application.

    own_app_id: the workspace's own; None for the shared one.
    """

    actor: str
    user_id: int | None
    start: Start
    own_app_id: int | None = None


class ConnectRefused(Exception):
    """Raised with a sentence that tells a person why a company was not connected.

    connection_id: the connection that was to be connected again.
    """

    connection_id: int | None = None


def same_company(reconnect_id: int | None, company_id: str, kind: LedgerKind) -> None:
    """Refuse another company where a connection is to be renewed. Raises ConnectRefused."""
    if reconnect_id is None:
        return
    connection = db.session.get_one(Connection, reconnect_id)
    if connection.company_id != company_id:
        raise ConnectRefused(
            f"You chose another {kind.provider.company_word} than {connection.company_name}."
            f" Reconnect with {connection.company_name}, or add the other one as a new connection."
        )


def given_up(workspace_id: int, provider: str) -> Sequence[Connection]:
    """Return the connections of a workspace that were disconnected and are not live again."""
    again = aliased(Connection)
    live_again = exists().where(
        again.provider == Connection.provider,
        again.environment == Connection.environment,
        again.company_id == Connection.company_id,
        again.state != ConnectionState.DISCONNECTED,
    )
    return db.session.scalars(
        select(Connection)
        .where(
            Connection.workspace_id == workspace_id,
            Connection.provider == provider,
            Connection.state == ConnectionState.DISCONNECTED,
            ~live_again,
        )
        .order_by(Connection.disconnected_at.desc(), Connection.id.desc())
    ).all()


def none_given_up_but(workspace_id: int, provider: str, environment: str, company_id: str) -> None:
    """Refuse a company nobody had here while another one was given up. Raises ConnectRefused.

    Whoever wants to reconnect and picks the wrong company from the vendor's list would else begin
    a second set of books without a word.
    """
    before = [one for one in given_up(workspace_id, provider) if one.environment == environment]
    if (
        not before
        or company_id in {one.company_id for one in before}
        or _live(workspace_id, provider, environment, company_id)
    ):
        return
    word = LEDGERS[provider].provider.company_word
    names = listed([one.company_name for one in before], "or")
    raise ConnectRefused(
        f"You chose another {word} than {names}, so nothing was connected. Reconnect"
        f" {before[0].company_name}, or tick that you want to connect another {word}."
    )


def _live(workspace_id: int, provider: str, environment: str, company_id: str) -> bool:
    return (
        db.session.scalar(
            select(
                exists().where(
                    Connection.workspace_id == workspace_id,
                    Connection.provider == provider,
                    Connection.environment == environment,
                    Connection.company_id == company_id,
                    Connection.state != ConnectionState.DISCONNECTED,
                )
            )
        )
        or False
    )
