"""Creating an item by the mappings page, the command line and REST."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.states import ConnectionState
from app.extensions import db
from app.models import Connection, Mapping, Workspace
from app.usecases.accounts import create_api_key
from simulator.client import NORTHGATE
from tests.builders import a_person
from tests.connected import Connected, connect
from tests.visitor import Visitor, text_of

SOC = "Managed SOC (MDR)"
SALES = "80"


@pytest.fixture
def northgate(app: Flask, simulator: Any) -> Connected:
    """Two services that nothing in the ledger is close to; an invoice waits for each."""
    with app.app_context():
        made = connect(simulator)
        workspace = db.session.get_one(Workspace, made.workspace_id)
        a_person(workspace)
        a_person(workspace, "viewer", "vera@northgate.example")
        made.map_all()
        made.bill("INV-1", code="SOC", name=SOC)
        made.bill("INV-2", code="STAR", name="Starlink")
        made.drain()
    return made


@pytest.fixture
def priya(client: FlaskClient, northgate: Connected) -> Visitor:
    return Visitor(client)


def of(northgate: Connected, code: str = "SOC", **more: Any) -> dict[str, Any]:
    return {"connection": northgate.connection_id, "kind": "service", "code": code, **more}


def drain(app: Flask, northgate: Connected) -> None:
    with app.app_context():
        northgate.drain()


def poll(priya: Visitor, northgate: Connected, code: str = "SOC") -> Any:
    """Ask for the row as the page does while its item is on its way."""
    address = f"/mappings/row?connection={northgate.connection_id}&kind=service&code={code}"
    return priya.get(f"{address}&list=unmapped&creating=1", part=True)


def test_the_account_is_asked_for_once_and_the_row_tells_how_it_goes(priya, app, northgate):
    asked = priya.post("/mappings/create-item", part=True, **of(northgate))
    assert asked.status_code == 422
    assert "Choose the income account that new items post to." in text_of(asked)
    assert f'<option value="{SALES}">Sales</option>' in asked.text
    assert "Office expenses" not in asked.text

    created = priya.post("/mappings/create-item", part=True, **of(northgate, account=SALES))
    assert "Being created" in text_of(created)
    assert 'hx-trigger="every 2s"' in created.text
    assert f"“{SOC}” is being created in QuickBooks." in text_of(created)

    drain(app, northgate)
    done = poll(priya, northgate)
    assert "hx-trigger" not in done.text
    assert "You, just now" in text_of(done)
    assert f"“{SOC}” was created in QuickBooks and mapped." in text_of(done)


def test_a_refused_creation_shows_why_and_offers_what_has_the_name(priya, app, northgate):
    there = northgate.simulator.create(
        NORTHGATE, "items", Name=SOC, Type="Service", IncomeAccountRef={"value": SALES}
    )
    priya.post("/mappings/create-item", part=True, **of(northgate, account=SALES))
    drain(app, northgate)
    row = poll(priya, northgate)
    assert f"“{SOC}” was not created." in text_of(row)
    assert "Map the service to it, or create the item under another name." in text_of(row)
    assert f'value="{there["Id"]}" data-picked' in row.text


def test_the_picker_offers_to_create_what_was_typed_and_only_what_is_not_there(priya, northgate):
    address = f"/mappings/search?connection={northgate.connection_id}&kind="
    assert "Create “Onsite day” in QuickBooks" in text_of(
        priya.get(f"{address}service&q=Onsite day")
    )
    assert "Create" not in text_of(priya.get(f"{address}service&q=managed workstation"))
    assert "Create" not in text_of(priya.get(f"{address}tax_code&q=Half"))


def test_what_was_typed_is_created_from_the_field_of_the_row(priya, app, northgate):
    priya.post("/mappings/create-item", part=True, **of(northgate, "STAR", account=SALES))
    form = of(northgate, ledger_name="SOC service", ledger_id="new", expected="")
    answer = priya.post("/mappings/save", part=True, **form)
    assert "“SOC service” is being created in QuickBooks." in text_of(answer)
    drain(app, northgate)
    with app.app_context():
        names = dict(db.session.execute(select(Mapping.code, Mapping.ledger_name)).all())
    assert (names["SOC"], names["STAR"]) == ("SOC service", "Starlink")


def test_a_name_nothing_has_can_be_created_without_a_script(priya, northgate):
    form = of(northgate, ledger_name="SOC service", expected="")
    answer = priya.post("/mappings/save", **form)
    assert answer.status_code == 422
    assert "QuickBooks has no active item called “SOC service”." in text_of(answer)
    assert "Create “SOC service” in QuickBooks" in text_of(answer)


def test_all_that_nothing_is_close_to_are_created_when_pressed(priya, app, northgate):
    assert "Create 2 missing" in text_of(priya.get("/mappings"))
    answer = priya.post(
        "/mappings/create-missing", connection=northgate.connection_id, account=SALES
    )
    assert answer.status_code == 302
    page = text_of(priya.get("/mappings"))
    assert "2 items are being created in QuickBooks." in page
    assert "missing…" not in page
    drain(app, northgate)
    assert "Everything is mapped" in text_of(priya.get("/mappings"))


@pytest.mark.parametrize("path", ["/mappings/create-item", "/mappings/create-missing"])
def test_a_viewer_creates_nothing(client, northgate, path):
    vera = Visitor(client, "vera@northgate.example")
    assert vera.post(path, **of(northgate, account=SALES)).status_code == 403
    assert "Create in QuickBooks" not in text_of(vera.get("/mappings"))


def test_on_a_paused_connection_the_row_says_when_it_goes(priya, app, northgate):
    with app.app_context():
        db.session.get_one(Connection, northgate.connection_id).state = ConnectionState.PAUSED
        db.session.commit()
    answer = priya.post("/mappings/create-item", part=True, **of(northgate, account=SALES))
    assert "it goes once that is resumed" in text_of(answer)
    assert "Waits until the connection is resumed" in text_of(answer)


def test_the_check_of_a_connection_counts_the_mapped_items_that_are_inactive(priya, app, northgate):
    with app.app_context():
        northgate.bill("INV-3")  # the service registers itself
    northgate.simulator.edit(NORTHGATE, "items", "7", Active=False)
    priya.post("/mappings/read-again", connection=northgate.connection_id)
    page = text_of(priya.get(f"/connections/{northgate.connection_id}"))
    assert "1 mapped item is inactive or gone in QuickBooks: “Managed Workstation”." in page
    mapping = text_of(priya.get("/mappings"))
    assert "Its item “Managed Workstation” is inactive in QuickBooks" in mapping


def test_creations_are_in_the_sync_log_by_name(priya, app, northgate):
    priya.post("/mappings/create-item", part=True, **of(northgate, account=SALES))
    drain(app, northgate)
    log = text_of(priya.get("/sync-log?show=done"))
    assert f"Item {SOC}" in log


def test_the_command_creates_waits_and_tells(cli, app, northgate):
    args = ["mapping", "create-item", "--connection", str(northgate.connection_id)]
    asked = cli.invoke(args=[*args, "SOC", "--json"])
    assert asked.exit_code == 1
    assert json.loads(asked.output)["errors"][0]["field"] == "income_account"
    made = cli.invoke(args=[*args, "--all-missing", "--account", SALES, "--wait"])
    assert made.exit_code == 0, made.output
    assert f"SOC\t{SOC}: created and mapped, posts to Sales" in made.output
    with app.app_context():
        assert set(northgate.states().values()) == {"pushed"}


def test_the_command_wants_services_or_all(cli, northgate):
    args = ["mapping", "create-item", "--connection", str(northgate.connection_id)]
    assert "Name the services, or say --all-missing." in cli.invoke(args=args).stderr


def test_by_rest_it_is_asked_for_and_looked_at(client, app, northgate):
    with app.app_context():
        key = create_api_key(northgate.workspace_id, "Billing")
    headers = {"Authorization": f"Bearer {key}"}
    address = f"/api/v1/connections/{northgate.connection_id}/item-creations"
    body = {"services": [{"code": "SOC"}, {"code": "NONE"}], "income_account": SALES}
    refused = client.post(address, json=body, headers=headers)
    assert refused.status_code == 422
    assert refused.json["errors"] == {"services.1.code": "Billing has no service “NONE”."}

    body["services"] = [{"code": "SOC", "name": "SOC service"}]
    asked = client.post(address, json=body, headers=headers)
    assert asked.status_code == 202
    assert [(d["service"], d["state"]) for d in asked.json["data"]] == [("SOC", "waiting")]
    drain(app, northgate)
    [row] = client.get(address, headers=headers).json["data"]
    assert (row["name"], row["state"], row["asked_by"]) == (
        "SOC service",
        "created",
        "API key Billing",
    )


def test_another_workspaces_connection_is_not_there(client, app, northgate):
    with app.app_context():
        other = Workspace(slug="other", name="Other Ltd", country="GB", currency="GBP")
        db.session.add(other)
        db.session.commit()
        key = create_api_key(other.id, "Billing")
    address = f"/api/v1/connections/{northgate.connection_id}/item-creations"
    headers = {"Authorization": f"Bearer {key}"}
    assert client.get(address, headers=headers).status_code == 404
    body = {"services": [{"code": "SOC"}], "income_account": SALES}
    assert client.post(address, json=body, headers=headers).status_code == 404
