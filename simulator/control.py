"""Serve the control API: what tests, demo and benchmarks use to be the world around the client."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, abort, request

from simulator import control_books, json_text
from simulator.control_books import sent_object
from simulator.quickbooks.faults import Fault
from simulator.simulation import Simulation
from simulator.switches import SWITCHES


def blueprint(simulation: Simulation) -> Blueprint:
    """Return the routes under ``/control``; they answer loopback only."""
    control = Blueprint("control", __name__, url_prefix="/control")
    control.before_request(_loopback_only)
    control.register_error_handler(Fault, _fault)
    control.register_error_handler(ValueError, _mistake)
    control.register_error_handler(LookupError, _unknown)
    for method, path, view in [*_ROUTES, *control_books.ROUTES]:
        control.add_url_rule(path, f"{method} {path}", _bind(view, simulation), methods=[method])
    return control


def _bind(view: Callable[..., Any], simulation: Simulation) -> Callable[..., Response]:
    return lambda **parts: _json(view(simulation, **parts))


def _json(value: Any, status: int = 200) -> Response:
    """Answer with a value; text is JSON already."""
    text = value if isinstance(value, str) else json_text.dumps(value)
    return Response(text, status, content_type="application/json")


def _loopback_only() -> None:
    if request.remote_addr not in ("127.0.0.1", "::1"):
        abort(403)


def _fault(fault: Fault) -> Response:
    return _json({"error": fault.detail, "code": fault.code}, 400)


def _mistake(error: ValueError) -> Response:
    return _json({"error": str(error)}, 400)


def _unknown(error: LookupError) -> Response:
    return _json({"error": str(error)}, 404)


def _health(simulation: Simulation) -> Any:
    return {"ok": True, "time": simulation.clock.now().isoformat()}


def _reset(simulation: Simulation) -> Any:
    simulation.reset()
    return {"ok": True}


# Faults, switches, clock


def _faults(simulation: Simulation) -> Any:
    return simulation.injections.all()


def _add_fault(simulation: Simulation) -> Any:
    sent = {k: float(v) if isinstance(v, Decimal) else v for k, v in sent_object().items()}
    rule = simulation.injections.add(sent)
    return next(entry for entry in simulation.injections.all() if entry["id"] == rule.id)


def _clear_faults(simulation: Simulation, identifier: int | None = None) -> Any:
    simulation.injections.clear(identifier)
    return {"ok": True}


def _switches(simulation: Simulation) -> Any:
    now = simulation.switches.all()
    return {
        name: {
            "value": now[name],
            "default": s.default,
            "allowed": list(s.allowed),
            "meaning": s.meaning,
        }
        for name, s in SWITCHES.items()
    }


def _set_switches(simulation: Simulation) -> Any:
    for name, value in sent_object().items():
        simulation.switches.set(name, float(value) if isinstance(value, Decimal) else value)
    simulation.sender.wake()
    return simulation.switches.all()


def _clock(simulation: Simulation) -> Any:
    return {
        "offset_seconds": simulation.store.setting("clock.offset", 0),
        "now": simulation.clock.now().isoformat(),
    }


def _set_clock(simulation: Simulation) -> Any:
    sent = sent_object()
    offset = sent.get("offset_seconds", simulation.store.setting("clock.offset", 0))
    simulation.store.set_setting(
        "clock.offset", float(offset) + float(sent.get("advance_seconds", 0))
    )
    return _clock(simulation)


# Webhooks


def _webhook(simulation: Simulation) -> Any:
    sender = simulation.sender
    return {"url": sender.url, "token": sender.token, "waiting": sender.waiting()}


def _set_webhook(simulation: Simulation) -> Any:
    sent = sent_object()
    simulation.sender.configure(sent.get("url"), sent.get("token"))
    return _webhook(simulation)


def _deliveries(simulation: Simulation) -> Any:
    return simulation.sender.deliveries(int(request.args.get("after", 0)))


def _events(simulation: Simulation) -> Any:
    rows = simulation.store.rows(
        "SELECT * FROM event WHERE number>? ORDER BY number", int(request.args.get("after", 0))
    )
    return [dict(row) for row in rows]


# Requests and counters


def _requests(simulation: Simulation) -> Any:
    asked = request.args
    return simulation.traffic.entries(
        asked.get("realm"), int(asked.get("after", 0)), int(asked.get("limit", 100_000))
    )


def _counters(simulation: Simulation, realm: str) -> Any:
    return simulation.traffic.counters(realm)


def _reset_counters(simulation: Simulation) -> Any:
    simulation.traffic.reset()
    return {"ok": True}


_ROUTES: list[tuple[str, str, Callable[..., Any]]] = [
    ("GET", "/health", _health),
    ("POST", "/reset", _reset),
    ("GET", "/faults", _faults),
    ("POST", "/faults", _add_fault),
    ("DELETE", "/faults", _clear_faults),
    ("DELETE", "/faults/<int:identifier>", _clear_faults),
    ("GET", "/switches", _switches),
    ("PATCH", "/switches", _set_switches),
    ("GET", "/clock", _clock),
    ("PUT", "/clock", _set_clock),
    ("GET", "/webhook", _webhook),
    ("PUT", "/webhook", _set_webhook),
    ("GET", "/webhook/deliveries", _deliveries),
    ("GET", "/webhook/events", _events),
    ("GET", "/requests", _requests),
    ("GET", "/counters/<realm>", _counters),
    ("DELETE", "/counters", _reset_counters),
]
