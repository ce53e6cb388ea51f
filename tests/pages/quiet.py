"""Workspaces in which there is nothing to do: one that nobody has used yet, one in order."""

from __future__ import annotations

from sqlalchemy import select

from app.extensions import db
from app.models import Customer, Invoice, Mail, PushRun, Workspace
from app.usecases.go_live import Start
from app.usecases.permission.connect import add_headless
from app.usecases.reconciliation.reconcile import reconcile
from simulator.client import NORTHGATE, SimulatorProcess
from tests.back import brought_back, drained
from tests.builders import a_person, a_workspace
from tests.connected import Connected, connect, now, numbers
from tests.runs import a_run


def nothing_yet() -> dict[str, int | str]:
    """Make a workspace with its owner and nothing else; needs an application context."""
    a_person(a_workspace(), "owner")
    return {}


def being_set_up(simulator: SimulatorProcess) -> dict[str, int | str]:
    """Make one that is connected and half mapped, whose pushing nobody has switched on yet."""
    workspace = a_workspace()
    a_person(workspace, "owner")
    token = simulator.issue_refresh_token(NORTHGATE)
    place = ("quickbooks", "sandbox", NORTHGATE, token, "Priya Nair")
    connection_id = add_headless(workspace.id, *place, now(), Start(live=False))
    northgate = Connected(workspace.id, connection_id, simulator, 0)
    northgate.map_all()
    today = now().date().isoformat()
    for number in numbers(4):
        northgate.bill(number, issue_date=today)
    northgate.bill("INV-0005", issue_date=today, code="SOC", name="Managed SOC (MDR)")
    return {"connection_id": connection_id}


def all_well(simulator: SimulatorProcess) -> dict[str, int | str]:
    """Make one with twelve invoices booked, one of them paid, and books that agree."""
    northgate = connect(simulator)
    a_person(db.session.get_one(Workspace, northgate.workspace_id), "owner")
    northgate.map_all()
    today = now().date().isoformat()
    for number in numbers(12):
        northgate.bill(number, issue_date=today)
    drained(northgate)
    a_run(northgate)
    there = northgate.booked("INV-0001")
    customer = there["CustomerRef"]["value"]
    simulator.record_payment(NORTHGATE, customer, [(there["Id"], "540.00")], ref="BACS-7781")
    brought_back(northgate)
    reconcile(northgate.connection_id, "clock", now())
    firsts = {
        "customer_id": Customer.id,
        "invoice_id": Invoice.id,
        "mail_id": Mail.id,
        "run_id": PushRun.id,
    }
    found = {name: db.session.scalars(select(column)).first() for name, column in firsts.items()}
    known = {name: number for name, number in found.items() if number is not None}
    return known | {"connection_id": northgate.connection_id}
