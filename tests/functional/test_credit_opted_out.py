"""A change of a credit note that was opted out can be let go again."""

from decimal import Decimal

import pytest

from app.usecases.push import actions
from tests.connected import connect, now
from tests.crediting import (
    INVOICE,
    applied_to,
    go,
    memos,
    owed,
    payments,
    revise,
    states,
    the_note,
    void,
)

pytestmark = pytest.mark.usefixtures("app_context")
PRIYA = "Priya Nair"
OTHER = "INV-0002"


@pytest.fixture
def northgate(app_context, simulator):
    made = connect(simulator)
    made.map_all()
    return made


@pytest.fixture
def applied(northgate):
    return applied_to(northgate, OTHER)


def test_a_change_that_was_opted_out_can_be_allowed_again(applied):
    revise(applied, on={OTHER: "120.00"}, push="never")
    revise(applied, on={OTHER: "60.00"}, revision=3)
    assert actions.allow_push([the_note()], PRIYA, None, now()) == 1
    go(applied)
    assert states() == ("pushed", ["pushed"])
    assert (owed(applied), owed(applied, OTHER)) == (Decimal(540), Decimal(480))
    assert actions.allow_push([the_note()], PRIYA, None, now()) == 0


def test_a_void_that_was_opted_out_can_be_allowed(applied):
    revise(applied, memo="x", on={INVOICE: "120.00"}, push="never")
    void(applied, revision=3)
    go(applied, 1)
    assert actions.allow_push([the_note()], PRIYA, None, now()) == 1
    go(applied)
    assert (states(), memos(applied), payments(applied)) == (("voided", []), {}, [])
