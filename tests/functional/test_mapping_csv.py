"""Mappings as a file, at the command line: whole or not at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import select

from app.domain.states import MappingKind
from app.extensions import db
from app.models import CatalogueRow, Mapping
from tests.northgate import VAT0, Northgate, make_northgate

HEADER = "kind,code,ledger_id,ledger_name\n"


@pytest.fixture
def northgate(app: Flask) -> Northgate:
    """Three invoices: two codes each to map, nothing mapped."""
    with app.app_context():
        made = make_northgate()
        made.bill("INV-1")
        made.bill("INV-2", code="PRINT", name="Print management", tax=VAT0)
        made.look()
    return made


@pytest.fixture
def mapping(
    northgate: Northgate, cli: FlaskCliRunner, tmp_path: Path
) -> Callable[..., tuple[int, Any]]:
    """Run `flask mapping VERB`; a text after import is written to a file first."""

    def run(verb: str, *words: str, content: str | None = None) -> tuple[int, Any]:
        file = tmp_path / "mappings.csv"
        if content is not None:
            file.write_text(content, encoding="utf-8")
        files = [str(file)] if verb in ("import", "export") else []
        number = str(northgate.connection_id)
        result = cli.invoke(
            args=["mapping", verb, "--connection", number, *words, *files, "--json"]
        )
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result.exit_code, json.loads(result.stdout)

    return run


@pytest.fixture
def mapped(app: Flask) -> Callable[[], dict[str, str]]:
    def read() -> dict[str, str]:
        with app.app_context():
            return {m.code: m.ledger_id for m in db.session.scalars(select(Mapping))}

    return read


def test_suggest_lists_what_is_missing_with_reasons_and_maps_nothing(mapping, mapped):
    status, answer = mapping("suggest")
    assert status == 0
    assert {row["code"]: (row["ledger_id"], row["certainty"]) for row in answer["not_mapped"]} == {
        "MW-STD": ("31", "Certain"),
        "PRINT": ("34", "Check"),
        "VAT20": ("6", "Certain"),
        "VAT0": ("4", "Certain"),
    }
    assert mapped() == {}


def test_accepting_what_is_certain_leaves_the_rest_and_releases(mapping, mapped):
    status, answer = mapping("suggest", "--accept", "certain")
    assert (status, answer["accepted"], answer["released"]) == (0, 3, 1)
    assert mapped() == {"MW-STD": "31", "VAT20": "6", "VAT0": "4"}


def test_accepting_all_takes_the_uncertain_ones_too(mapping, mapped):
    assert mapping("suggest", "--accept", "all")[1]["released"] == 2
    assert mapped()["PRINT"] == "34"


def test_an_export_lists_unmapped_codes_with_empty_columns_to_fill_in(
    mapping, northgate, app, tmp_path
):
    with app.app_context():
        northgate.map("VAT20", "6", MappingKind.TAX_CODE)
    assert mapping("export")[0] == 0
    rows = list(csv.reader((tmp_path / "mappings.csv").read_text().splitlines()))
    assert rows == [
        ["kind", "code", "ledger_id", "ledger_name"],
        ["service", "MW-STD", "", ""],
        ["service", "PRINT", "", ""],
        ["tax_code", "VAT0", "", ""],
        ["tax_code", "VAT20", "6", "20.0% S"],
    ]


def test_an_import_maps_by_id_or_by_name_and_passes_over_empty_lines(mapping, mapped):
    content = HEADER + (
        "service,MW-STD,31,\nservice,PRINT,,managed security\ntax_code,VAT20,,\n\n"
        "tax_code,VAT0,4,0.0% Z\n"
    )
    status, answer = mapping("import", content=content)
    assert (status, answer) == (0, {"mapped": 3, "released": 1})
    assert mapped() == {"MW-STD": "31", "PRINT": "32", "VAT0": "4"}


def test_a_file_saved_by_a_european_spreadsheet_is_read(mapping, mapped):
    content = "\ufeffkind;code;ledger_id;ledger_name\r\nservice;MW-STD;31;Managed Workstation\r\n"
    assert mapping("import", content=content)[0] == 0
    assert mapped() == {"MW-STD": "31"}


def test_one_wrong_line_stops_the_whole_file_and_every_wrong_line_is_named(mapping, mapped):
    content = HEADER + (
        "service,MW-STD,31,\n"
        "service,NO-SUCH,31,\n"
        "product,MW-STD,31,\n"
        "service,PRINT,999,\n"
        "service,PRINT,32,Managed Server\n"
        "tax_code,VAT20,5,\n"
        "tax_code,VAT0,,Zero rated\n"
    )
    status, answer = mapping("import", content=content)
    assert status == 1
    assert [(e["line"], e["field"], e["message"]) for e in answer["errors"]] == [
        (3, "code", "Billing has no service with the code “NO-SUCH”."),
        (
            4,
            "kind",
            "“product” is not service, tax_code, class, department or payment_terms.",
        ),
        (5, "ledger_id", "The ledger has no entry with the id 999."),
        (6, "code", "“PRINT” stands on line 5 already."),
        (
            7,
            "confirmed",
            (
                "“VAT Standard 20%” is 20% in billing and “5.0% R” is 5%."
                " To map it all the same, write yes in its column confirmed."
            ),
        ),
        (8, "ledger_name", "The ledger has no active entry called “Zero rated”."),
    ]
    assert mapped() == {}


def test_an_id_of_another_company_is_caught_by_its_name(mapping, mapped):
    status, answer = mapping("import", content=HEADER + "service,PRINT,32,Managed Server\n")
    assert status == 1
    [error] = answer["errors"]
    assert error["message"] == "In this ledger 32 is “Managed Security”, not “Managed Server”."
    assert mapped() == {}


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ("", "header"),
        ("code,ledger\nMW-STD,31\n", "header"),
        (HEADER + 'service,"MW-STD,31,\n', "file"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(mapping, mapped, content, field):
    status, answer = mapping("import", content=content)
    assert (status, answer["errors"][0]["field"]) == (1, field)
    assert mapped() == {}


def test_cells_that_a_spreadsheet_would_run_are_escaped_and_read_back(
    mapping, northgate, app, tmp_path, mapped
):
    with app.app_context():
        northgate.bill("INV-3", code="=1+1", name="Formula")
        entry = db.session.scalars(select(CatalogueRow).filter_by(ledger_id="32")).one()
        entry.name = "@Security"
        db.session.commit()
        northgate.map("=1+1", "32")
    mapping("export")
    content = (tmp_path / "mappings.csv").read_text()
    assert "service,'=1+1,32,'@Security" in content

    assert mapping("import", content=content)[0] == 0
    assert mapped()["=1+1"] == "32"


def test_a_connection_that_is_not_there_is_said_so(cli, app, northgate):
    result = cli.invoke(args=["mapping", "suggest", "--connection", "99", "--json"])
    assert (result.exit_code, json.loads(result.stdout)["error"]["message"]) == (
        1,
        "There is no connection 99.",
    )
