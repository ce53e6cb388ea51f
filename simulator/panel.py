"""Show the panel: faults to inject, switches, clock, webhooks and what the traffic was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from simulator import json_text
from simulator.injection import KINDS
from simulator.simulation import Simulation
from simulator.switches import SWITCHES

ENTITIES = ("*", "Invoice", "CreditMemo", "Payment", "Customer", "Item", "cdc", "batch", "token")
OPERATIONS = ("*", "create", "update", "void", "delete", "read", "query", "cdc", "refresh")
_NUMBERS = ("nth", "times", "retry_after", "status")


def blueprint(simulation: Simulation) -> Blueprint:
    """Return the panel's page and its forms."""
    panel = Blueprint("panel", __name__, url_prefix="/panel")
    routes: tuple[tuple[str, str, Callable[[Simulation], Any]], ...] = (
        ("GET", "", _show),
        ("POST", "/faults", _inject),
        ("POST", "/faults/clear", _clear),
        ("POST", "/switches", _switch),
        ("POST", "/clock", _clock),
        ("POST", "/webhook", _webhook),
        ("POST", "/reset", _reset),
    )
    for method, path, view in routes:
        panel.add_url_rule(path, view.__name__, _bind(view, simulation), methods=[method])
    return panel


def _bind(view: Callable[[Simulation], Any], simulation: Simulation) -> Callable[[], Any]:
    return lambda: view(simulation)


def _show(simulation: Simulation, problem: str = "") -> str:
    rows = simulation.store.rows("SELECT realm, settings FROM company ORDER BY rowid")
    companies = [(row["realm"], json_text.loads(row["settings"])["CompanyName"]) for row in rows]
    counters = {realm: simulation.traffic.counters(realm) for realm, _ in companies}
    return render_template(
        "panel.html",
        problem=problem,
        companies=companies,
        counters=counters,
        kinds=KINDS,
        entities=ENTITIES,
        operations=OPERATIONS,
        rules=simulation.injections.all(),
        switches=SWITCHES,
        values=simulation.switches.all(),
        now=simulation.clock.now(),
        sender=simulation.sender,
        deliveries=simulation.sender.deliveries()[-10:][::-1],
    )


def _done() -> BaseResponse:
    return redirect("/panel", code=303)


def _inject(simulation: Simulation) -> BaseResponse | tuple[str, int]:
    rule: dict[str, Any] = {name: value for name, value in request.form.items() if value}
    try:
        for name in _NUMBERS:
            if name in rule:
                rule[name] = int(rule[name])
        if "seconds" in rule:
            rule["seconds"] = float(rule["seconds"])
        if rule.get("times") == 0:
            rule["times"] = None  # for ever
        simulation.injections.add(rule)
    except ValueError as error:
        return _show(simulation, str(error)), 400
    return _done()


def _clear(simulation: Simulation) -> BaseResponse:
    simulation.injections.clear(request.form.get("id", type=int))
    return _done()


def _switch(simulation: Simulation) -> BaseResponse | tuple[str, int]:
    try:
        for name, text in request.form.items():
            if name in SWITCHES:
                simulation.switches.set(name, _typed(name, text))
    except ValueError as error:
        return _show(simulation, str(error)), 400
    simulation.sender.wake()
    return _done()


def _typed(name: str, text: str) -> Any:
    allowed = SWITCHES[name].allowed
    if not allowed:
        return float(text) if "." in text else int(text)
    return next((value for value in allowed if str(value) == text), text)


def _clock(simulation: Simulation) -> BaseResponse:
    hours = float(request.form.get("hours") or 0)
    before = simulation.store.setting("clock.offset", 0)
    offset = 0 if "now" in request.form else before + hours * 3600
    simulation.store.set_setting("clock.offset", offset)
    return _done()


def _webhook(simulation: Simulation) -> BaseResponse:
    simulation.sender.configure(request.form.get("url"), request.form.get("token") or None)
    return _done()


def _reset(simulation: Simulation) -> BaseResponse:
    simulation.reset()
    return _done()
