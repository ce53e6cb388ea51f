"""The applications a workspace brought, and which companies go by each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.domain.states import ConnectionState
from app.extensions import db
from app.models import Connection, Grant, OwnApp, Workspace


@dataclass(frozen=True, slots=True)
class Listed:
    """An application and the companies that go by it."""

    app: OwnApp
    companies: Sequence[Connection]


@dataclass(frozen=True, slots=True)
class Apps:
    """The applications of a workspace for one ledger.

    current: by which people are asked. retired: by which nobody is, and companies may still go.
    shared: the companies that go by the application of this installation.
    """

    current: Listed | None
    retired: Sequence[Listed]
    shared: Sequence[Connection]


@dataclass(frozen=True, slots=True)
class Brought:
    """An application as operators look at it."""

    app: OwnApp
    slug: str
    companies: int


def apps_of(provider: str) -> Apps:
    """Return the applications of the workspace entered, the newest first."""
    own = db.session.scalars(
        select(OwnApp).where(OwnApp.provider == provider).order_by(OwnApp.id.desc())
    ).all()
    rows = db.session.execute(
        select(Grant.own_app_id, Connection)
        .join(Connection, Connection.grant_id == Grant.id)
        .where(Connection.provider == provider)
        .order_by(Connection.company_name, Connection.id)
    ).all()
    listed = [Listed(app, [row[1] for row in rows if row[0] == app.id]) for app in own]
    current = next((each for each in listed if each.app.retired_at is None), None)
    retired = [each for each in listed if each.app.retired_at is not None]
    return Apps(current, retired, [row[1] for row in rows if row[0] is None])


def own_app(number: int) -> OwnApp | None:
    """Return an application of the workspace entered."""
    return db.session.scalar(select(OwnApp).where(OwnApp.id == number))


def brought(provider: str) -> list[Brought]:
    """Return the applications of all workspaces, for operators."""
    rows = db.session.execute(
        select(OwnApp, Workspace.slug, func.count(Connection.id))
        .join(Workspace, Workspace.id == OwnApp.workspace_id)
        .outerjoin(Grant, Grant.own_app_id == OwnApp.id)
        .outerjoin(Connection, Connection.grant_id == Grant.id)
        .where(OwnApp.provider == provider)
        .group_by(OwnApp.id, Workspace.slug)
        .order_by(Workspace.slug, OwnApp.id)
    )
    return [Brought(*row) for row in rows]


def by_shared(provider: str) -> int:
    """Count the companies of all workspaces that go by the shared application."""
    companies = (
        select(func.count(Connection.id))
        .join(Grant, Grant.id == Connection.grant_id)
        .where(
            Connection.provider == provider,
            Connection.state != ConnectionState.DISCONNECTED,
            Grant.own_app_id.is_(None),
        )
    )
    return db.session.scalar(companies) or 0
