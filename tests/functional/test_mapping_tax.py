"""A tax code of another rate or kind is never mapped unnoticed: page, file and command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy import select

from app.domain.states import MappingKind
from app.extensions import db
from app.models import Mapping, Workspace
from app.usecases.mapping.map_codes import AnotherTax, Choice, save
from tests.builders import a_person
from tests.northgate import NOW, VAT20, Northgate, make_northgate
from tests.visitor import Visitor, text_of

EXEMPT = {"code": "EX", "name": "VAT Exempt", "rate": "0"}
UNCLEAR = {"code": "NIL", "name": "Disbursements 0%", "rate": "0"}
HEADER = "kind,code,ledger_id,ledger_name,confirmed\n"


@pytest.fixture
def northgate(app: Flask) -> Northgate:
    """Three invoices wait, for the standard rate, for exempt, and for a name that tells no kind."""
    with app.app_context():
        made = make_northgate()
        a_person(db.session.get_one(Workspace, made.workspace_id))
        made.map("MW-STD", "31")
        for number, tax in (("INV-1", VAT20), ("INV-2", EXEMPT), ("INV-3", UNCLEAR)):
            made.bill(number, tax=tax)
        made.look()
    return made


@pytest.fixture
def priya(client: FlaskClient, northgate: Northgate) -> Visitor:
    return Visitor(client)


def mapped(app: Flask) -> dict[str, str]:
    with app.app_context():
        rows = db.session.scalars(select(Mapping).where(Mapping.kind == "tax_code"))
        return {row.code: row.ledger_id for row in rows}


@pytest.mark.parametrize(
    ("code", "entry", "sentence"),
    [
        ("VAT20", "5", "“VAT Standard 20%” is 20% in billing and “5.0% R” is 5%."),
        ("VAT20", "12", "Both are 20%, but .* is taxed and .* is a reverse charge"),
        ("EX", "4", "Both are 0%, but “VAT Exempt” is exempt and “0.0% Z” is zero-rated"),
        ("EX", "3", "“VAT Exempt” is exempt and “No VAT” is without tax"),
    ],
)
def test_another_rate_or_kind_takes_a_second_yes(
    app: Flask, northgate: Northgate, code: str, entry: str, sentence: str
) -> None:
    with app.app_context():
        who: dict[str, Any] = {"actor": "Priya Nair", "user_id": None, "now": NOW}
        choice = Choice(MappingKind.TAX_CODE, code, entry)
        with pytest.raises(AnotherTax, match=sentence):
            save(northgate.connection_id, choice, **who)
        confirmed = Choice(MappingKind.TAX_CODE, code, entry, confirmed=True)
        save(northgate.connection_id, confirmed, **who)
    assert mapped(app) == {code: entry}


def form(northgate: Northgate, entry: str, name: str, **more: str) -> dict[str, Any]:
    fields = {"kind": "tax_code", "code": "VAT20", "ledger_id": entry, "ledger_name": name}
    return fields | {"connection": northgate.connection_id} | more


def test_a_yes_is_for_the_entry_it_was_said_about(
    app: Flask, priya: Visitor, northgate: Northgate
) -> None:
    asked = priya.post("/mappings/save", part=True, **form(northgate, "5", "5.0% R"))
    assert 'name="confirmed" value="5"' in asked.text
    other = form(northgate, "4", "0.0% Z", confirmed="5")
    assert priya.post("/mappings/save", part=True, **other).status_code == 422
    assert mapped(app) == {}
    same = form(northgate, "5", "5.0% R", confirmed="5")
    assert priya.post("/mappings/save", part=True, **same).status_code == 200
    assert mapped(app) == {"VAT20": "5"}


def test_both_rates_stand_on_the_page_before_and_after(
    priya: Visitor, northgate: Northgate
) -> None:
    assert "20% in billing, 20% in QuickBooks" in text_of(priya.get("/mappings"))
    priya.post("/mappings/save", **form(northgate, "5", "5.0% R", confirmed="5"))
    assert "20% in billing, 5% in QuickBooks" in text_of(priya.get("/mappings"))


def test_accepting_everything_leaves_a_kind_that_nobody_can_tell(
    app: Flask, priya: Visitor, northgate: Northgate
) -> None:
    priya.post("/mappings/accept", connection=northgate.connection_id, which="all")
    assert mapped(app) == {"VAT20": "6", "EX": "2"}


def test_the_command_line_accepts_no_more_than_the_page(
    app: Flask, cli: FlaskCliRunner, northgate: Northgate
) -> None:
    number = str(northgate.connection_id)
    cli.invoke(args=["mapping", "suggest", "--connection", number, "--accept", "all"])
    assert mapped(app) == {"VAT20": "6", "EX": "2"}


def test_a_file_says_yes_line_by_line(
    app: Flask, cli: FlaskCliRunner, northgate: Northgate, tmp_path: Path
) -> None:
    file = tmp_path / "mappings.csv"

    def imported(content: str) -> Any:
        file.write_text(content, encoding="utf-8")
        number = str(northgate.connection_id)
        done = cli.invoke(args=["mapping", "import", "--connection", number, str(file), "--json"])
        return json.loads(done.stdout)

    refused = imported(f"{HEADER}tax_code,VAT20,5,,\ntax_code,EX,4,,no\n")
    assert [error["field"] for error in refused["errors"]] == ["confirmed", "confirmed"]
    assert mapped(app) == {}
    assert imported(f"{HEADER}tax_code,VAT20,5,,yes\n")["mapped"] == 1
    # What is so already may come back without a yes, as it was exported.
    assert "errors" not in imported("kind,code,ledger_id,ledger_name\ntax_code,VAT20,5,5.0% R\n")
    assert mapped(app) == {"VAT20": "5"}
