"""A try on the invoice's page: who asked for it, and whether there was an answer at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.states import PushState, SyncState
from app.extensions import db
from app.models import Attempt, AuditEntry
from app.usecases.push.noted import note_without_call
from tests.builders import a_connection, a_person, a_push, a_workspace, an_invoice
from tests.visitor import Visitor, text_of

NOW = datetime.now(UTC)


@pytest.fixture
def tried(app):
    """Booked at the second try, for which Nina pressed; then linked without a call."""
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        invoice = an_invoice(a_connection(workspace), state=SyncState.PUSHED)
        push = a_push(invoice, PushState.DONE)
        db.session.flush()
        ids = {"workspace_id": workspace.id, "push_id": push.id}
        for minutes, outcome in ((9, SyncState.FAILED), (5, SyncState.PUSHED)):
            at = NOW - timedelta(minutes=minutes)
            db.session.add(
                Attempt(
                    **ids, connection_id=push.connection_id, started_at=at, milliseconds=700,
                    outcome=outcome, words="Asked QuickBooks.", ledger_request_id=f"r{minutes}",
                )
            )  # fmt: skip
        db.session.add(
            AuditEntry(
                workspace_id=workspace.id, actor="Nina Okafor", action="invoice.retry",
                subject=f"invoice:{invoice.id}", created_at=NOW - timedelta(minutes=6),
            )
        )  # fmt: skip
        note_without_call(push, "linked", "Linked to invoice 7.", NOW, None)
        db.session.commit()
        return f"/invoices/{invoice.id}"


def test_it_says_who_asked_and_nothing_of_an_answer_where_nothing_was_asked(client, tried):
    page = text_of(Visitor(client).get(tried))
    assert page.count("Ledgerbridge, as Nina Okafor asked") == 1
    assert "Attempt 2, 0.7 s. In the ledger. Ledgerbridge, as Nina Okafor asked" in page
    assert "Attempt 1, 0.7 s. Refused. Ledgerbridge, by itself" in page
    assert "no request ID" not in page


def test_what_was_said_of_the_press_is_gone_once_it_has_come_to_rest(client, tried):
    assert (
        '<div id="told" hx-swap-oob="innerHTML"></div>'
        in Visitor(client).get(tried, part=True).text
    )
