"""Events in a real browser: read what became of one, and send it again; at both widths."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.extensions import db
from app.models import OutboundEvent
from app.usecases.events.deliver import deliver
from app.usecases.events.event_endpoints import add_endpoint
from app.usecases.events.hand_out import hand_out
from tests.builders import PASSWORD, a_person, a_workspace
from tests.pages.looking import too_wide
from tests.people import PRIYA
from tests.receiver import receiving

pytestmark = pytest.mark.browser


def tell(workspace_id: int, count: int) -> None:
    kinds = ("invoice.pushed", "invoice.paid", "invoice.push_failed")
    for number in range(count):
        data = {"number": f"INV-{2041 + number}", "status": "paid", "balance": "0.00"}
        about = f"invoice:{number + 1}"
        kind = kinds[number % 3]
        db.session.add(
            OutboundEvent(workspace_id=workspace_id, type=kind, subject=about, data=data)
        )
    db.session.commit()


def test_an_event_opens_and_is_sent_again_and_nothing_scrolls_sideways(
    app: Flask, browser_page: Page, tmp_path: Path
) -> None:
    shots = Path(os.environ.get("SHOTS", tmp_path))
    page, moment = browser_page, datetime.now(UTC)
    with receiving() as billing, app.app_context():
        workspace = a_workspace()
        a_person(workspace, "owner")
        endpoint, _ = add_endpoint(workspace.id, billing.url, [], actor="Priya Nair")
        tell(workspace.id, 6)
        billing.refuses = {"INV-2042": 500, "INV-2044": 422}
        hand_out(moment)
        deliver(endpoint.id, lambda: moment)
        deliver(endpoint.id, lambda: moment + timedelta(days=4))
        page.goto("/login")
        page.get_by_label("E-mail address").fill(PRIYA)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("/")
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            for path, name in (("/events", "events"), ("/settings/event-endpoints", "endpoints")):
                page.goto(path)
                page.screenshot(path=shots / f"{name}-{width}.png", full_page=True)
                assert too_wide(page) <= 0
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto("/events?state=given_up")
        page.locator(".expander").first.click()
        expect(page.locator("pre.code").first).to_contain_text('"number": "INV-2044"')
        page.screenshot(path=shots / "events-open.png", full_page=True)
        billing.heard.clear()
        billing.refuses.clear()
        page.locator("tr.entry").first.get_by_role("button", name="Send again").click()
        expect(page.get_by_text("It is on its way again.")).to_be_visible()
        deliver(endpoint.id)
        assert "INV-2044" in billing.numbers
