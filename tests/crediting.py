"""Credit notes of Northgate IT Services Ltd, as billing tells of them and as the ledger has."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.models import (
    Attempt,
    CreditApplication,
    CreditNote,
    Invoice,
    OutboundEvent,
    Push,
    SalesDocument,
)
from app.usecases.receive_billing_event import Receipt, receive
from simulator.client import NORTHGATE
from tests import billing
from tests.connected import Connected, now

CREDIT = "CN-0007"
INVOICE = "INV-0001"
_events = itertools.count(1)


def credit_note(
    number: str = CREDIT,
    net: str = "100.00",
    on: Mapping[str, str] | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """Return a credit note of one line at 20 % VAT; on: invoice number → amount put on it."""
    vat = f"{Decimal(net) / 5:.2f}"
    body = billing.invoice(
        id=f"cn_{number}",
        number=number,
        customer={"id": "cus_Oak & Ash Ltd", "name": "Oak & Ash Ltd"},
        lines=[billing.line(quantity="1", unit_price=net, amount=net, tax_amount=vat)],
        subtotal=net,
        tax_total=vat,
        total=f"{Decimal(net) + Decimal(vat):.2f}",
    )
    del body["due_date"], body["recurring"]
    parts = [{"invoice": f"inv_{name}", "amount": amount} for name, amount in (on or {}).items()]
    return body | ({"applies_to": parts} if on is not None else {}) | changes


def told(northgate: Connected, type_: str, data: Any) -> Receipt:
    """Let billing say something of a credit note."""
    event_id = f"evt_{next(_events)}"
    body = billing.event(type_, data)
    return receive(northgate.workspace_id, body, event_id, b"{}", "127.0.0.1", now())


def credit(northgate: Connected, number: str = CREDIT, *args: Any, **changes: Any) -> int:
    """Let billing finalise a credit note; returns its id."""
    receipt = told(northgate, "credit_note.finalised", credit_note(number, *args, **changes))
    assert receipt.credit_note_id is not None, receipt
    return receipt.credit_note_id


def void(northgate: Connected, number: str = CREDIT, revision: int = 1) -> Receipt:
    """Let billing void a credit note."""
    return told(northgate, "credit_note.voided", {"id": f"cn_{number}", "revision": revision})


def state_of(table: type[SalesDocument], **which: Any) -> str:
    """Return where the one document of a kind stands."""
    return db.session.scalars(select(table.sync_state).filter_by(**which)).one()


def states() -> tuple[str, list[str]]:
    """Return where the one credit note stands, and each part of it that is not void."""
    parts = select(CreditApplication.sync_state).where(CreditApplication.status != "void")
    credit_state = db.session.scalars(select(CreditNote.sync_state)).one()
    return credit_state, list(db.session.scalars(parts.order_by(CreditApplication.id)))


def memos(northgate: Connected) -> dict[str, tuple[Decimal, Decimal]]:
    """Return total and what is left of each credit memo there; a duplicate is an error."""
    there = northgate.simulator.books(NORTHGATE)["credit_memos"]
    found = {m["DocNumber"]: (Decimal(m["TotalAmt"]), Decimal(m["RemainingCredit"])) for m in there}
    assert len(found) == len(there), "a number stands twice in the ledger"
    return found


def owed(northgate: Connected, number: str = INVOICE) -> Decimal:
    """Return what is owed on an invoice there."""
    return Decimal(northgate.booked(number)["Balance"])


def payments(northgate: Connected) -> list[dict[str, Any]]:
    """Return every payment there."""
    return list(northgate.simulator.books(NORTHGATE)["payments"])


def heard() -> list[str]:
    """Return what billing heard besides that documents were pushed."""
    rows = db.session.scalars(select(OutboundEvent.type).order_by(OutboundEvent.id))
    return [row for row in rows if not row.endswith(".pushed")]


def balance(number: str = INVOICE) -> Decimal:
    """Return what we say is owed on an invoice."""
    return db.session.scalars(select(Invoice.balance).where(Invoice.number == number)).one()


def go(northgate: Connected, times: int = 3) -> None:
    """Let a while pass, with a worker at it."""
    for _ in range(times):
        northgate.settle_down()
        northgate.make_due()
        northgate.drain()


def revise(northgate: Connected, *args: Any, revision: int = 2, **changes: Any) -> None:
    """Let billing change the credit note, and a while pass."""
    told(northgate, "credit_note.updated", credit_note(CREDIT, *args, revision=revision, **changes))
    go(northgate)


def the_note() -> int:
    """Return the id of the one credit note."""
    return db.session.scalars(select(CreditNote.id)).one()


def edit_memo(northgate: Connected, **fields: Any) -> None:
    """Let a bookkeeper edit the one credit memo there."""
    [memo] = northgate.simulator.books(NORTHGATE)["credit_memos"]
    northgate.simulator.edit(NORTHGATE, "credit-memos", memo["Id"], **fields)


def three_lines_a_penny_apart() -> dict[str, Any]:
    """Return three lines of 10.12 at 20 %, 36.45 as billed: QuickBooks would book 36.43."""
    lines = [
        billing.line(id=f"{n}", quantity="1", unit_price="10.12", amount="10.12", tax_amount="2.03")
        for n in range(1, 4)
    ]
    return {"lines": lines, "subtotal": "30.36", "tax_total": "6.09", "total": "36.45"}


def words_since(first: int) -> list[str]:
    """Return what was tried of credit notes and their use, without writing over a new version."""
    tried = select(Attempt.words).join(Push, Push.id == Attempt.push_id)
    sales = tried.where(Push.document_kind.in_(("credit_note", "credit_application")))
    words = db.session.scalars(sales.order_by(Attempt.id)).all()[first:]
    return [one for one in words if "We write again" not in one]


def applied_to(northgate: Connected, *others: str) -> Connected:
    """Let CN-0007 of 120.00 be booked and on INV-0001; others: invoices that are booked too."""
    for number in (INVOICE, *others):
        northgate.bill(number)
    credit(northgate, on={INVOICE: "120.00"})
    go(northgate, 1)
    assert states() == ("pushed", ["pushed"])
    return northgate
