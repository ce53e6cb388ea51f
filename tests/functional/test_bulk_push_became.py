"""After a press for all: what became of those invoices, live, with links."""

from __future__ import annotations

from app.domain.problem import Problem
from app.domain.states import SyncState
from app.extensions import db
from app.models import Invoice
from tests.functional import test_bulk_push as pages
from tests.visitor import Visitor, text_of

shown = pages.shown


def stand(app, invoice_id, state, **values):
    with app.app_context():
        invoice = db.session.get_one(Invoice, invoice_id)
        invoice.sync_state = state
        for name, value in values.items():
            setattr(invoice, name, value)
        db.session.commit()


def test_all_of_one_cause_lead_to_what_becomes_of_them(app, client, shown):
    priya = Visitor(client)
    pressed = priya.post("/invoices/all/push?cause=review:&connection=1", up_to=10)
    page = priya.get(pressed.location)
    assert "5 invoices made ready to go" in text_of(page)
    assert "In the ledger 0 On their way 5 Refused 0" in text_of(page)
    assert "every 2s" in page.text
    assert "/sync-state" in page.text

    first, second, *others = shown.held
    refused = Problem("6210", "QuickBooks is closed.").as_json()
    stand(app, first, SyncState.FAILED, problem=refused)
    stand(app, second, SyncState.BLOCKED)
    for each in others:
        stand(app, each, SyncState.PUSHED)
    over = priya.get(pressed.location, part=True)
    assert "In the ledger 3 On their way 0 Refused 1 Stopped, need somebody 1" in text_of(over)
    assert f'href="/invoices/{first}"' in over.text
    assert "QuickBooks is closed." in over.text
    assert "every 2s" not in over.text
    assert "3 are in the ledger, 2 need you again." in text_of(over)


def test_what_became_of_the_ticked_ones_is_said_once_it_is_known_and_can_be_come_back_to(
    app, client, shown
):
    priya = Visitor(client)
    chosen = shown.held[:3]
    pressed = priya.post(
        "/invoices/bulk", deed="retry", invoice=chosen, back="/sync-log?show=needs"
    )
    page = priya.get(pressed.location)
    assert "3 are on their way." in text_of(page)
    assert 'href="/sync-log?show=needs"' in page.text
    stand(app, chosen[0], SyncState.PUSHED)
    assert '"said"' not in priya.get(pressed.location, part=True).text
    assert "1 is in the ledger, 2 are on their way. See them" in text_of(priya.get("/sync-log"))

    for each in chosen[1:]:
        stand(app, each, SyncState.BLOCKED)
    over = priya.get(pressed.location, part=True).text
    said = '<div id="said" hx-swap-oob="innerHTML">1 is in the ledger, 2 need you again</div>'
    assert said in over
    assert "Priya Nair tried 3 invoices again" in text_of(priya.get("/sync-log"))
    with app.app_context():
        others = {db.session.get_one(Invoice, each).sync_state for each in shown.held[3:]}
    assert others == {SyncState.HELD}
