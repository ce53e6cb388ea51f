"""Many companies of many workspaces, each connected to books of its own, everything mapped."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from app.domain.states import MappingKind
from app.extensions import db
from app.models import CatalogueRow, Connection, Mapping
from app.usecases import accounts
from app.usecases.permission.connect import add_headless
from benchmarks.installation import Installation
from benchmarks.invoices import SOLD
from demo.billing import Billing
from demo.catalogue import VAT20
from simulator.client import SimulatorClient

_FIRST_REALM = 9130357767000000
_MAPPED = {MappingKind.SERVICE: {one.code: one.name for one in SOLD}} | {
    MappingKind.TAX_CODE: {VAT20.code: "20.0% S"}
}


@dataclass(frozen=True, slots=True)
class Company:
    """One ledger company, and where its invoices come from."""

    realm: str
    connection_id: int
    workspace_id: int
    entity: str  # by which its workspace's invoices are routed to it
    in_flight: int
    billing: Billing  # of the workspace, shared by its companies

    @property
    def prefix(self) -> str:
        """What its invoices' numbers begin with."""
        return self.entity.upper()


def make_companies(
    place: Installation, workspaces: int, each: int, in_flight: Sequence[int] = (1,)
) -> list[Company]:
    """Make workspaces, add companies to the simulator, connect and map them.

    in_flight: writes at a time, dealt out in turn.
    """
    made = []
    for number in range(workspaces):
        workspace_id, billing = _workspace(place, number)
        wanted = [
            (workspace_id, billing, number * each + position + 1, in_flight)
            for position in range(each)
        ]
        with ThreadPoolExecutor(min(4, each)) as pool:
            made += pool.map(lambda one: _company(place, *one), wanted)
    return made


def _workspace(place: Installation, number: int) -> tuple[int, Billing]:
    slug = f"workspace-{number + 1}"
    with place.app.app_context():
        workspace = accounts.create_workspace(f"Workspace {number + 1} Ltd", slug, "GB", "GBP")
        secret = accounts.create_hook_secret(workspace.id)
        return workspace.id, Billing(f"{place.place.url}/hooks/billing/{slug}", secret)


def _company(
    place: Installation, workspace_id: int, billing: Billing, number: int, in_flight: Sequence[int]
) -> Company:
    realm, entity = str(_FIRST_REALM + number), f"c{number:02}"
    writes = in_flight[number % len(in_flight)]
    simulator = SimulatorClient(place.simulator.url)  # a session of this thread's own
    simulator.add_company(realm, f"Company {number}")
    token = simulator.issue_refresh_token(realm)
    simulator.close()
    with place.app.app_context():
        connection_id = add_headless(
            workspace_id, "quickbooks", "sandbox", realm, token, "benchmark", datetime.now(UTC)
        )
        connection = db.session.get_one(Connection, connection_id)
        connection.entity, connection.in_flight = entity, writes
        _map(connection)
        db.session.commit()
    return Company(realm, connection_id, workspace_id, entity, writes, billing)


def _map(connection: Connection) -> None:
    rows = db.session.execute(
        select(CatalogueRow.name, CatalogueRow.ledger_id).where(
            CatalogueRow.connection_id == connection.id
        )
    )
    there = dict(rows.all())  # type: ignore[arg-type]
    for kind, names in _MAPPED.items():
        for code, name in names.items():
            db.session.add(
                Mapping(
                    workspace_id=connection.workspace_id,
                    connection_id=connection.id,
                    kind=kind,
                    code=code,
                    ledger_id=there[name],
                    ledger_name=name,
                    set_by="benchmark",
                    set_at=datetime.now(UTC),
                )
            )
