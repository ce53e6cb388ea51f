"""What waits for review is said to be where it is: there in another revision, or perhaps there."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.states import InvoiceStatus
from app.extensions import db
from app.models import CreditNote, Workspace
from app.usecases.manage_connection import disconnect, save_settings
from tests.builders import a_person
from tests.connected import Connected, connect, now
from tests.crediting import credit, go, revise, the_note
from tests.visitor import Visitor, text_of

PRIYA = "Priya Nair"


@pytest.fixture
def northgate(app: Any, simulator: Any) -> Connected:
    """CN-0007 of £120.00 is booked; from now on everything waits for review."""
    with app.app_context():
        made = connect(simulator)
        a_person(db.session.get_one(Workspace, made.workspace_id))
        made.map_all()
        credit(made)
        go(made, 1)
        save_settings(made.connection_id, PRIYA, None, now(), push_mode="review")
        return made


def pages(client: Any, number: int) -> tuple[str, str]:
    visitor = Visitor(client)
    found = text_of(visitor.get(f"/invoices/{number}")), text_of(visitor.get("/invoices/held"))
    for text in found:
        assert "Nothing of them is in the ledger" not in text
        assert "is not in your books. Nothing was sent" not in text
    return found


def test_of_a_booked_one_only_the_change_waits(app: Any, client: Any, northgate: Any) -> None:
    with app.app_context():
        revise(northgate, "150.00", revision=4)
        number = the_note()
    page, held = pages(client, number)
    assert (
        "Billing’s change (revision 4) waits for review; QuickBooks has revision 1, £120.00."
        in page
    )
    assert "1 change of what is in the ledger" in held


def test_a_void_of_a_booked_one_waits(app: Any, client: Any, northgate: Any) -> None:
    with app.app_context():
        revise(northgate, "150.00", revision=2)
        number = the_note()
        db.session.get_one(CreditNote, number).status = InvoiceStatus.VOID
        db.session.commit()
    assert "Billing’s void waits for review; QuickBooks has revision 1" in pages(client, number)[0]


def test_after_a_reconnect_it_may_be_there(app: Any, client: Any, northgate: Any) -> None:
    with app.app_context():
        disconnect(northgate.connection_id, PRIYA, None, now())
        again = northgate.reconnect()
        save_settings(again.connection_id, PRIYA, None, now(), push_mode="review")
        number = the_note()
        assert db.session.get_one(CreditNote, number).sync_state == "held"
    page, held = pages(client, number)
    assert "It waits for somebody to look at it, and may be in QuickBooks already." in page
    assert "Looked for first" in page
    assert "Not there" not in page
    assert "1 may be there, and is looked for first" in held
