"""Push now, hold, opt out and allow again: what each does to an invoice in every state."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.domain.states import PushState, SyncState
from app.extensions import db
from app.models import Invoice, Push
from app.usecases.push import actions
from tests.builders import a_connection, a_link, a_push, a_workspace, an_invoice

pytestmark = pytest.mark.usefixtures("app_context")

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
OPEN = {
    SyncState.WAITING,
    SyncState.HELD,
    SyncState.BLOCKED,
    SyncState.PUSHING,
    SyncState.UNCONFIRMED,
    SyncState.RETRYING,
    SyncState.FAILED,
    SyncState.DEAD,
}
BOOKED = {SyncState.PUSHED, SyncState.DIFFERS, SyncState.VOIDED, SyncState.DELETED_THERE}
ANSWERED = OPEN - {SyncState.PUSHING, SyncState.UNCONFIRMED}  # surely not booked


@pytest.fixture
def every():
    """Return one invoice in every state, by state."""
    connection = a_connection(a_workspace())
    made = {}
    for state in SyncState:
        invoice = an_invoice(connection, state=state)
        if state in OPEN:
            sent = state in (SyncState.PUSHING, SyncState.UNCONFIRMED)
            a_push(invoice, first_sent_at=NOW - timedelta(minutes=1) if sent else None)
        if state in BOOKED:
            a_link(invoice)
        if state == SyncState.NOT_SENT:
            invoice.push_policy = "never"
        made[state] = invoice.id
    db.session.commit()
    return made


def done(deed, every):
    """Do it to each; return the state that each it was done to has now, by the state before."""
    after = {
        state: db.session.get_one(Invoice, invoice_id).sync_state
        for state, invoice_id in every.items()
        if deed([invoice_id], "Priya Nair", None, NOW)
    }
    return {state: SyncState(now) for state, now in after.items()}


def test_push_now(every):
    moved = OPEN - {SyncState.PUSHING} | {SyncState.UNLINKED}
    expected = dict.fromkeys(moved, SyncState.WAITING)
    assert done(actions.push_now, every) == expected | {
        SyncState.UNCONFIRMED: SyncState.UNCONFIRMED  # the same bytes under the same key
    }


def test_hold(every):
    assert done(actions.hold, every) == dict.fromkeys(ANSWERED, SyncState.HELD)


def test_do_not_push(every):
    assert done(actions.never_push, every) == dict.fromkeys(ANSWERED, SyncState.NOT_SENT)
    states = db.session.scalars(select(Invoice.push_policy).where(Invoice.sync_state == "not_sent"))
    assert set(states) == {"never"}


def test_allow_again(every):
    assert done(actions.allow_push, every) == {SyncState.NOT_SENT: SyncState.WAITING}


def test_nothing_is_decided_where_nobody_is_asked(every):
    assert done(actions.use_billing, every) == done(actions.keep_ledger, every) == {}


def test_a_change_that_was_refused_is_opted_out_and_the_invoice_is_shown_as_booked(every):
    invoice = db.session.get_one(Invoice, every[SyncState.FAILED])
    a_link(invoice)
    db.session.commit()
    assert actions.never_push([invoice.id], "Priya Nair", None, NOW) == 1
    assert invoice.sync_state == SyncState.PUSHED
    assert PushState.CANCELLED in {push.state for push in db.session.scalars(select(Push))}
