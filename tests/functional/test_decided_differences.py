"""The reconciliation's page and the overview after "Leave as it is": figures and words agree."""

from datetime import UTC, datetime, timedelta

import pytest

from app.extensions import db
from app.models import Drift, Reconciliation
from tests.builders import (
    a_check,
    a_connection,
    a_difference,
    a_link,
    a_person,
    a_workspace,
    an_invoice,
)
from tests.visitor import Visitor, text_of


def amounts(total):
    return {"count": 0, "total": total, "tax": "0", "owed": total}


def figures(findings, gross):
    pounds = {
        "ours": amounts("900"), "theirs": amounts("432"), "known": amounts("0"),
        "resolve": amounts("-468"), "causes": {}, "findings": findings, "gross": gross,
    }  # fmt: skip
    return {"currencies": {"GBP": pounds}}


@pytest.fixture
def drifts(app):
    """A check found two differences, of 216.00 and of 252.00."""
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        connection = a_connection(workspace)
        a_link(an_invoice(connection))
        check = a_check(connection, "differs", figures=figures(2, "468"))
        found = [a_difference(check, "-216.00").id, a_difference(check, "-252.00").id]
        db.session.commit()
        return found


def test_what_is_left_is_counted_and_the_rest_is_said_to_be_left(client, drifts):
    priya = Visitor(client)
    assert "2 to resolve, £468.00 in all" in text_of(priya.get("/reconciliation"))
    priya.post(f"/reconciliation/drifts/{drifts[1]}/accept")
    page = text_of(priya.get("/reconciliation"))
    assert "1 difference needs you. Everything else agrees, or was left as it is." in page
    assert "Together £216.00." in page
    assert "1 to resolve, £216.00 in all" in page
    assert "1 difference left as it is since the check still stands under “To resolve”" in page
    assert "To resolve at the check, net" in text_of(priya.get("/"))


def test_once_all_are_left_nothing_claims_that_there_never_was_a_difference(client, drifts):
    priya = Visitor(client)
    assert "Left to resolve, net" in text_of(priya.get("/"))
    for drift_id in drifts:
        priya.post(f"/reconciliation/drifts/{drift_id}/accept")
    page = text_of(priya.get("/reconciliation"))
    assert "Nothing is left to resolve" in page
    assert "2 differences were left as they are; the next check counts them as known." in page
    assert "What was left as it is stands beneath." in page
    overview = text_of(priya.get("/"))
    assert "Nothing to resolve" in overview
    assert "Not square" not in overview


def test_what_was_left_before_the_check_is_in_its_figures_already(app, client, drifts):
    with app.app_context():
        drift = db.session.get_one(Drift, drifts[1])
        drift.decision, drift.decided_by = "accepted", "Priya Nair"
        drift.decided_at = datetime.now(UTC) - timedelta(days=1)
        db.session.commit()
    page = text_of(Visitor(client).get("/reconciliation"))
    assert "QuickBooks is £468.00 lower on invoices" in page
    assert "since the check" not in page


def test_what_was_decided_is_counted_at_once_where_the_check_kept_what_each_adds(
    app, client, drifts
):
    with app.app_context():
        found = [db.session.get_one(Drift, drift_id) for drift_id in drifts]
        check = db.session.get_one(Reconciliation, found[0].seen_by_id)
        apart = {
            drift.subject: amounts(str(drift.amount))
            | {"document": "invoice", "currency": "GBP", "loud": True}
            for drift in found
        }
        check.figures = {**figures(2, "468"), "apart": apart}
        db.session.commit()
    priya = Visitor(client)
    priya.post(f"/reconciliation/drifts/{drifts[1]}/accept")
    page = text_of(priya.get("/reconciliation"))
    assert "Invoices, total £900.00 £432.00 −\u2060£468.00 −\u2060£252.00 −\u2060£216.00" in page
    assert "Known: 1 difference accepted, £252.00." in page
    assert "QuickBooks is £216.00 lower on invoices" in page
    assert "stands under" not in page
    assert "Left to resolve, net −\u2060£216.00" in text_of(priya.get("/"))
    priya.post(f"/reconciliation/drifts/{drifts[0]}/accept")
    assert "Left to resolve, net £0.00" in text_of(priya.get("/"))
    priya.post(f"/reconciliation/drifts/{drifts[0]}/undo")
    assert "Left to resolve, net −\u2060£216.00" in text_of(priya.get("/"))
