"""The sync log: what needs somebody by cause, what was done, and the file of both."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.problem import Missing, Problem
from app.domain.states import DocumentKind, Operation, PushState, SyncState
from app.extensions import db
from app.models import (
    Attempt,
    Connection,
    Invoice,
    LedgerCreditRow,
    LedgerPaymentRow,
    Push,
)
from tests.builders import a_connection, a_person, a_workspace, an_invoice
from tests.visitor import Visitor, text_of

VAT_ZERO = Missing("tax_code", "VAT0", "VAT Zero 0%")
CLOSED = Problem("6210", "QuickBooks is closed to 31 October 2026.", what_to_do="Reopen it.")


@pytest.fixture
def northgate(app: Flask) -> int:
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        connection = a_connection(workspace)
        db.session.commit()
        return connection.id


@pytest.fixture
def bill(app: Flask, northgate: int) -> Callable[..., str]:
    """Make an invoice, with a try of it when one is described; returns its number."""

    def make(*args: Any, tried: dict[str, Any] | None = None, **changes: Any) -> str:
        with app.app_context():
            connection = db.session.get_one(Connection, northgate)
            invoice = an_invoice(connection, *args, **changes)
            if tried is not None:
                _try(connection, invoice.id, **tried)
            db.session.commit()
            return invoice.number

    return make


def _try(connection: Connection, invoice_id: int, **values: Any) -> None:
    push = Push(
        workspace_id=connection.workspace_id,
        connection_id=connection.id,
        document_kind=DocumentKind.INVOICE,
        document_id=invoice_id,
        operation=Operation.CREATE,
        revision=1,
        state=PushState.DONE,
        due_at=datetime.now(UTC),
        key=f"key-{invoice_id}",
    )
    db.session.add(push)
    db.session.flush()
    standard = {"started_at": datetime.now(UTC), "milliseconds": 812, "outcome": "pushed"}
    db.session.add(
        Attempt(
            workspace_id=connection.workspace_id,
            push_id=push.id,
            connection_id=connection.id,
            **standard | {"words": "Booked in QuickBooks."} | values,
        )
    )


@pytest.fixture
def pulled(app: Flask, northgate: int) -> None:
    """A payment and a credit note came back."""
    with app.app_context():
        connection = db.session.get_one(Connection, northgate)
        common = {"workspace_id": connection.workspace_id, "connection_id": connection.id}
        now = datetime.now(UTC)
        payment = LedgerPaymentRow(
            ledger_id="9034", received_on=date(2026, 11, 20), currency="GBP",
            amount=Decimal("3210.00"), unapplied=Decimal(0), reference="BACS-1", read_at=now,
            **common,
        )  # fmt: skip
        credit = LedgerCreditRow(
            ledger_id="412", customer_name="Wren & Sons Joinery", currency="GBP", read_at=now,
            total=Decimal("216.00"), tax_total=Decimal(0), balance=Decimal(0), **common,
        )  # fmt: skip
        db.session.add_all([payment, credit])
        db.session.commit()


@pytest.fixture
def priya(client: FlaskClient, northgate: int) -> Visitor:
    return Visitor(client)


def listed(answer: Any) -> list[str]:
    return re.findall(r'/invoices/\d+">(INV-[^<]+)</a>', answer.text)


def table(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_what_needs_somebody_is_grouped_by_cause_dearest_first(priya, bill):
    bill("100.00", state=SyncState.FAILED, problem=CLOSED)
    for _ in range(5):
        bill("200.00", missing=VAT_ZERO)
    page = text_of(priya.get("/sync-log"))
    mapping = page.index("5 invoices wait for a tax-code mapping: VAT Zero 0% £1,000.00.")
    refused = page.index("1 invoice was refused")
    assert mapping < refused
    assert "Show the other 2" in page
    assert "QuickBooks is closed to 31 October 2026. Reopen it." in page


def test_showing_the_others_lists_every_invoice_of_the_cause(priya, bill):
    numbers = {bill(missing=VAT_ZERO) for _ in range(5)}
    bill(state=SyncState.FAILED, problem=CLOSED)
    assert set(listed(priya.get("/sync-log?cause=tax_code:VAT0"))) == numbers


def test_refused_waiting_and_in_progress_are_apart(priya, bill):
    refused = bill(state=SyncState.FAILED, problem=CLOSED)
    waiting = bill(missing=VAT_ZERO)
    queued = bill(state=SyncState.WAITING)
    for show, number in [("refused", refused), ("waiting", waiting), ("progress", queued)]:
        assert listed(priya.get(f"/sync-log?show={show}")) == [number]


def test_tries_and_what_was_pulled_back_stand_in_one_list(priya, bill, pulled):
    number = bill(tried={"ledger_request_id": "1-6a1f"})
    page = text_of(priya.get("/sync-log?show=all"))
    assert f"{number} Oak & Ash Ltd To QuickBooks £540.00 In the ledger 1 0.8 s" in page
    assert "Payment 9034 From QuickBooks £3,210.00 Pulled back" in page
    minus = "\u2212\u2060"
    assert f"Credit note 412 Wren & Sons Joinery From QuickBooks {minus}£216.00" in page
    assert "All 3" in page


def test_directions_are_told_apart(priya, bill, pulled):
    number = bill(tried={})
    assert "Payment 9034" not in text_of(priya.get("/sync-log?show=all&direction=out"))
    assert number not in text_of(priya.get("/sync-log?show=all&direction=in"))


def test_a_request_id_finds_its_try_and_its_invoice(priya, bill):
    number = bill(
        state=SyncState.FAILED, problem=CLOSED,
        tried={"outcome": "failed", "ledger_request_id": "1-6a1f11b2-5c0d8e31"},
    )  # fmt: skip
    bill(tried={"ledger_request_id": "another"})
    for show in ("all", "needs"):
        page = priya.get(f"/sync-log?show={show}&q=1-6a1f11b2-5c0d8e31", part=True)
        assert listed(page) == [number]


def test_done_leaves_out_what_failed(priya, bill):
    done = bill(tried={})
    bill(tried={"outcome": "failed"})
    assert listed(priya.get("/sync-log?show=done", part=True)) == [done]


def test_yesterday_is_not_today(priya, bill):
    bill(tried={"started_at": datetime.now(UTC) - timedelta(days=2)})
    assert "Nothing in this time" in text_of(priya.get("/sync-log?show=all&period=today"))
    assert len(listed(priya.get("/sync-log?show=all&period=30", part=True))) == 1


def test_pages_of_the_log_follow_each_other_even_within_one_moment(priya, bill):
    moment = datetime.now(UTC) - timedelta(minutes=1)
    made = {bill(tried={"started_at": moment}) for _ in range(70)}
    seen: list[str] = []
    path: str | None = "/sync-log?show=all"
    while path:
        answer = priya.get(path, part=True)
        seen += listed(answer)
        older = re.search(r'href="([^"]+)" rel="next"', answer.text)
        path = older and older.group(1).replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 70
    assert set(seen) == made


def test_new_rows_are_counted_and_wait_to_be_asked_for(priya, bill):
    since = quote(datetime.now(UTC).isoformat())
    assert text_of(priya.get(f"/sync-log/new?since={since}", part=True)) == ""
    bill(tried={})
    bill(tried={})
    assert "Show 2 new rows" in text_of(priya.get(f"/sync-log/new?since={since}", part=True))
    assert priya.get("/sync-log/new?since=yesterday").status_code == 404


def test_the_details_hold_the_ledgers_exact_words(priya, bill):
    bill(
        state=SyncState.FAILED, problem=CLOSED,
        tried={
            "outcome": "failed", "code": "6210", "ledger_message": "Account Period Closed",
            "ledger_request_id": "1-6a1f",
        },
    )  # fmt: skip
    for path in ("/sync-log/invoice/1", "/sync-log/attempt/1"):
        detail = text_of(priya.get(path, part=True))
        assert "code 6210, “Account Period Closed”" in detail
        assert "1-6a1f" in detail
        assert "key-1" in detail


def test_the_button_of_one_row_moves_that_row_and_not_the_ticked_ones(priya, bill, app):
    bill(state=SyncState.FAILED, problem=CLOSED)
    bill(state=SyncState.FAILED, problem=CLOSED)
    priya.post("/invoices/bulk", invoice=[1], one="retry 2")
    assert len(listed(priya.get("/sync-log?show=refused", part=True))) == 1


def test_the_file_has_plain_numbers_iso_times_and_the_words_shown(priya, bill, pulled):
    number = bill(
        "1234.50", customer="=cmd", tried={"outcome": "failed", "code": "6210", "words": "-no"}
    )
    rows = table(priya.get("/sync-log/sync-log.csv?show=all"))
    assert {row["what"] for row in rows} == {number, "Payment 9034", "Credit note 412"}
    mine = next(row for row in rows if row["what"] == number)
    assert (mine["amount"], mine["currency"], mine["result"]) == ("1234.50", "GBP", "Refused")
    assert (mine["customer"], mine["words"]) == ("'=cmd", "'-no")
    assert datetime.fromisoformat(mine["when"]).tzinfo is not None
    credit = next(row for row in rows if row["what"] == "Credit note 412")
    assert credit["amount"] == "-216.00"


def test_the_file_of_what_needs_somebody_or_of_the_chosen_rows(priya, bill):
    first, second = bill(missing=VAT_ZERO), bill(missing=VAT_ZERO)
    bill()
    rows = table(priya.get("/sync-log/sync-log.csv?show=needs"))
    assert [row["what"] for row in rows] == [second, first]
    assert rows[0]["result"] == "Waiting for mapping"
    chosen = table(priya.get("/sync-log/sync-log.csv?show=needs&invoice=1"))
    assert [row["what"] for row in chosen] == [first]


def test_another_workspace_sees_none_of_it(client, app, bill, pulled):
    number = bill(state=SyncState.FAILED, problem=CLOSED, tried={"ledger_request_id": "1-6a1f"})
    with app.app_context():
        a_person(a_workspace("harcourt"), "owner", "tom@harcourt.example")
    tom = Visitor(client, "tom@harcourt.example")
    for show in ("needs", "all"):
        page = text_of(tom.get(f"/sync-log?show={show}"))
        assert number not in page
        assert "Payment 9034" not in page
        assert "Wren & Sons" not in page
    assert tom.get("/sync-log/attempt/1").status_code == 404
    assert tom.get("/sync-log/invoice/1").status_code == 404
    since = quote("2020-01-01T00:00:00+00:00")
    assert text_of(tom.get(f"/sync-log/new?since={since}")) == ""
    assert table(tom.get("/sync-log/sync-log.csv?show=all&period=ever")) == []
    assert table(tom.get("/sync-log/sync-log.csv?invoice=1")) == []


def test_an_empty_log_says_so(priya):
    assert "Nothing needs you" in text_of(priya.get("/sync-log"))
    assert "Nothing in this time" in text_of(priya.get("/sync-log?show=all"))
    assert "Nothing is refused" in text_of(priya.get("/sync-log?show=refused"))


GAVE_UP = Problem("503", "QuickBooks did not answer.")
TIMED_OUT = Problem("timeout", "The answer never came.")


def moved(app: Flask) -> list[str]:
    with app.app_context():
        return sorted(db.session.scalars(select(Invoice.sync_state)))


def press(priya: Visitor, page: str, label: str) -> Any:
    """Follow the button of that name on a page and say yes; returns the page it leads to."""
    link = rf'href="([^"]+)">(?:<svg.*?</svg>)?{label}<'
    found = re.search(link, priya.get(page).text)
    assert found, f"no button {label!r} on {page}"
    return priya.get(said_yes(priya, html.unescape(found[1])).location)


def said_yes(priya: Visitor, address: str) -> Any:
    """Say yes to the page that asks, which changes nothing itself."""
    asks = priya.get(address)
    assert "Nothing is changed yet." in asks.text
    up_to = re.search(r'name="up_to" value="(\d+)"', asks.text)
    return priya.post(address, up_to=up_to[1] if up_to else 0)


def test_what_was_given_up_is_listed_by_the_last_answer_with_count_and_money(priya, bill):
    for _ in range(4):
        bill("100.00", state=SyncState.DEAD, problem=GAVE_UP)
    bill("250.00", state=SyncState.DEAD, problem=TIMED_OUT)

    page = text_of(priya.get("/sync-log?show=refused"))

    assert "4 invoices got no answer, and we stopped trying £400.00." in page
    assert "QuickBooks did not answer." in page
    assert "1 invoice got no answer, and we stopped trying £250.00." in page


def test_all_of_one_cause_are_tried_again_in_one_press_and_no_others(app, priya, bill):
    for _ in range(60):
        bill("100.00", state=SyncState.DEAD, problem=GAVE_UP)
    bill("250.00", state=SyncState.DEAD, problem=TIMED_OUT)

    press(priya, "/sync-log?show=refused", "Try all 60 again")

    assert moved(app) == ["dead"] + ["waiting"] * 60


def test_all_of_one_cause_are_tried_again_from_the_list_of_invoices_too(app, priya, bill):
    for _ in range(2):
        bill("100.00", state=SyncState.FAILED, problem=CLOSED)

    press(priya, "/invoices?cause=refused:6210", "Try all 2 again")

    assert moved(app) == ["waiting"] * 2


def test_a_search_within_a_cause_offers_no_button_for_all_of_it(priya, bill):
    number = bill("100.00", state=SyncState.FAILED, problem=CLOSED)
    bill("100.00", state=SyncState.FAILED, problem=CLOSED)

    for page in ("/invoices?cause=refused:6210", "/sync-log?show=needs"):
        assert "/invoices/all/retry" in priya.get(page).text
        assert "/invoices/all/retry" not in priya.get(f"{page}&q={number}").text


def test_a_cause_of_one_company_leaves_the_other_companys_alone(app, priya, northgate, bill):
    with app.app_context():
        first = db.session.get_one(Connection, northgate)
        other = a_connection(first.workspace, company_id="2", company_name="Southgate Ltd")
        an_invoice(other, "700.00", SyncState.DEAD, problem=GAVE_UP)
        db.session.commit()
    bill("100.00", state=SyncState.DEAD, problem=GAVE_UP)

    page = text_of(priya.get("/sync-log"))
    assert "1 invoice got no answer, and we stopped trying £700.00." in page
    assert "1 invoice got no answer, and we stopped trying £100.00." in page
    said_yes(priya, f"/invoices/all/retry?cause=gave_up:503&connection={northgate}")

    assert moved(app) == ["dead", "waiting"]


def test_a_cause_that_is_gone_meanwhile_is_a_sentence(priya, bill):
    bill("100.00", state=SyncState.PUSHED)

    address = "/invoices/all/retry?cause=gave_up:503"

    assert "None matches any more" in priya.get(address).text
    priya.post(address, up_to=1)
    assert "none matches any more" in priya.get("/sync-log").text


@pytest.mark.parametrize("address", ["never?cause=refused:6210", "retry?cause=", "retry"])
def test_only_trying_again_and_pushing_reach_all_of_a_cause(app, priya, bill, address):
    bill("100.00", state=SyncState.FAILED, problem=CLOSED)

    assert priya.get(f"/invoices/all/{address}").status_code == 404
    assert priya.post(f"/invoices/all/{address}", up_to=1).status_code == 404

    assert moved(app) == ["failed"]
