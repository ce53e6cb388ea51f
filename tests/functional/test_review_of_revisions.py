"""Each revision says anew whether it waits for review; what a person holds is a person's."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Invoice, SalesDocument
from app.usecases.manage_connection import save_settings
from app.usecases.push.actions import hold, push_now
from tests.connected import Connected, connect, now
from tests.crediting import CREDIT, INVOICE, credit, credit_note, go, told

PRIYA = "Priya Nair"


@pytest.fixture
def northgate(app_context: Any, simulator: Any) -> Connected:
    made = connect(simulator)
    made.map_all()
    return made


def revision(northgate: Connected, number: int, push: str) -> None:
    if number == 1:
        northgate.bill(INVOICE, push=push)
    else:
        northgate.edit_in_billing(INVOICE, f"{number}00.00", push=push)


def act(northgate: Connected, what: str) -> None:
    """Do one thing: a person's deed, a setting, or billing's next revision."""
    invoice = db.session.scalars(select(Invoice).execution_options(populate_existing=True)).first()
    deeds = {"hold": hold, "release": push_now}
    if what in deeds:
        assert invoice is not None
        assert deeds[what]([invoice.id], PRIYA, None, now()) == 1
    elif what.startswith("mode "):
        save_settings(northgate.connection_id, PRIYA, None, now(), push_mode=what.split()[1])
    elif what == "go":
        go(northgate, 1)
    else:
        revision(northgate, invoice.revision + 1 if invoice else 1, what)


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        (["review", "auto"], "waiting"),
        (["review", "review"], "held"),
        (["review", "hold", "auto"], "held"),
        (["auto", "hold", "auto"], "held"),
        (["review", "hold", "release", "review", "auto"], "waiting"),
        (["review", "release", "auto"], "waiting"),
        (["review", "release", "review"], "held"),
        (["review", "release", "go", "auto"], "waiting"),
        (["review", "release", "go", "review"], "held"),
        (["mode review", "auto", "auto"], "held"),
        (["mode review", "review", "mode auto", "auto"], "waiting"),
        (["never", "auto"], "not_sent"),
    ],
)
def test_whether_the_newest_revision_goes(
    northgate: Connected, steps: list[str], state: str
) -> None:
    for step in steps:
        act(northgate, step)
    assert northgate.states()[INVOICE] == state


def test_a_booked_credit_note_goes_again_once_a_revision_says_auto(northgate: Connected) -> None:
    credit(northgate, CREDIT, push="auto")
    go(northgate, 1)
    for number, push, state in (
        (2, "review", "held"),
        (3, "auto", "pushed"),
        (4, "auto", "pushed"),
    ):
        net = f"{number}0.00"
        told(northgate, "credit_note.updated", credit_note(net=net, revision=number, push=push))
        go(northgate, 1)
        assert db.session.scalars(select(SalesDocument.sync_state)).one() == state
