"""Deeds that cannot be taken back ask first, on a page where the browser runs no JavaScript."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import ApiKey
from app.usecases import accounts
from tests.builders import a_person, a_workspace
from tests.visitor import Visitor, text_of

NAME = "Month's end & “more”"


@pytest.fixture
def priya(app, client):
    with app.app_context():
        workspace = a_workspace()
        a_person(workspace, "owner")
        db.session.commit()
        accounts.create_api_key(workspace.id, NAME)
    return Visitor(client)


def fields_of(form: str) -> dict[str, str]:
    found = re.findall(r'name="([^"]+)" value="([^"]*)"', form)
    return {name: html.unescape(value) for name, value in found if name != "csrf_token"}


def revoked(app) -> bool:
    with app.app_context():
        return db.session.scalars(select(ApiKey.revoked_at)).one() is not None


def form_of(page: str, address: str) -> tuple[str, str]:
    found = re.search(rf'method="post" action="({address})">(.*?)</form>', page, re.DOTALL)
    assert found, f"no form to {address}"
    return found[1], found[2]


def test_a_form_that_asks_is_answered_by_the_question_and_done_by_its_yes(app, priya):
    path, form = form_of(priya.get("/settings").text, '[^"]+/revoke')
    asked = priya.post(path, **fields_of(form), kept="as it was")
    said = text_of(asked)
    assert f"Revoke {NAME}? Programs that use it are refused from then on." in said
    assert f"Revoke {NAME} Cancel" in said
    assert not revoked(app)

    action, again = form_of(asked.text, path)
    assert fields_of(again) == {"kept": "as it was"}
    priya.post(action, **fields_of(again))
    assert revoked(app)


@pytest.mark.parametrize("path", ["/nowhere", "/settings//api-keys/1/revoke", "//evil.example/x"])
def test_an_address_that_is_none_asks_nothing_for_a_stranger(priya, path):
    """Nobody has looked at its token there, and the page of the question would bring a good one."""
    asked = {"ask": "Your session ends. Stay?", "yes": "Stay"}
    answer = priya.client.open(
        "/", method="POST", data=asked, environ_overrides={"PATH_INFO": path}
    )
    assert "Your session ends" not in answer.text
