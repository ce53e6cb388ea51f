"""The sample beside billing's own: nothing else goes with it, nobody waits for it."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.domain.sample import CUSTOMER_ID, SAMPLE_ID
from app.extensions import db
from app.models import Connection, Invoice, Mapping, Push, Service, Workspace
from app.usecases.push.claim import lock
from app.usecases.push.refused_customers import block_invoices_of
from app.usecases.sample.remove import SampleRefused, remove_sample
from app.usecases.sample.send import send_sample
from tests.builders import a_person
from tests.connected import now
from tests.northgate import Northgate, make_northgate
from tests.visitor import Visitor, text_of


@pytest.fixture
def sandbox(app) -> Northgate:
    """A sandbox company with the sample, before pushing is switched on."""
    with app.app_context():
        made = make_northgate()
        a_person(db.session.get_one(Workspace, made.workspace_id))
        db.session.get_one(Connection, made.connection_id).live = False
        send_sample(made.workspace_id, "Priya Nair", None, now())
        return made


def sample() -> Invoice | None:
    db.session.expire_all()
    return db.session.scalar(select(Invoice).where(Invoice.external_id == SAMPLE_ID))


def test_a_service_that_billing_calls_sample_stays_with_its_mapping(app_context, sandbox):
    sandbox.map("SAMPLE", "31")
    sandbox.bill("INV-1", code="SAMPLE", name="Sample boxes")
    assert sample() is None
    assert list(db.session.scalars(select(Service.code))) == ["SAMPLE"]
    assert list(db.session.scalars(select(Mapping.code))) == ["SAMPLE"]


def test_where_billing_uses_its_customer_the_person_is_told(app, client, sandbox):
    with app.app_context():
        sandbox.bill("INV-1", customer={"id": CUSTOMER_ID, "name": "Somebody Ltd"})
        assert sample() is not None
    person = Visitor(client)
    assert person.post("/sample/remove").status_code == 303
    assert "uses the customer of SAMPLE-1, so it stays." in text_of(person.get("/setup/billing"))


def test_billings_first_invoice_does_not_wait_for_a_worker_that_has_the_sample(
    app_context, sandbox
):
    push_id = db.session.scalars(select(Push.id)).first()
    db.session.commit()
    with Session(db.engine) as worker:
        worker.scalars(select(Push).where(Push.id == push_id).with_for_update()).one()
        sandbox.bill("INV-1")  # would wait for ever
        worker.rollback()
    assert sample() is not None


def test_removing_does_not_lock_up_with_a_worker_that_asks_about_its_customer(app, sandbox):
    with app.app_context():
        made = sample()
        db.session.add(
            Push(
                workspace_id=sandbox.workspace_id,
                connection_id=sandbox.connection_id,
                document_kind="customer",
                document_id=made.customer_id,
                operation="create",
                state="pushing",
                due_at=now(),
                first_sent_at=now(),
                lane=0,
                revision=1,
            )
        )
        db.session.commit()
        number = db.session.scalars(select(Push.id).filter_by(document_kind="customer")).one()
        db.session.commit()
    has, fell = threading.Event(), []

    def record() -> None:
        with app.app_context():
            try:
                [(push, _)] = lock([number])
                has.set()
                time.sleep(0.3)  # the person has the sample by now
                block_invoices_of(push)
                db.session.commit()
            except SQLAlchemyError as error:
                db.session.rollback()
                fell.append(error)

    worker = threading.Thread(target=record)
    worker.start()
    has.wait(5)
    with app.app_context(), pytest.raises(SampleRefused, match="at work just now"):
        remove_sample(sandbox.workspace_id, "Priya Nair", None)
    worker.join()
    assert fell == []
