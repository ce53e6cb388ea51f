"""An event is addressed while its endpoint takes what stood before it, or is removed."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import func, select, text

from app.extensions import db
from app.models import OutboundDelivery
from app.usecases.events.hand_out import hand_out
from tests.posting import a_told_workspace, happen, listen, minutes, post, stands
from tests.receiver import Receiver

pytestmark = pytest.mark.usefixtures("app_context")

_WAITS = text("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
# As a worker records that an event was taken, and as a person removes an endpoint: both lock the
# endpoint first.
_LOCKED = "SELECT id FROM event_endpoint FOR UPDATE"
_TAKEN = "UPDATE outbound_delivery SET state = 'delivered'"
_REMOVED = "UPDATE event_endpoint SET removed_at = now(), secret_encrypted = NULL"


@pytest.fixture
def northgate(app_context: Any, receiver: Receiver) -> int:
    """INV-0001 was told of once, in vain: it waits for its next try, minutes later."""
    workspace_id = a_told_workspace()
    endpoint = listen(workspace_id, receiver)
    receiver.answers = [500, 500]
    happen(workspace_id, "INV-0001")
    post(endpoint)
    post(endpoint, minutes(1))
    assert stands("INV-0001").due_at > minutes(5)
    return workspace_id


def address_while(app: Any, *deed: str) -> None:
    """Address what is new while another is in the midst of a deed, which it then commits."""

    def address() -> None:
        with app.app_context():
            hand_out(minutes(1))

    thread = threading.Thread(target=address)
    with db.engine.begin() as other:
        for statement in (_LOCKED, *deed):
            other.execute(text(statement))
        thread.start()
        while thread.is_alive():  # until it is done, or waits for the other
            thread.join(0.01)
            with db.engine.connect() as line:
                if line.scalar(_WAITS):
                    break
    thread.join()


def test_it_does_not_wait_for_the_next_try_of_what_was_just_taken(app, northgate):
    happen(northgate, "INV-0001", "invoice.paid")
    address_while(app, _TAKEN)
    assert stands("INV-0001").due_at == minutes(1)


def test_it_does_not_wait_for_ever_at_an_endpoint_just_removed(app, northgate):
    happen(northgate, "INV-0002")
    address_while(app, _REMOVED)
    count = select(func.count()).where(OutboundDelivery.subject == "invoice:INV-0002")
    assert db.session.scalar(count) == 0
