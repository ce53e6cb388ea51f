"""The webhook log says in plain words what a notice is about, and names our invoices."""

from datetime import UTC, datetime

from app.extensions import db
from app.models import InboundEvent
from tests.builders import a_connection, a_link, a_person, a_workspace, an_invoice
from tests.people import sign_in
from tests.visitor import text_of


def test_notices_are_in_plain_words_and_lead_to_our_invoice(app, client):
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        connection = a_connection(workspace)
        ours = an_invoice(connection)
        a_link(ours, ledger_id="313")
        page, number = f"/invoices/{ours.id}", ours.number
        told = ["refundreceipt:350 created", "purchase:363 updated"]
        told += ["invoice:313 updated", "invoice:314 updated"]
        for each in told:
            subject, _, verb = each.partition(" ")
            db.session.add(
                InboundEvent(
                    workspace_id=workspace.id,
                    connection_id=connection.id,
                    source="quickbooks",
                    event_id=each,
                    type=f"{subject.partition(':')[0]}.{verb}",
                    subject=subject,
                    status="accepted",
                    received_at=datetime.now(UTC),
                )
            )
        db.session.commit()
    sign_in(client)
    log = client.get("/webhook-log")
    shown = text_of(log)
    for words in ("Refund 350 created", "Expense 363 updated", "Invoice 314 updated"):
        assert words in shown
    assert f"Invoice {number} updated" in shown
    assert f'href="{page}"' in log.text
