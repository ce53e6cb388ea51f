"""What we did to a credit note in the ledger is not told as somebody else's doing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Attempt, OutboundEvent, Push
from app.queries.overview import credits_since
from app.usecases.manage_connection import disconnect, save_settings
from app.usecases.push.own_steps import touched_by_us
from app.web.timeline_words import told_words
from tests.back import brought_back
from tests.connected import Connected, connect, now
from tests.crediting import INVOICE, credit, go, revise

PRIYA = "Priya Nair"
TOUCHED = "Touched in QuickBooks meanwhile"


@pytest.fixture
def northgate(app_context: Any, simulator: Any) -> Connected:
    """CN-0007 of £120.00 is booked, all of it on INV-0001."""
    made = connect(simulator)
    made.map_all()
    made.bill(INVOICE)
    credit(made, on={INVOICE: "120.00"})
    go(made)
    return made


def words() -> str:
    return " ".join(db.session.scalars(select(Attempt.words).order_by(Attempt.id)))


def test_a_revision_after_our_own_application_was_touched_by_us(northgate: Connected) -> None:
    revise(northgate, "150.00", on={INVOICE: "60.00"})
    assert "Our own step before changed its version in QuickBooks. We write again." in words()
    assert TOUCHED not in words()


def test_what_is_new_since_we_wrote_it_last_is_somebody_elses(northgate: Connected) -> None:
    newest = select(Push).where(Push.document_kind == "credit_note").order_by(Push.id.desc())
    assert touched_by_us(db.session.scalars(newest).first())
    revise(northgate, "150.00", on={})
    assert not touched_by_us(db.session.scalars(newest).first())


def test_ours_are_not_pulled_back_after_a_disconnect_either(northgate: Connected) -> None:
    since = now() - timedelta(days=1)
    brought_back(northgate)
    assert credits_since(since).count == 0
    disconnect(northgate.connection_id, PRIYA, None, now())
    again = northgate.reconnect()
    save_settings(again.connection_id, PRIYA, None, now(), push_mode="review")
    brought_back(again)
    assert credits_since(since).count == 0


def test_that_it_is_on_nothing_any_more_is_not_called_applied() -> None:
    data = {"status": "open", "balance": "120.00", "currency": "GBP"}
    said = told_words(OutboundEvent(type="credit_note.applied", data=data), "QuickBooks")
    assert said.words == "On no invoice in QuickBooks any more, £120.00 not applied"
