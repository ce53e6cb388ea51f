"""The sync log's tabs: one filter for page, tab and file; what was tried is in one of two."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

from app.domain.problem import Problem
from app.domain.states import PushState, SyncState
from app.extensions import db
from app.models import Invoice, Push
from tests.functional import test_sync_log_pages as pages
from tests.functional.test_sync_log_pages import listed, table
from tests.visitor import text_of

northgate, bill, pulled, priya = pages.northgate, pages.bill, pages.pulled, pages.priya
REFUSED = {"outcome": SyncState.FAILED, "words": "QuickBooks refused it."}


def file_of(priya, page):
    link = re.search(r'id="export"[^>]*href="([^"]+)"', page.text)
    return table(priya.get(html.unescape(link[1])))


def count(page, tab):
    return int(re.search(rf">{tab} <span[^>]*>(\d+)<", page.text)[1])


def test_where_nothing_needs_anybody_the_page_its_tab_and_its_file_are_all_there_is(
    priya,
    bill,
    pulled,
):
    number = bill(tried={})
    page = priya.get("/sync-log")
    assert re.search(r'active"[^>]*aria-current="true">All ', page.text)
    assert listed(page) == [number]
    assert len(file_of(priya, page)) == count(page, "All") == 3
    needs = priya.get("/sync-log?show=needs")
    assert file_of(priya, needs) == []
    assert listed(needs) == []
    typed = priya.get("/sync-log?show=all&q=BACS-1", part=True)
    assert 'hx-swap-oob="true"' in typed.text
    assert len(file_of(priya, typed)) == 1


def test_every_try_is_done_or_not_done_and_what_was_booked_since_is_not_refused(
    app,
    priya,
    bill,
    pulled,
):
    since_booked = bill(tried=REFUSED)
    done = bill(tried={})
    page = priya.get("/sync-log?show=undone")
    assert listed(page) == [since_booked]
    assert [row["what"] for row in file_of(priya, page)] == [since_booked]
    assert (count(page, "Done"), count(page, "Not done"), count(page, "All")) == (3, 1, 4)
    assert done not in page.text
    assert text_of(priya.get("/sync-log?show=undone&direction=in")).count("Nothing in this time")
    assert "refused" not in text_of(priya.get("/"))

    with app.app_context():
        invoice = db.session.query(Invoice).filter_by(number=since_booked).one()
        invoice.sync_state = SyncState.FAILED
        invoice.problem = Problem("6210", "Refused.").as_json()
        push = db.session.query(Push).filter_by(document_id=invoice.id).one()
        push.state = PushState.FAILED
        db.session.commit()
    assert "1 refused" in text_of(priya.get("/"))
    assert count(priya.get("/sync-log"), "Refused") == 1


def test_each_tab_says_how_many_rows_it_shows_and_a_search_says_none(priya, bill, pulled):
    bill(tried={})
    bill(state=SyncState.FAILED, problem=Problem("6210", "Refused."), tried=REFUSED)
    bill(state=SyncState.HELD)
    bill(state=SyncState.WAITING)
    page = priya.get("/sync-log")
    shown = {
        "Needs you": "needs", "Refused": "refused", "Waiting": "waiting",
        "In progress": "progress", "Done": "done", "Not done": "undone", "All": "all",
    }  # fmt: skip
    for tab, show in shown.items():
        rows = priya.get(f"/sync-log?show={show}", part=True).text.count('<tr class="entry">')
        assert (tab, count(page, tab)) == (tab, rows)
    words = text_of(page)
    assert "Invoices as they stand Needs you 2" in words
    assert "Tries, payments and credit notes, last 30 days Done 3" in words
    for narrowed in ("q=INV", "connection=1", "show=all&direction=in"):
        assert not re.search(r"Done <span", priya.get(f"/sync-log?{narrowed}").text), narrowed


def test_another_period_brings_its_own_numbers_with_its_rows(app, priya, bill):
    bill(tried={"started_at": datetime.now(UTC) - timedelta(days=60)})
    assert count(priya.get("/sync-log?show=all"), "All") == 0
    ever = priya.get("/sync-log?show=all&period=ever", part=True)
    assert count(ever, "All") == 1
    assert "credit notes, all 7 years" in text_of(ever)
