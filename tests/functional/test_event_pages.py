"""Events on pages: who may see, add, send again; secrets shown once; by command too."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.extensions import db
from app.models import Alert, EventEndpoint, OutboundDelivery, OutboundEvent, Workspace
from app.usecases.events.deliver import deliver
from app.usecases.events.endpoint_health import gave_up
from app.usecases.events.event_endpoints import add_endpoint
from app.usecases.events.hand_out import hand_out
from tests.builders import a_connection, a_person, a_workspace, an_invoice
from tests.people import send, sign_in
from tests.receiver import Receiver
from tests.visitor import text_of

PAGE = "/settings/event-endpoints"
NOW = datetime.now(UTC)


@pytest.fixture
def northgate(app: Flask) -> int:
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace, "owner")
        a_person(workspace, "finance", "tom@northgate.example")
        a_person(workspace, "viewer", "ann@northgate.example")
        db.session.commit()
        return workspace.id


@pytest.fixture
def owner(client: FlaskClient, northgate: int) -> FlaskClient:
    sign_in(client)
    return client


@pytest.fixture
def listening(app: Flask, northgate: int, receiver: Receiver) -> int:
    """An endpoint that was told of two events and took the second of them."""
    with app.app_context():
        endpoint, _ = add_endpoint(northgate, receiver.url, [], actor="Priya Nair")
        for number in ("INV-0001", "INV-0002"):
            tell(northgate, number)
        receiver.answers = [500]
        hand_out(NOW)
        deliver(endpoint.id, lambda: NOW)
        later = update(OutboundDelivery).where(OutboundDelivery.state == "waiting")
        db.session.execute(later.values(due_at=NOW + timedelta(hours=1)))
        db.session.commit()
        return endpoint.id


def tell(workspace_id: int, number: str) -> None:
    db.session.add(
        OutboundEvent(
            workspace_id=workspace_id,
            type="invoice.paid",
            subject=f"invoice:{number[-1]}",
            data={"number": number},
        )
    )
    db.session.commit()


def secret_on(page: str) -> str:
    found = re.search(r'value="(whsec_[^"]+)"', page)
    assert found, "no secret is shown"
    return found[1]


def test_an_owner_adds_an_endpoint_and_sees_its_secret_once(app, owner, receiver):
    page = send(owner, PAGE, PAGE, url=receiver.url, which="some", types=["invoice.paid"])
    secret = secret_on(page.text)
    assert secret not in owner.get(PAGE).text
    with app.app_context():
        endpoint = db.session.scalars(select(EventEndpoint)).one()
        assert (endpoint.url, endpoint.types) == (receiver.url, ["invoice.paid"])
        assert secret.encode() not in (endpoint.secret_encrypted or b"")


def test_an_address_that_is_never_opened_is_refused_when_it_is_typed(app, owner):
    for url, sentence in {
        "http://8.8.8.8/events": "must begin with https://",
        "https://10.0.0.7/events": "It leads into a private network",
        "https://priya:secret@127.0.0.1/": "must name a host, and no user",
        "ftp://127.0.0.1/": "must begin with https://",
        "https://127.0.0.1/a b": "Copy the whole address",
    }.items():
        answer = send(owner, PAGE, PAGE, url=url, which="all")
        assert answer.status_code == 422
        assert sentence in text_of(answer)
    with app.app_context():
        assert db.session.scalars(select(EventEndpoint)).all() == []


def test_the_same_address_twice_and_no_type_at_all_are_refused(owner, receiver):
    send(owner, PAGE, PAGE, url=receiver.url, which="all")
    assert "is there already" in text_of(send(owner, PAGE, PAGE, url=receiver.url, which="all"))
    number = re.search(rf"{PAGE}/(\d+)/secret", owner.get(PAGE).text)
    assert number
    answer = send(owner, f"{PAGE}/{number[1]}", PAGE, url=receiver.url, which="some")
    assert "Choose at least one" in text_of(answer)


def test_finance_sends_again_but_says_not_where_and_a_viewer_only_looks(client, listening):
    for email, may_send in (("tom@northgate.example", True), ("ann@northgate.example", False)):
        sign_in(client, email)
        page = client.get("/events")
        assert "INV-0001" in page.text
        assert ("Send again" in page.text) is may_send
        assert client.get(PAGE).status_code == 403
        again = send(client, "/events/1/again", "/settings")
        assert again.status_code == (200 if may_send else 403)
        for deed in ("", f"/{listening}/secret", f"/{listening}/remove", f"/{listening}/test"):
            assert send(client, f"{PAGE}{deed}", "/settings", url="x").status_code == 403
        client.post("/logout", data={})
        client.delete_cookie("session")


def test_the_log_says_what_became_of_each_and_keeps_tokens_to_itself(owner, listening):
    page = owner.get("/events")
    words = text_of(page)
    assert "Events do not reach billing" not in words
    assert "Answered 500." in words
    assert re.search(r"Again at \d\d:\d\d", words)
    assert "s3cret" not in page.text
    assert "INV-0002" not in text_of(owner.get("/events?state=waiting"))
    assert "No event matches" in text_of(owner.get("/events?type=drift.detected"))


def test_a_time_is_sent_again_with_the_ids_it_had(app, owner, receiver, listening):
    receiver.heard.clear()
    times = {
        "since": f"{NOW - timedelta(hours=2):%Y-%m-%dT%H:%M}",
        "until": f"{NOW + timedelta(hours=2):%Y-%m-%dT%H:%M}",
    }
    answer = send(owner, "/events/range", "/events", endpoint=listening, **times)
    assert "2 events are on the way" in text_of(answer)
    with app.app_context():
        deliver(listening)
    assert [(each.id, each.said["data"]["number"]) for each in receiver.heard] == [
        ("1", "INV-0001"),
        ("2", "INV-0002"),
    ]
    nothing = send(owner, "/events/range", "/events", endpoint=listening, since="", until="")
    assert "Give a day and a time" in text_of(nothing)


def test_what_was_given_up_is_an_alarm_until_it_is_sent_again_or_left(app, owner, listening):
    with app.app_context():
        an_invoice(a_connection(db.session.scalars(select(Workspace)).one()))
        db.session.commit()
    for deed in ("/events/1/again", f"/events/leave/{listening}"):
        with app.app_context():
            lost = update(OutboundDelivery).where(OutboundDelivery.id == 1)
            db.session.execute(lost.values(state="given_up"))
            gave_up(db.session.get_one(EventEndpoint, listening), NOW)
            db.session.commit()
        assert "Billing was not told of everything" in text_of(owner.get("/"))
        assert "Billing was not told of 1 event" in text_of(owner.get("/events"))
        send(owner, deed, "/events")
        with app.app_context():
            assert db.session.scalars(select(Alert).where(Alert.closed_at.is_(None))).all() == []


def test_a_body_is_on_the_page_of_its_event_and_comes_when_its_row_is_opened(owner, listening):
    in_body = "&#34;number&#34;: &#34;INV-0001&#34;"
    rows = owner.get("/events").text
    assert in_body not in rows
    assert 'href="/events/1"' in rows
    page = owner.get("/events/1")
    assert in_body in page.text
    assert "Send now" in text_of(page)
    part = owner.get("/events/1?delivery=1", headers={"HX-Request": "true"}).text
    assert in_body in part
    assert "<html" not in part


def test_another_workspaces_events_and_endpoints_are_not_there(app, client, listening):
    with app.app_context():
        a_person(a_workspace("southgate"), "owner", "sue@southgate.example")
        db.session.commit()
    sign_in(client, "sue@southgate.example")
    assert "INV-0001" not in client.get("/events").text
    assert client.get("/events/1").status_code == 404
    for path in ("/events/1/again", f"/events/leave/{listening}", f"{PAGE}/{listening}/secret"):
        assert send(client, path, PAGE).status_code == 404
    times = {"since": "2026-01-01T00:00", "until": "2030-01-01T00:00"}
    assert send(client, "/events/range", PAGE, endpoint=listening, **times).status_code == 404


def test_an_operator_adds_lists_renews_and_removes_by_command(app, cli, northgate, receiver):
    def run(*words: str) -> dict[str, object]:
        result = cli.invoke(args=["event-endpoint", *words, "--json"])
        assert result.exit_code == 0, result.output
        return dict(json.loads(result.stdout))

    made = run("add", receiver.url, "--workspace", "northgate", "--type", "invoice.paid")
    number = str(made["id"])
    [listed] = run("list", "--workspace", "northgate")["endpoints"]  # type: ignore[misc]
    assert (listed["url"], listed["state"]) == (receiver.url, "on")
    assert run("secret", number)["secret"] != made["secret"]
    run("secret", number, "--end-old")
    run("test", number)
    run("remove", number)
    assert run("list", "--workspace", "northgate")["endpoints"] == []
    refused = cli.invoke(args=["event-endpoint", "remove", number])
    assert (refused.exit_code, "There is no endpoint" in refused.stderr) == (1, True)
    with app.app_context():
        assert db.session.scalars(select(Workspace)).one().slug == "northgate"
