"""A mapping saved while a worker judges what is mapped leaves nothing waiting for it."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.domain.states import MappingKind
from app.extensions import db
from app.usecases.push.claim import claim
from app.usecases.push.intent import release_blocked
from app.usecases.push.judge import block_unready
from tests.northgate import NOW, VAT20, make_northgate

pytestmark = pytest.mark.chaos

WAITING_FOR_A_LOCK = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def test_an_invoice_judged_while_its_mapping_is_saved_is_not_left_blocked(
    app: Flask, app_context: Flask, wait_until: Callable[..., Any]
) -> None:
    northgate = make_northgate()
    northgate.map(VAT20["code"], "6", MappingKind.TAX_CODE)
    northgate.bill("INV-2041")
    ids = claim(northgate.connection_id, "the worker", NOW, 10)

    def judge() -> None:
        with app.app_context():
            block_unready(ids, northgate.connection_id)

    release_blocked(northgate.connection_id, NOW)  # a save begins: released, not yet committed
    worker = threading.Thread(target=judge)
    worker.start()
    wait_until(lambda: waits_or_is_done(app, worker))
    northgate.map("MW-STD", "31")  # and ends, with what the invoice needs
    worker.join(10)

    assert northgate.states() == {"INV-2041": "pushing"}  # ready: the worker goes on with it


def waits_or_is_done(app: Flask, worker: threading.Thread) -> bool:
    if not worker.is_alive():
        return True
    with app.app_context(), db.engine.connect() as looking:
        return bool(looking.scalar(WAITING_FOR_A_LOCK))
