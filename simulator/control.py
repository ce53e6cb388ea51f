"""Serve the control API: what tests, demo and benchmarks use to be the world around the client."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, abort, request

from simulator import json_text
from simulator.quickbooks.bookkeeper import Bookkeeper
from simulator.quickbooks.faults import Fault
from simulator.simulation import Simulation
from simulator.switches import SWITCHES

KINDS = {
    "invoices": "Invoice",
    "payments": "Payment",
    "credit-memos": "CreditMemo",
    "customers": "Customer",
    "vendors": "Vendor",
    "items": "Item",
    "accounts": "Account",
    "terms": "Term",
}
COMPANY_SETTINGS = (
    "CompanyName",
    "UsingSalesTax",
    "BookCloseDate",
    "CustomTxnNumbers",
    "MultiCurrencyEnabled",
    "AllowDiscount",
    "AutoApplyCredit",
    "PartnerTaxEnabled",
    "SubscriptionStatus",
    "AutomatedTaxCode",
)


def blueprint(simulation: Simulation) -> Blueprint:
    """Return the routes under ``/control``; they answer loopback only."""
    control = Blueprint("control", __name__, url_prefix="/control")
    control.before_request(_loopback_only)
    control.register_error_handler(Fault, _fault)
    control.register_error_handler(ValueError, _mistake)
    control.register_error_handler(LookupError, _unknown)
    for method, path, view in _ROUTES:
        control.add_url_rule(path, f"{method} {path}", _bind(view, simulation), methods=[method])
    return control


def _bind(view: Callable[..., Any], simulation: Simulation) -> Callable[..., Response]:
    return lambda **parts: _json(view(simulation, **parts))


def _json(value: Any, status: int = 200) -> Response:
    return Response(json_text.dumps(value), status, content_type="application/json")


def _loopback_only() -> None:
    if request.remote_addr not in ("127.0.0.1", "::1"):
        abort(403)


def _fault(fault: Fault) -> Response:
    return _json({"error": fault.detail, "code": fault.code}, 400)


def _mistake(error: ValueError) -> Response:
    return _json({"error": str(error)}, 400)


def _unknown(error: LookupError) -> Response:
    return _json({"error": str(error)}, 404)


def _body() -> dict[str, Any]:
    sent = json_text.loads(request.get_data() or b"{}")
    if not isinstance(sent, dict):
        raise ValueError("a JSON object is expected")
    return sent


def _health(simulation: Simulation) -> Any:
    return {"ok": True, "time": simulation.clock.now().isoformat()}


def _reset(simulation: Simulation) -> Any:
    simulation.reset()
    return {"ok": True}


# Books


def _companies(simulation: Simulation) -> Any:
    rows = simulation.store.rows("SELECT realm, settings FROM company ORDER BY rowid")
    return [{"realm": row["realm"], **json_text.loads(row["settings"])} for row in rows]


def _books(simulation: Simulation, realm: str) -> Any:
    return Bookkeeper(simulation, realm).overview()


def _settings(simulation: Simulation, realm: str) -> Any:
    changes = _body()
    unknown = set(changes) - set(COMPANY_SETTINGS)
    if unknown:
        raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
    bookkeeper = Bookkeeper(simulation, realm)
    bookkeeper.set_company(changes)
    return bookkeeper.books().company


def _record_payment(simulation: Simulation, realm: str) -> Any:
    sent = _body()
    lines, used = ([tuple(line) for line in sent.get(k) or []] for k in ("lines", "credits"))
    details = {k: sent[k] for k in ("total", "ref", "date", "note") if sent.get(k) is not None}
    customer = str(sent.get("customer") or "")
    if not customer:
        raise ValueError("customer is missing")
    return Bookkeeper(simulation, realm).record_payment(customer, lines, used, **details)


def _create(simulation: Simulation, realm: str, kinds: str) -> Any:
    return Bookkeeper(simulation, realm).write(_kind(kinds), "create", _body())


def _edit(simulation: Simulation, realm: str, kinds: str, identifier: str) -> Any:
    return Bookkeeper(simulation, realm).write(_kind(kinds), "update", _body() | {"Id": identifier})


def _act(simulation: Simulation, realm: str, kinds: str, identifier: str, act: str) -> Any:
    bookkeeper = Bookkeeper(simulation, realm)
    if act == "deposit" and kinds == "payments":
        bookkeeper.deposit(identifier)
        return {"ok": True}
    if act not in ("void", "delete"):
        raise LookupError(f"unknown act {act}")
    return bookkeeper.write(_kind(kinds), act, {"Id": identifier})


def _merge(simulation: Simulation, realm: str) -> Any:
    sent = _body()
    Bookkeeper(simulation, realm).merge_customers(str(sent["survivor"]), str(sent["absorbed"]))
    return {"ok": True}


def _kind(kinds: str) -> str:
    if kinds not in KINDS:
        raise LookupError(f"unknown kind {kinds}")
    return KINDS[kinds]


# Faults, switches, clock


def _faults(simulation: Simulation) -> Any:
    return simulation.injections.all()


def _add_fault(simulation: Simulation) -> Any:
    sent = {k: float(v) if isinstance(v, Decimal) else v for k, v in _body().items()}
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
    for name, value in _body().items():
        simulation.switches.set(name, float(value) if isinstance(value, Decimal) else value)
    simulation.sender.wake()
    return simulation.switches.all()


def _clock(simulation: Simulation) -> Any:
    return {
        "offset_seconds": simulation.store.setting("clock.offset", 0),
        "now": simulation.clock.now().isoformat(),
    }


def _set_clock(simulation: Simulation) -> Any:
    sent = _body()
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
    sent = _body()
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


# Tokens and clients


def _issue(simulation: Simulation, realm: str) -> Any:
    Bookkeeper(simulation, realm).books()
    client = str(_body().get("client_id") or simulation.settings.client_id)
    return simulation.tokens.grant(realm, client, simulation.clock.now()).document(hard=True)


def _end_tokens(simulation: Simulation, realm: str, act: str) -> Any:
    acts = {
        "expire": simulation.tokens.expire_access,
        "revoke": simulation.tokens.revoke_realm,
        "rotate": simulation.tokens.rotate_refresh,
    }
    if act not in acts:
        raise LookupError(f"unknown act {act}")
    acts[act](realm)
    return {"ok": True}


def _set_client(simulation: Simulation) -> Any:
    sent = _body()
    known = dict(simulation.store.setting("clients", {})) | {str(sent["id"]): str(sent["secret"])}
    simulation.store.set_setting("clients", known)
    return {"clients": sorted(simulation.clients())}


def _set_redirects(simulation: Simulation) -> Any:
    simulation.store.set_setting("redirect_uris", list(_body()["uris"]))
    return {"uris": simulation.store.setting("redirect_uris", [])}


_ROUTES: list[tuple[str, str, Callable[..., Any]]] = [
    ("GET", "/health", _health),
    ("POST", "/reset", _reset),
    ("GET", "/companies", _companies),
    ("GET", "/books/<realm>", _books),
    ("PATCH", "/books/<realm>/company", _settings),
    ("POST", "/books/<realm>/record-payment", _record_payment),
    ("POST", "/books/<realm>/merge-customers", _merge),
    ("POST", "/books/<realm>/<kinds>", _create),
    ("PATCH", "/books/<realm>/<kinds>/<identifier>", _edit),
    ("POST", "/books/<realm>/<kinds>/<identifier>/<act>", _act),
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
    ("POST", "/tokens/<realm>/issue", _issue),
    ("POST", "/tokens/<realm>/<act>", _end_tokens),
    ("PUT", "/clients", _set_client),
    ("PUT", "/redirect-uris", _set_redirects),
]
