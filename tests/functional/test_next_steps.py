"""Overview, the sync log and the page of an invoice offer the same step for the same cause."""

from __future__ import annotations

import html
import re

import pytest

from app.domain.problem import Missing, Problem
from app.domain.states import ConnectionState, SyncState
from app.extensions import db
from app.models import Connection
from tests.functional import test_sync_log_pages as pages
from tests.visitor import text_of

northgate, bill, priya = pages.northgate, pages.bill, pages.priya

MAPPING = ("Map VAT Zero 0%", "/mappings?connection=1&q=VAT+Zero+0%25")


def steps_on(page: str) -> set[tuple[str, str]]:
    found = re.findall(r'<a [^>]*href="([^"]+)"[^>]*>([^<]+)</a>', page)
    # What the page led to is told of the row is another test's.
    return {(words.strip(), re.sub("[?&]need=.*", "", html.unescape(url))) for url, words in found}


@pytest.mark.parametrize(
    ("missing", "step"),
    [
        (Missing("tax_code", "VAT0", "VAT Zero 0%"), MAPPING),
        (
            Missing("service", "SOC", "Managed SOC (MDR)"),
            ("Map Managed SOC", "/mappings?connection=1&q=Managed+SOC+(MDR)"),
        ),
        (
            Missing("customer", "cus_h", "Harcourt & Finch LLP"),
            ("Choose customer", "/customers/choose?connection=1&code=cus_h"),
        ),
        (Missing("setting", "currency", "Currency"), ("Review settings", "/connections/1")),
    ],
)
def test_what_is_missing_is_put_right_from_all_three(priya, bill, missing, step):
    bill("100.00", missing=missing)
    for path in ("/", "/sync-log", "/sync-log/invoice/1", "/invoices/1"):
        assert step in steps_on(priya.get(path).text), path


def test_what_waits_for_review_is_opened_from_its_row(priya, bill):
    number = bill("100.00", state=SyncState.HELD)
    own = ("Review it", "/invoices/1")
    for path in ("/", "/sync-log", "/sync-log/invoice/1"):
        assert own in steps_on(priya.get(path).text), path
    assert number in text_of(priya.get("/sync-log"))


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({"state": ConnectionState.PAUSED}, ("See the pause", "/connections/1")),
        ({"live": False}, ("Switch it on", "/connections/1/go-live")),
        ({"state": ConnectionState.BROKEN}, ("Reconnect QuickBooks", "/connections/1")),
    ],
)
def test_what_its_connection_keeps_back_leads_there(app, priya, bill, changes, step):
    bill("100.00", state=SyncState.WAITING)
    with app.app_context():
        connection = db.session.get_one(Connection, 1)
        for name, value in changes.items():
            setattr(connection, name, value)
        db.session.commit()
    for path in ("/sync-log", "/sync-log/invoice/1", "/invoices/1"):
        assert step in steps_on(priya.get(path).text), path


def test_what_is_refused_or_taken_back_is_looked_at_from_its_group(priya, bill):
    for _ in range(2):
        bill("100.00", state=SyncState.FAILED, problem=Problem("9999", "Refused."))
    review = ("Review 2 invoices", "/invoices?cause=refused:9999&connection=1")
    for path in ("/", "/sync-log"):
        assert review in steps_on(priya.get(path).text), path


def test_several_refused_are_told_of_one_by_name_with_its_exact_words(priya, bill):
    said = Problem(
        "6000",
        "QuickBooks refused it by one of its business rules.",
        what_to_do="Read QuickBooks’ exact words.",
        ledger_message="Business Validation Error: no VAT rate",
        ledger_request_id="1-6a1f",
    )
    first, *_ = (bill("100.00", state=SyncState.FAILED, problem=said) for _ in range(3))
    overview = text_of(priya.get("/"))
    told = f"{first}: QuickBooks refused it by one of its business rules. 2 others have the same"
    for page in (overview, text_of(priya.get("/sync-log"))):
        assert told in page
    assert "Exact error Business Validation Error: no VAT rate (6000) Request ID 1-6a1f" in overview


def test_several_that_wait_for_one_customer_are_told_as_several(priya, bill):
    said = Problem(
        "customer_not_settled",
        "Two customers there have this name.",
        what_to_do="Choose the customer. The invoice then goes by itself.",
        missing=(Missing("customer", "cus_h", "Harcourt & Finch LLP"),),
    )
    for _ in range(2):
        bill("100.00", state=SyncState.BLOCKED, problem=said)
    for path in ("/", "/sync-log"):
        page = text_of(priya.get(path))
        assert "Choose the customer. The invoices then go by themselves." in page
