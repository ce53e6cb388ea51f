"""A file of mappings on its page: shown line by line, written once somebody says so."""

from __future__ import annotations

import html
import io
import re
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.domain.states import MappingKind
from app.extensions import db
from app.models import AuditEntry, Mapping, Workspace
from tests.builders import a_person
from tests.northgate import Northgate, make_northgate
from tests.visitor import Visitor, text_of

HEADER = "kind,code,ledger_id,ledger_name\n"
RIGHT = f"{HEADER}service,SOC,32,\nservice,MW-STD,35,\nservice,PRINT,,\ntax_code,VAT20,6,\n"


@pytest.fixture
def northgate(app: Flask) -> Northgate:
    """MW-STD and VAT20 are mapped, SOC and PRINT are not; INV-2 waits for SOC."""
    with app.app_context():
        made = make_northgate()
        a_person(db.session.get_one(Workspace, made.workspace_id))
        made.map("VAT20", "6", MappingKind.TAX_CODE)
        made.map("MW-STD", "31")
        made.bill("INV-1")
        made.bill("INV-2", code="SOC", name="Managed SOC (MDR)")
        made.bill("INV-3", code="PRINT", name="Printing")
        made.know_customers()
        made.look()
    return made


@pytest.fixture
def priya(client: FlaskClient, northgate: Northgate) -> Visitor:
    return Visitor(client)


def choose(person: Visitor, northgate: Northgate, content: str | bytes) -> TestResponse:
    """Choose a file on the page."""
    raw = content.encode() if isinstance(content, str) else content
    upload = (io.BytesIO(raw), "mappings.csv")
    return person.post("/mappings/import", connection=northgate.connection_id, file=upload)


def press_apply(
    person: Visitor, northgate: Northgate, content: str, shown: TestResponse
) -> TestResponse:
    """Press the button of a preview."""
    seal = re.findall(r'name="seal" value="([^"]+)"', shown.text)[0]
    return person.post("/mappings/import/apply", connection=northgate.connection_id,
                       content=content.replace("\n", "\r\n"), seal=seal)  # fmt: skip


def press_as_a_browser(person: Visitor, shown: TestResponse) -> TestResponse:
    """Send a preview's form back with what it holds, encoded as it says."""
    form = re.findall(
        r'<form[^>]*action="/mappings/import/apply".*?</form>', shown.text, re.DOTALL
    )[0]
    pairs = re.findall(r'name="(\w+)" value="([^"]*)"', form)
    fields = {name: html.unescape(value).replace("\n", "\r\n") for name, value in pairs}
    if 'enctype="multipart/form-data"' in form:
        return person.client.post(
            "/mappings/import/apply", data=fields, content_type="multipart/form-data"
        )
    return person.client.post("/mappings/import/apply", data=urlencode(fields),
                              content_type="application/x-www-form-urlencoded")  # fmt: skip


def mapped(app: Flask) -> dict[str, str]:
    with app.app_context():
        return {m.code: m.ledger_id for m in db.session.scalars(select(Mapping))}


def test_a_file_is_shown_line_by_line_and_writes_nothing(priya, app, northgate):
    page = text_of(choose(priya, northgate, RIGHT))
    assert "Apply 2 changes?" in page
    assert "1 new, 1 changed, 1 unchanged, 1 line without an entry is passed over" in page
    assert "2 Managed SOC (MDR) SOC Service Not mapped Managed Security New" in page
    assert "3 Managed Workstation MW-STD Service Managed Workstation Cloud backup Changed" in page
    assert mapped(app) == {"VAT20": "6", "MW-STD": "31"}


def test_pressing_apply_writes_what_was_shown_and_releases_what_waited(priya, app, northgate):
    shown = choose(priya, northgate, RIGHT)
    answer = press_apply(priya, northgate, RIGHT, shown)
    assert answer.status_code == 303
    assert "Mapped 2 codes. 1 invoice goes to QuickBooks now." in text_of(
        priya.get(answer.location)
    )
    assert mapped(app) == {"VAT20": "6", "MW-STD": "35", "SOC": "32"}
    with app.app_context():
        imported = select(func.count()).where(AuditEntry.action == "mapping.import")
        assert db.session.scalar(imported) == 2


def test_a_preview_that_somebody_overtook_is_shown_again_and_not_written(priya, app, northgate):
    shown = choose(priya, northgate, RIGHT)
    with app.app_context():
        northgate.map("SOC", "33")
    answer = press_apply(priya, northgate, RIGHT, shown)
    assert answer.status_code == 409
    page = text_of(answer)
    assert "Mappings were changed while this page was open." in page
    assert "Managed SOC (MDR) SOC Service Microsoft 365 licences Managed Security Changed" in page
    assert mapped(app)["SOC"] == "33"


def test_pressing_apply_twice_changes_nothing_the_second_time(priya, app, northgate):
    shown = choose(priya, northgate, RIGHT)
    press_apply(priya, northgate, RIGHT, shown)
    again = press_apply(priya, northgate, RIGHT, shown)
    assert "Nothing would change" in text_of(again)


def test_wrong_lines_are_named_with_their_reason_and_hold_the_whole_file_back(
    priya, app, northgate
):
    answer = choose(priya, northgate, f"{HEADER}service,NONE,32,\nservice,PRINT,99,\n")
    page = text_of(answer)
    assert answer.status_code == 422
    assert "2 lines are wrong. Nothing can be imported yet" in page
    assert "2 code Billing has no service with the code “NONE”." in page
    assert "3 ledger_id The ledger has no entry with the id 99." in page
    assert 'name="seal"' not in answer.text
    with_old_seal = priya.post("/mappings/import/apply", connection=northgate.connection_id,
                               content=f"{HEADER}service,NONE,32,\n", seal="x")  # fmt: skip
    assert with_old_seal.status_code == 409
    assert mapped(app) == {"VAT20": "6", "MW-STD": "31"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Choose a file first."),
        ("kind,code\u00e9".encode("latin-1"), "The file is not UTF-8 text."),
        (b"x" * 400_001, "The file is larger than 400 KB."),
    ],
)
def test_what_is_no_file_of_ours_is_said_so(priya, northgate, content, sentence):
    answer = choose(priya, northgate, content)
    assert sentence in text_of(priya.get(answer.location))


def test_an_exported_file_comes_back_unchanged(priya, northgate):
    exported = priya.get(f"/mappings/mappings.csv?connection={northgate.connection_id}").text
    page = text_of(choose(priya, northgate, exported))
    assert "Nothing would change" in page
    assert "2 unchanged" in page


def test_the_largest_file_that_is_shown_can_be_applied(priya, app, northgate):
    comments = ",,,,,,,,,,,\n" * 30_000
    shown = choose(priya, northgate, RIGHT + comments)
    assert "Apply 2 changes?" in text_of(shown)

    assert press_as_a_browser(priya, shown).status_code == 303
    assert mapped(app)["MW-STD"] == "35"

    answer = choose(priya, northgate, RIGHT + ",,,\n" * 99_000)
    assert "The file is larger than 400 KB." in text_of(priya.get(answer.location))
