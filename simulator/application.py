"""Join the parts into one WSGI application."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask

from simulator import control, panel
from simulator.answers import StartResponse
from simulator.quickbooks import oauth, pages
from simulator.quickbooks.api import Api, read_call
from simulator.simulation import Simulation

API_PREFIX = "/v3/company/"


class Application:
    """Send API calls straight to the API and everything else to Flask; the API is the hot path."""

    def __init__(self, simulation: Simulation) -> None:
        self._api = Api(simulation)
        self._flask = Flask(__name__)
        self._flask.register_blueprint(control.blueprint(simulation))
        self._flask.register_blueprint(oauth.blueprint(simulation))
        self._flask.register_blueprint(pages.blueprint(simulation))
        self._flask.register_blueprint(panel.blueprint(simulation))

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.startswith(API_PREFIX):
            return self._flask(environ, start_response)
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0))
        authorization = environ.get("HTTP_AUTHORIZATION", "")
        call = read_call(
            environ["REQUEST_METHOD"], path, environ["QUERY_STRING"], body, authorization
        )
        return self._api.answer(call).send(start_response)
