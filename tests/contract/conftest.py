"""Every ledger behind the door, over real HTTP against what stands in for its vendor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.config import Settings
from app.ledgers import LEDGERS
from app.ledgers.interface import Call
from tests.contract.books import Books, now


@pytest.fixture
def open_quickbooks(simulator: Any) -> Callable[[str], Books]:
    """Open any of the simulator's QuickBooks companies."""

    def open_company(company_id: str) -> Books:
        kind = LEDGERS["quickbooks"]
        app = kind.app_of(Settings.from_environment({**simulator.environment}))
        token = simulator.issue_refresh_token(company_id)
        tokens = kind.oauth.refresh(app, "sandbox", token, now())
        calls: list[Call] = []
        ledger = kind.open(app, "sandbox", company_id, tokens.access_token, calls.append)
        return Books(
            kind, app, "sandbox", company_id, simulator, ledger, "7", {20: "6", 5: "5"}, calls
        )

    return open_company


@pytest.fixture(params=["quickbooks"])
def books(request: pytest.FixtureRequest) -> Books:
    """Northgate IT Services Ltd, United Kingdom, with VAT, in each ledger."""
    open_company = request.getfixturevalue(f"open_{request.param}")
    made: Books = open_company("9130357766900456")
    return made
