"""By which application companies are asked for, as the settings and the connect page show it."""

from __future__ import annotations

from dataclasses import dataclass

from app.extensions import settings
from app.ledgers import LEDGERS
from app.ledgers.interface import Provider
from app.models import OwnApp
from app.queries.own_apps import Apps, apps_of
from app.usecases.company.apps import notice_address
from app.usecases.permission.connect import redirect_uri
from app.web.guard import workspace


@dataclass(frozen=True, slots=True)
class Part:
    """What a workspace brought for one ledger, and what is to be copied into the vendor's page."""

    provider: Provider
    apps: Apps
    shared_client_id: str
    redirect_uri: str
    notice_address: str

    @property
    def current(self) -> OwnApp | None:
        """Return the own application people are asked by; None = the shared one."""
        return self.apps.current.app if self.apps.current else None

    @property
    def client_id(self) -> str:
        """Return the id of the application people are asked by; "" where there is none."""
        return self.current.client_id if self.current else self.shared_client_id


def parts() -> list[Part]:
    """Return the applications for each ledger; two queries for each."""
    return [
        Part(
            kind.provider,
            apps_of(key),
            kind.app_of(settings()).client_id,
            redirect_uri(key),
            notice_address(key, workspace().slug),
        )
        for key, kind in LEDGERS.items()
    ]
