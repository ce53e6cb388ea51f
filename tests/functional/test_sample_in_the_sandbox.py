"""The sample tried in a sandbox company: really booked there, voided, removed, counted nowhere."""

from datetime import UTC, datetime

import pytest

from app.domain.sample import SAMPLE_ID
from app.domain.states import MappingKind, SyncState
from app.extensions import db
from app.models import Connection, Invoice, OutboundEvent, Reconciliation
from app.usecases.go_live import Start, begin_with, go_live, try_one
from app.usecases.reconciliation.reconcile import reconcile
from app.usecases.sample.remove import SampleRefused, remove_sample
from app.usecases.sample.send import send_sample, void_sample
from simulator.client import NORTHGATE
from tests.back import brought_back, drained
from tests.connected import ITEMS, TAX_CODES, connect, now

pytestmark = pytest.mark.usefixtures("app_context")
PRIYA = "Priya Nair"


@pytest.fixture
def northgate(app_context, simulator):
    """A sandbox company whose pushing nobody switched on."""
    made = connect(simulator)
    begin_with(db.session.get_one(Connection, made.connection_id), Start(live=False), now())
    db.session.commit()
    return made


def sample():
    db.session.expire_all()
    return db.session.query(Invoice).filter_by(external_id=SAMPLE_ID).one_or_none()


def numbers_there(simulator):
    return [each.get("DocNumber") for each in simulator.books(NORTHGATE)["invoices"]]


def map_sample(northgate):
    item, tax = ITEMS["MW-STD"], TAX_CODES["VAT20"]
    db.session.add(northgate._mapping(MappingKind.SERVICE, "ledgerbridge-sample", item))
    db.session.add(northgate._mapping(MappingKind.TAX_CODE, "ledgerbridge-sample-vat", tax))
    db.session.commit()


def remove(northgate):
    remove_sample(northgate.workspace_id, PRIYA, None)


def test_it_is_tried_voided_and_removed_and_the_books_agree(northgate, simulator):
    send_sample(northgate.workspace_id, PRIYA, None, now())
    map_sample(northgate)
    try_one(northgate.connection_id, sample().id, PRIYA, None, now())
    drained(northgate)
    assert "SAMPLE-1" in numbers_there(simulator)
    with pytest.raises(SampleRefused, match="Void it there first"):
        remove(northgate)
    northgate.bill("INV-1")
    assert sample().sync_state == SyncState.PUSHED  # what is booked is not dropped by itself

    void_sample(northgate.workspace_id, PRIYA, None, now())
    northgate.make_due()
    northgate.drain()
    remove(northgate)
    assert sample() is None
    assert db.session.query(OutboundEvent).count() == 0  # billing never had it

    brought_back(northgate)
    northgate.map_all()
    go_live(northgate.connection_id, PRIYA, None, now())
    drained(northgate)
    reconcile(northgate.connection_id, "clock", datetime.now(UTC))
    [check] = db.session.query(Reconciliation)
    assert check.verdict == "square"
