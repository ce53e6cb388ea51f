"""Every door says who may use it, and the pages keep strangers out."""

from importlib import import_module

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, BaseConverter, Rule

from app import api, web

KINDS = {"public", "session", "api_key", "signature"}
MODULES = (*web.MODULES, *api.PLAIN, *api.DESCRIBED)
# Brought by flask-smorest: the OpenAPI document and the page that shows it.
FOREIGN = {"api-docs"}


@pytest.mark.parametrize("name", MODULES)
def test_every_blueprint_declares_who_may_call_it(name: str) -> None:
    assert import_module(name).AUTHENTICATION in KINDS


def test_no_blueprint_comes_from_anywhere_else(app: Flask) -> None:
    declared = {import_module(name).blueprint.name for name in MODULES}

    assert set(app.blueprints) - FOREIGN == declared


def test_no_page_for_people_opens_for_a_stranger(app: Flask, client: FlaskClient) -> None:
    closed = {
        import_module(name).blueprint.name
        for name in MODULES
        if import_module(name).AUTHENTICATION == "session"
    }
    pages = [rule for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] in closed]

    opened = [page for page in pages if "GET" in page.methods and not turned_away(client, page)]

    assert opened == []


def turned_away(client: FlaskClient, page: Rule) -> bool:
    url = page.build({name: some_value(page._converters[name]) for name in page.arguments})
    answer = client.get(url[1] if url else page.rule)
    return answer.status_code == 401 or "/login" in answer.headers.get("Location", "")


def some_value(converter: BaseConverter) -> object:
    """Return what may stand in an address: one of a few words, or 1."""
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return converter.to_python("1")
