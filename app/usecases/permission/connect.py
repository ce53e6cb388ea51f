"""Connect a ledger company, and everything that can become of the connection afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app import queue
from app.domain.sample import takes_samples
from app.domain.states import ConnectionState
from app.extensions import db, settings
from app.ledgers import LEDGERS
from app.ledgers.errors import LedgerError
from app.ledgers.interface import Company, LedgerKind, Tokens
from app.models import Connection, Grant
from app.usecases.audit import audit
from app.usecases.company.permission_gone import close_alert
from app.usecases.company.tokens import sealed
from app.usecases.go_live import AT_ONCE, Start, begin_with
from app.usecases.permission import consent_state
from app.usecases.permission.connect_rules import (
    Asked,
    ConnectRefused,
    none_given_up_but,
    same_company,
)
from app.usecases.permission.consent_state import ConsentState
from app.usecases.permission.give_back import keep_permission
from app.usecases.permission.new_company import company_of
from app.usecases.permission.new_permission import (
    asked_by,
    exchanged,
    held,
    not_given_back,
    own_app_of,
    refreshed,
)
from app.usecases.push.intent import route_waiting
from app.usecases.read_company import apply_company, read_company
from app.usecases.sample.remove import drop_unsent

log = structlog.get_logger()

__all__ = ["ConnectRefused", "add_headless", "begin", "finish", "redirect_uri"]


def begin(
    workspace_id: int,
    user_id: int,
    provider: str,
    environment: str,
    now: datetime,
    reconnect_id: int | None = None,
    *,
    another: bool = False,
) -> str:
    """Return the vendor's consent address, with a signed state that works once.

    reconnect_id: the connection whose company must be chosen again. another: a company beside one
    that was disconnected here is meant. Raises ConnectRefused.
    """
    kind = _kind(provider)
    own_app_id, app = asked_by(workspace_id, kind)
    state = ConsentState(
        workspace_id, user_id, provider, environment, reconnect_id, another, own_app_id
    )
    signed = consent_state.issue(state)
    return kind.oauth.authorise_url(app, environment, redirect_uri(provider), signed)


def finish(
    workspace_id: int,
    user_id: int,
    actor: str,
    provider: str,
    args: Mapping[str, str],
    now: datetime,
) -> int:
    """Turn the vendor's callback into a live connection; returns its id. Raises ConnectRefused."""
    kind = _kind(provider)
    try:
        state = consent_state.redeem(args.get("state", ""), workspace_id, user_id, provider)
    except consent_state.StateRefused as error:
        raise ConnectRefused(str(error)) from None
    try:
        return _finished(kind, state, actor, args, now)
    except ConnectRefused as error:
        error.connection_id = state.reconnect_id
        raise


def _finished(
    kind: LedgerKind, state: ConsentState, actor: str, args: Mapping[str, str], now: datetime
) -> int:
    workspace_id, provider = state.workspace_id, state.provider
    if args.get("error"):
        raise ConnectRefused(f"You did not give Ledgerbridge access to {kind.provider.name}.")
    company_id, code = args.get("realmId", ""), args.get("code", "")
    if not (company_id.isdigit() and code):
        raise ConnectRefused(f"{kind.provider.name} sent an incomplete answer. Connect again.")
    same_company(state.reconnect_id, company_id, kind)
    if state.reconnect_id is None and not state.another:
        none_given_up_but(workspace_id, provider, state.environment, company_id)
    with not_given_back(kind, state.environment, company_id):
        own_app_id = state.own_app_id
        tokens = exchanged(kind, own_app_id, state.environment, redirect_uri(provider), code, now)
        # Whoever sits at the page looks first what would go.
        asked = Asked(actor, state.user_id, Start(live=False), own_app_id)
        where = (workspace_id, provider, state.environment, company_id)
        connection_id = _establish(*where, tokens, asked, now)
    _begin_work(connection_id, now)
    return connection_id


def add_headless(
    workspace_id: int,
    provider: str,
    environment: str,
    company_id: str,
    refresh_token: str,
    actor: str,
    now: datetime,
    start: Start = AT_ONCE,
) -> int:
    """Connect from a company id and refresh token, without a browser. Raises ConnectRefused.

    start: how a company that was never connected here begins; one that was goes on as it stood.
    """
    kind = _kind(provider)
    if environment not in kind.provider.environments:
        raise ConnectRefused(f"Environment must be one of {', '.join(kind.provider.environments)}.")
    own_app_id = own_app_of(workspace_id, kind) if start.own_app else None
    with not_given_back(kind, environment, company_id):
        tokens = refreshed(kind, own_app_id, environment, refresh_token, now)
        asked = Asked(actor, None, start, own_app_id)
        connection_id = _establish(
            workspace_id, provider, environment, company_id, tokens, asked, now
        )
    _begin_work(connection_id, now)
    return connection_id


def redirect_uri(provider: str) -> str:
    """Return the callback address to register with the vendor."""
    return f"{settings().public_url.rstrip('/')}/connect/{provider}/callback"


def _kind(provider: str) -> LedgerKind:
    try:
        return LEDGERS[provider]
    except KeyError:
        raise ConnectRefused(f"There is no ledger called {provider}.") from None


def _establish(
    workspace_id: int,
    provider: str,
    environment: str,
    company_id: str,
    tokens: Tokens,
    asked: Asked,
    now: datetime,
) -> int:
    """Read the company with the new tokens, then store grant and connection in one commit."""
    kind = _kind(provider).provider
    company = company_of(_kind(provider), environment, company_id, tokens)
    connection = _live_connection(provider, environment, company_id)
    if connection is not None and connection.workspace_id != workspace_id:
        said = f"{company.name} is connected to another workspace already. Choose another"
        raise ConnectRefused(f"{said} {kind.company_word}, or have it disconnected there first.")
    if connection is None:
        connection = _given_up(workspace_id, provider, environment, company_id)
    held(asked.own_app_id)
    new = connection is None
    if connection is None:
        connection = _new_connection(workspace_id, provider, environment, company_id, now)
    _attach(connection, company, tokens, asked.own_app_id, now)
    try:
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise ConnectRefused(f"{company.name} was connected by somebody else just now.") from error
    if new:
        begin_with(connection, asked.start, now)
    close_alert(connection)
    audit(
        workspace_id,
        asked.actor,
        "connection.connect",
        f"connection:{connection.id}",
        user_id=asked.user_id,
        company=company.name,
    )
    keep_permission(provider, environment, company_id)
    if not takes_samples(environment):
        drop_unsent(workspace_id)
    route_waiting(workspace_id, now)
    connection_id = connection.id
    db.session.commit()
    return connection_id


def _begin_work(connection_id: int, now: datetime) -> None:
    _read_lists(connection_id, now)
    queue.wake(connection_id)
    queue.wake(connection_id, "pull")
    queue.wake(connection_id, "history")


def _live_connection(provider: str, environment: str, company_id: str) -> Connection | None:
    return db.session.scalar(
        select(Connection)
        .where(
            Connection.provider == provider,
            Connection.environment == environment,
            Connection.company_id == company_id,
            Connection.state != ConnectionState.DISCONNECTED,
        )
        .execution_options(all_workspaces=True)
    )


def _given_up(
    workspace_id: int, provider: str, environment: str, company_id: str
) -> Connection | None:
    """Return the connection to this company that was disconnected last.

    It is taken up again, with its mappings, settings, differences and history; its cursor stands
    where it stopped, so that what happened meanwhile is read.
    """
    return db.session.scalar(
        select(Connection)
        .where(
            Connection.workspace_id == workspace_id,
            Connection.provider == provider,
            Connection.environment == environment,
            Connection.company_id == company_id,
            Connection.state == ConnectionState.DISCONNECTED,
        )
        .order_by(Connection.disconnected_at.desc())
        .limit(1)
        .with_for_update()
    )


def _new_connection(
    workspace_id: int, provider: str, environment: str, company_id: str, now: datetime
) -> Connection:
    connection = Connection(
        workspace_id=workspace_id,
        provider=provider,
        environment=environment,
        company_id=company_id,
        pull_cursor=now,
    )
    db.session.add(connection)
    return connection


def _attach(
    connection: Connection,
    company: Company,
    tokens: Tokens,
    own_app_id: int | None,
    now: datetime,
) -> None:
    values = sealed(tokens, now) | {"own_app_id": own_app_id}
    if connection.grant is None:
        connection.grant = Grant(
            workspace_id=connection.workspace_id,
            provider=connection.provider,
            environment=connection.environment,
            version=1,
            **values,
        )
    else:
        for column, value in values.items():
            setattr(connection.grant, column, value)
        connection.grant.version += 1
        connection.grant.refused_at = None
    connection.state = ConnectionState.ACTIVE
    connection.state_reason = None
    connection.disconnected_at = None
    apply_company(connection, company, now)


def _read_lists(connection_id: int, now: datetime) -> None:
    try:
        read_company(connection_id, now)
    except LedgerError as error:
        # The link stands; the page offers to read the lists again.
        log.warning("connect.lists_unread", connection_id=connection_id, code=error.code)
