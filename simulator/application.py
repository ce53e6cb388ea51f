"""Join the parts into one WSGI application."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable
from typing import Any

from flask import Flask

from simulator import control, panel
from simulator.answers import Answer, ConnectionDropped, StartResponse
from simulator.quickbooks import oauth, pages
from simulator.quickbooks.api import Api
from simulator.quickbooks.calls import read_call
from simulator.server import GONE
from simulator.simulation import Simulation

API_PREFIX = "/v3/company/"


class Application:
    """Send API calls straight to the API and everything else to Flask; the API is the hot path."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation, self._api = simulation, Api(simulation)
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
        method, query = environ["REQUEST_METHOD"], environ["QUERY_STRING"]
        try:
            call = read_call(method, path, query, body, authorization)
            call.gone, call.content_type = environ[GONE], environ.get("CONTENT_TYPE", "")
            answer = self._api.answer(call)
        except Exception as error:
            if self._simulation.stopping:
                raise ConnectionDropped from error
            traceback.print_exc(file=sys.stderr)
            answer = Answer(500, b"the simulator has a defect, see its log", "text/plain")
        return answer.send(start_response)
