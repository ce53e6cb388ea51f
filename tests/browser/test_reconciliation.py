"""Reconciliation, webhook log and mailbox in a real browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from app.extensions import db
from app.models import Drift, InboundEvent, Reconciliation
from app.usecases.accounts import create_user
from app.usecases.reconciliation.reconcile import reconcile
from simulator.client import NORTHGATE, SimulatorProcess
from tests.back import drained
from tests.connected import Connected, connect
from tests.northgate import sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def northgate(app: Flask, simulator: SimulatorProcess) -> Connected:
    """Three invoices booked; one then voided in the ledger, one typed there by hand."""
    with app.app_context():
        made = connect(simulator)
        made.map_all()
        today = datetime.now(UTC).date().isoformat()
        for number, net in (("INV-2041", "450.00"), ("INV-2042", "200.00"), ("INV-2043", "1E+3")):
            made.bill(number, net=f"{float(net):.2f}", issue_date=today)
        drained(made)
        create_user(
            made.workspace_id, "priya@northgate.example", "finance", "correct horse",
            name="Priya Nair",
        )  # fmt: skip
        create_user(
            made.workspace_id, "eve@northgate.example", "viewer", "correct horse", name="Eve Webb"
        )
    return made


def differ(app: Flask, northgate: Connected) -> None:
    with app.app_context():
        northgate.simulator.void(NORTHGATE, "invoices", northgate.booked("INV-2042")["Id"])
        northgate.book_by_hand("1043", "250.00")
        reconcile(northgate.connection_id, "command", datetime.now(UTC))


@pytest.fixture
def page(browser_page: Page, northgate: Connected) -> Page:
    sign_in(browser_page, "priya@northgate.example")
    return browser_page


def amount(text: str) -> int:
    """Return the pence of an amount as shown."""
    pence = int(re.sub(r"[^0-9]", "", text))
    return -pence if "\u2212" in text else pence


def test_the_verdict_is_the_heading_and_the_figures_add_up(app, northgate, page):
    differ(app, northgate)
    page.goto("/reconciliation")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "1 difference needs you. Everything else agrees."
    )
    for row in page.locator("table").first.locator("tbody tr").all():
        ours, theirs, difference, known, resolve = map(amount, row.locator("td").all_inner_texts())
        assert theirs - ours == difference == known + resolve, row.inner_text()
    drift = page.locator("#dr ~ *, tr", has_text="INV-2042").first
    expect(drift).to_contain_text("Voided in QuickBooks on")


def test_leaving_a_difference_as_it_is_and_undoing_that(app, northgate, page):
    differ(app, northgate)
    page.goto("/reconciliation")
    page.get_by_role("button", name="Leave as it is: INV-2042").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing is left to resolve")
    with app.app_context():
        decided = db.session.scalar(select(Drift.decided_by).where(Drift.number == "INV-2042"))
    assert decided == "Priya Nair"
    page.get_by_role("button", name="Undo INV-2042").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 difference needs you")


def test_a_viewer_sees_the_verdict_and_no_buttons(app, northgate, browser_page):
    differ(app, northgate)
    sign_in(browser_page, "eve@northgate.example")
    browser_page.goto("/reconciliation")
    expect(browser_page.get_by_role("heading", level=1)).to_contain_text("1 difference")
    assert browser_page.get_by_role("button", name="Check again now").count() == 0
    assert browser_page.get_by_role("button", name=re.compile("Leave as it is")).count() == 0


def test_check_now_shows_the_verdict_by_itself(app, northgate, page):
    page.goto("/reconciliation")
    expect(page.get_by_role("heading", level=1)).to_have_text("Not compared yet")
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("Checking now")).to_be_visible()
    with app.app_context():  # as the worker that was woken
        reconcile(northgate.connection_id, "person", datetime.now(UTC))
    expect(page.get_by_role("heading", level=1)).to_have_text("All square")


def test_a_check_that_failed_says_why(app, northgate, page):
    northgate.simulator.inject("unavailable", entity="cdc", times=None)
    with app.app_context():
        reconcile(northgate.connection_id, "clock", datetime.now(UTC))
    page.goto("/reconciliation")
    expect(page.get_by_text("did not finish")).to_be_visible()
    expect(page.get_by_text("What happened: QuickBooks")).to_be_visible()


def test_the_e_mail_can_be_read_in_the_mailbox(app, northgate, page):
    differ(app, northgate)
    page.goto("/mailbox")
    page.get_by_role("link", name=re.compile("Not square: £240.00")).click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("1 difference between billing and QuickBooks")).to_be_visible()
    expect(frame.get_by_role("link", name="INV-2042")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("differences-.*csv")).click()
    assert "INV-2042" in Path(download.value.path()).read_text(encoding="utf-8-sig")


def test_notices_are_listed_with_refusals(app, northgate, page, client):
    client.post("/api/webhooks/quickbooks", data=b"[]")
    page.goto("/webhook-log")
    expect(page.get_by_role("heading", level=1)).to_have_text("Notices are being refused")
    page.get_by_role("link", name=re.compile("Refused")).click()
    expect(page.get_by_text("The signature does not match. From 127.0.0.1.")).to_be_visible()
    expect(page.get_by_role("cell", name="127.0.0.1", exact=True)).to_be_visible()
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(InboundEvent)) > 1


def test_another_workspaces_check_is_not_there(app, northgate, page):
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Reconciliation)) == 0
    answer = page.goto("/reconciliation?connection=4711")
    assert answer is not None
    assert answer.status == 404
