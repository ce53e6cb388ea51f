"""A workspace in which everything is in some trouble, come about as it does in life.

Northgate sells what the demo sells. Some of it is not mapped, its books are closed to nine days
ago, invoices are refused, held, paid, credited, changed by hand and opted out; one company is
paused, one disconnected; notices are forged and billing does not take its events.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.domain.states import MappingKind, SyncState
from app.extensions import db
from app.models import (
    CatalogueRow,
    CustomerLink,
    Invoice,
    Mail,
    OutboundEvent,
    PushRun,
    Workspace,
)
from app.queries import invoices as queries
from app.queries.invoices import Filter
from app.usecases import manage_connection
from app.usecases.book.receive_webhook import refuse
from app.usecases.events.deliver import deliver
from app.usecases.events.event_endpoints import add_endpoint
from app.usecases.events.hand_out import hand_out
from app.usecases.mapping.map_codes import Choice, save_many
from app.usecases.permission.connect import add_headless
from app.usecases.push import push_all
from app.usecases.push.actions import never_push
from app.usecases.receive_billing_event import receive
from app.usecases.reconciliation.reconcile import reconcile
from demo.catalogue import BUYERS, CHOSEN_ITEMS, MONTHLY
from demo.invoices import demo_invoices, finalised
from simulator.client import (
    HARROW_LANE,
    NORTHGATE,
    SEVERNSIDE,
    VERIFIER_TOKEN,
    SimulatorProcess,
)
from tests import noticed
from tests.back import brought_back, drained
from tests.builders import a_person
from tests.connected import Connected, connect, now
from tests.crediting import credit
from tests.receiver import Receiver
from tests.runs import a_run

PRIYA = "Priya Nair"
HARCOURT = "Harcourt & Finch LLP"
# Oak & Ash Ltd is the one whose credit notes tests know.
_BUYERS = [buyer for buyer in BUYERS if buyer.name != "Oak & Ash Ltd"]
_NOT_MAPPED = {"LAB-SITE", "COURSE"}
_TAXES = {"VAT20": "20.0% S", "VAT5": "5.0% R", "EXEMPT": "Exempt"}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What pages are asked for: a number for each kind, and several where that is worth seeing."""

    numbers: dict[str, int | str]
    invoices: dict[str, int]
    connections: dict[str, int]


def in_trouble(app: Flask, simulator: SimulatorProcess, billing: Receiver) -> Trouble:
    """Make it; needs an application context."""
    northgate = connect(simulator)
    a_person(db.session.get_one(Workspace, northgate.workspace_id), "owner")
    add_endpoint(northgate.workspace_id, billing.url, [], actor=PRIYA)
    _sell(northgate)
    _map(northgate, _items() | CHOSEN_ITEMS, _TAXES)
    drained(northgate)
    a_run(northgate)
    _be_paid_and_credited(northgate)
    _hold(northgate)
    _differ(northgate)
    others = _other_companies(northgate)
    bulk = _push_all(northgate)
    _forge_notices(app)
    _deliver_badly(northgate, billing)
    return _what_there_is(northgate, others, bulk)


def _items() -> dict[str, str]:
    return {article.code: article.name for article in MONTHLY} | {"MW-STD": "Managed Workstation"}


def _map(northgate: Connected, items: dict[str, str], taxes: dict[str, str]) -> None:
    entries = db.session.scalars(select(CatalogueRow).filter_by(active=True))
    ids = {(entry.kind, entry.name): entry.ledger_id for entry in entries}
    chosen = [
        Choice(kind, code, ids[listed, name])
        for kind, listed, names in (
            (MappingKind.SERVICE, "item", items),
            (MappingKind.TAX_CODE, "tax_code", taxes),
        )
        for code, name in names.items()
        if code not in _NOT_MAPPED and (listed, name) in ids
    ]
    made_by = {"actor": PRIYA, "user_id": None, "now": now()}
    save_many(northgate.connection_id, chosen, **made_by)  # type: ignore[arg-type]


def _sell(northgate: Connected) -> None:
    """Let billing finalise two dozen of the demo's invoices and some that meet trouble."""
    today, simulator = now().date(), northgate.simulator
    gone = simulator.create(NORTHGATE, "customers", DisplayName=HARCOURT)
    simulator.edit(NORTHGATE, "customers", gone["Id"], Active=False)
    simulator.create(NORTHGATE, "customers", DisplayName="Harcourt Finch")
    closed = (today - timedelta(days=9)).isoformat()
    simulator.set_company(NORTHGATE, BookCloseDate=closed)
    fault = {"entity": "Invoice", "operation": "create", "contains": 'INV-3004"'}
    simulator.inject("fault", code="6100", body="Tax code cannot be used.", **fault)
    for invoice in demo_invoices(today, 26, buyers=_BUYERS):
        event = finalised(invoice, now().isoformat())
        receive(northgate.workspace_id, event, f"evt_{invoice['id']}", b"{}", "127.0.0.1", now())
    for number in ("INV-3001", "INV-3002", "INV-3003", "INV-3004"):
        _bill(northgate, number, recurring=False)
    for number in ("INV-3005", "INV-3006"):
        _bill(northgate, number, customer={"id": "cus_h", "name": HARCOURT}, recurring=False)
    long = {
        "code": "L",
        "name": "A service whose name has eighty letters, which is a lot of them " * 2,
    }
    _bill(northgate, "INV-3010", net="1234567.89", customer="Very Long Name " * 6, **long)


def _bill(northgate: Connected, number: str, **changes: Any) -> None:
    today = now().date()
    dates = {
        "issue_date": today.isoformat(),
        "due_date": (today + timedelta(days=30)).isoformat(),
    }
    northgate.bill(number, **dates | changes)


def _be_paid_and_credited(northgate: Connected) -> None:
    for number, amount in (("INV-3001", "540.00"), ("INV-3002", "200.00")):
        there = northgate.booked(number)
        customer = there["CustomerRef"]["value"]
        lines = [(there["Id"], amount)]
        northgate.simulator.record_payment(NORTHGATE, customer, lines, ref=f"BACS-{number[-4:]}")
    brought_back(northgate)
    credit(northgate, "CN-0007", "50.00", on={"INV-3003": "60.00"})
    credit(northgate, "CN-0008", "25.00")
    drained(northgate)


def _hold(northgate: Connected) -> None:
    """Hold two recurring invoices for review, and opt one out."""
    manage_connection.save_settings(
        northgate.connection_id, PRIYA, None, now(), review_recurring=True
    )
    for number in ("INV-3007", "INV-3008", "INV-3009"):
        _bill(northgate, number, net="1200.00", recurring=True)
    never_push([_id_of("INV-3009")], PRIYA, None, now())
    drained(northgate)


def _differ(northgate: Connected) -> None:
    """Let the bookkeeper void one of ours and type in one of their own; then compare."""
    voided = _one(SyncState.PUSHED, but="INV-3")
    northgate.simulator.void(NORTHGATE, "invoices", northgate.booked(voided.number)["Id"])
    northgate.book_by_hand("INV-9001", "130.00")
    brought_back(northgate)
    reconcile(northgate.connection_id, "clock", now())


def _other_companies(northgate: Connected) -> dict[str, int]:
    """Connect two companies more; pause one, disconnect the other."""
    made = {}
    for what, realm, currency in (("paused", SEVERNSIDE, "EUR"), ("gone", HARROW_LANE, "USD")):
        token = northgate.simulator.issue_refresh_token(realm)
        place = ("quickbooks", "sandbox", realm, token, PRIYA)
        made[what] = add_headless(northgate.workspace_id, *place, now())
        manage_connection.save_settings(made[what], PRIYA, None, now(), currency=currency)
    manage_connection.pause(made["paused"], PRIYA, None, now())
    manage_connection.disconnect(made["gone"], PRIYA, None, now())
    return made


def _push_all(northgate: Connected) -> int:
    """Let Priya push whatever was stopped, and think better of it."""
    wanted, newest = Filter(group="needs"), queries.newest_number()
    bulk, _ = push_all.begin(
        northgate.workspace_id, "push", wanted, newest, now().date(), PRIYA, None
    )
    assert bulk is not None
    number = bulk.id
    push_all.stop(number, PRIYA, None, now())
    return number


def _forge_notices(app: Flask) -> None:
    """Let QuickBooks tell of two changes, and somebody pretend to be QuickBooks."""
    for number in range(2):
        raw = noticed.body_of(noticed.change(f"evt-{number}", company=NORTHGATE))
        app.test_client().post(noticed.PATH, data=raw, headers=_signed(raw))
    for _ in range(3):
        refuse("quickbooks", "The signature does not match.", "198.51.100.7", now())


def _signed(raw: bytes) -> dict[str, str]:
    return noticed.signed(raw, VERIFIER_TOKEN) | {"Content-Type": "application/json"}


def _deliver_badly(northgate: Connected, billing: Receiver) -> None:
    """Let billing refuse what it is told of two invoices, for four days."""
    billing.refuses = {"INV-3001": 500, "INV-3002": 422}
    moment = now()
    hand_out(moment)
    deliver(1, lambda: moment)
    deliver(1, lambda: moment + timedelta(days=4))


def _what_there_is(northgate: Connected, others: dict[str, int], bulk: int) -> Trouble:
    linked = select(CustomerLink.customer_id).where(CustomerLink.ledger_id.is_not(None))
    numbers = {
        "connection_id": northgate.connection_id,
        "deed": "push",
        "event_id": db.session.scalars(select(OutboundEvent.id)).first(),
        "number": bulk,
        "customer_id": db.session.scalars(linked).first(),
        "invoice_id": _one(SyncState.FAILED).id,
        "mail_id": db.session.scalars(select(Mail.id)).first(),
        "stopped": "needs",
        "run_id": db.session.scalars(select(PushRun.id)).first(),
        "unknown_customer": "cus_h",
    }
    assert None not in numbers.values(), json.dumps(numbers)
    invoices = {
        "paid": _id_of("INV-3001"),
        "credited": _id_of("INV-3003"),
        "for-customer": _id_of("INV-3005"),
        "for-mapping": _one(SyncState.BLOCKED, but="INV-3").id,
        "held": _id_of("INV-3007"),
        "opted-out": _id_of("INV-3009"),
    }
    known = {name: number for name, number in numbers.items() if number is not None}
    return Trouble(known, invoices, others)


def _id_of(number: str) -> int:
    return db.session.scalars(select(Invoice.id).where(Invoice.number == number)).one()


def _one(state: SyncState, but: str = "none") -> Invoice:
    """Return the first invoice that stands so, none whose number begins with what is named."""
    standing = select(Invoice).where(Invoice.sync_state == state)
    found = db.session.scalars(standing.where(~Invoice.number.startswith(but))).first()
    assert found is not None, f"no invoice is {state}"
    return found
