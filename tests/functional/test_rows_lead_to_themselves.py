"""Every row of "Needs attention" leads to a page that says its number and its money."""

import html
import re
from decimal import Decimal

import pytest

from app.domain.problem import Missing, Problem
from app.domain.states import SyncState
from app.domain.undo import TAKEN_BACK
from app.extensions import db
from app.models import Connection
from tests.builders import (
    a_check,
    a_connection,
    a_difference,
    a_link,
    a_person,
    a_workspace,
    an_invoice,
)
from tests.visitor import Visitor, text_of


@pytest.fixture
def connection(app):
    """A company in use; 1,000.00 of another cause waits beside whatever a test makes."""
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace)
        made = a_connection(workspace, live=True)
        a_check(made)
        stopped(made, "900.00", "failed", code="6000")
        stopped(made, "100.00", "failed", code="6000", booked=True)
        db.session.commit()
        yield db.session.get_one(Connection, made.id)


def stopped(connection, total, state, *, code="", booked=False, problem=None, **more):
    problem = problem or Problem(code, "QuickBooks said no.", what_to_do="Correct it.")
    made = an_invoice(connection, total, SyncState(state), problem=problem, **more)
    if booked:
        a_link(made)
    return made


def missing(kind, code="C-1", name="Colocation"):
    def make(connection):
        for total in ("400.00", "47.09"):
            an_invoice(connection, total, missing=Missing(kind, code, name))

    return make


def two(state, **more):
    def make(connection):
        stopped(connection, "400.00", state, **more)
        stopped(connection, "47.09", state, **more)
        stopped(connection, "181.82", state, booked=True, **more)

    return make


def taken_back(connection):
    two("held", problem=Problem(TAKEN_BACK, "Taken back."))(connection)


def not_in_use(connection):
    two("waiting")(connection)
    connection.state = "paused"


def changed_there(connection):
    for total, there in (("89.06", "179.97"), ("10.00", "8.00")):
        a_link(an_invoice(connection, total, SyncState.DIFFERS), ledger_total=Decimal(there))


def differing(connection):
    check = a_check(connection, "differs")
    a_difference(check, "-400.00")
    a_difference(check, "47.09", kind="number")
    a_difference(check, "-12.00", kind="balance")
    a_difference(check, "-1.00", kind="balance")


def test_every_row_leads_to_exactly_what_it_counted(client, connection):
    for each in (
        missing("service"), missing("tax_code", "T-1", "VAT 20%"), missing("line", "service"),
        missing("customer", "cus_Oak & Ash Ltd", "Oak & Ash Ltd"), missing("tax"),
        missing("setting", "class", "Class"), missing("closed_period"), missing("document"),
        missing("connection"), missing("perhaps_there"), two("failed", code="6210"),
        two("dead", code="timeout"), two("held", problem=Problem("review", "Waits for review.")),
        taken_back, changed_there, differing,
    ):  # fmt: skip
        each(connection)
    not_in_use(a_connection(connection.workspace, live=True, company_id="77"))
    db.session.commit()
    priya = Visitor(client)
    rows = rows_of(priya.get("/").text)
    assert len(rows) == 19
    for title, sums, url in rows:
        page = priya.get(url)
        heading = f"{title}, {sums}" if sums else title
        assert heading in text_of(page), (heading, url)
        if url.startswith("/invoices?"):
            assert page.text.count('name="invoice" value=') == int(title.split()[0]), url
        if url.startswith("/reconciliation"):
            assert f"{sums} in all" in text_of(page), url


def test_a_row_of_one_difference_says_what_differs(client, connection):
    a_link(an_invoice(connection, "89.06", SyncState.DIFFERS), ledger_total=Decimal("179.97"))
    check = a_check(connection, "differs")
    a_difference(check, "-12.00", kind="balance")
    a_difference(check, "-400.00")
    db.session.commit()
    priya = Visitor(client)
    rows = rows_of(priya.get("/").text)
    assert {"£90.91", "£12.00", "£400.00"} < {sums for _, sums, _ in rows}
    for title, sums, url in rows:
        if sums != "£900.00":  # of the refused, which a list shows
            assert f"{title}, {sums}" in text_of(priya.get(url))


def rows_of(page):
    """Return title, amounts and address of every row."""
    found = []
    for row in page.split('<div class="work">')[1:]:
        title = re.search(r'<div class="fw-medium">(.*?)</div>', row, re.DOTALL)[1]
        figure = re.search(r'<div class="figure num">(.*?)</div>\s*<a', row, re.DOTALL)[1]
        sums = " and ".join(re.findall(r"[£€][\d,.]+", figure))
        url = re.search(r'<a class="btn[^"]*" href="([^"]*)"', row)[1]
        found.append((html.unescape(title), sums, html.unescape(url)))
    return found
