"""Understand a request under ``/v3/company/{realm}/``: which entity, which operation."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from simulator import json_text
from simulator.patience import Gone
from simulator.quickbooks import query_run
from simulator.quickbooks.operations import BY_PATH, READABLE
from simulator.quickbooks.sales import Origin

READS = ("read", "query", "cdc", "batch")
_FROM = re.compile(r"\bfrom\s+(\w+)", re.IGNORECASE)


def trace_id() -> str:
    """Return a new ``intuit_tid``."""
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"


@dataclass
class Call:
    """One API request, read far enough to say what it wants."""

    method: str
    realm: str
    path: str
    parameters: dict[str, str]
    body: bytes
    bearer: str
    entity: str = ""
    operation: str = ""
    identifier: str = ""
    statement: str | None = None
    replayed: bool = False
    fault: str | None = None
    started: float = field(default_factory=time.monotonic)
    tid: str = field(default_factory=trace_id)
    gone: Gone = lambda: False  # whether its client has gone
    content_type: str = ""

    @property
    def requestid(self) -> str | None:
        return self.parameters.get("requestid") or None

    @property
    def writes(self) -> bool:
        return self.operation not in ("read", "query", "cdc", "")

    @property
    def origin(self) -> Origin:
        return Origin(frozenset(self.parameters.get("include", "").split(",")))


def read_call(method: str, path: str, query: str, body: bytes, authorization: str) -> Call:
    """Understand a request under ``/v3/company/``; an unknown path has no operation."""
    realm, _, rest = path.removeprefix("/v3/company/").partition("/")
    parsed = parse_qs(query, keep_blank_values=True)
    parameters = {name.lower(): values[-1] for name, values in parsed.items()}
    scheme, _, bearer = authorization.partition(" ")
    call = Call(method, realm, rest, parameters, body, bearer if scheme == "Bearer" else "")
    _route(call)
    return call


def _route(call: Call) -> None:
    head, _, tail = call.path.partition("/")
    if head == "query" and not tail and call.method in ("GET", "POST"):
        call.statement = (
            call.body.decode("utf-8", "replace")
            if call.method == "POST"
            else call.parameters.get("query", "")
        )
        named = _FROM.search(call.statement)
        call.entity, call.operation = (named.group(1) if named else "query"), "query"
    elif head == "cdc" and not tail and call.method == "GET":
        call.entity, call.operation = "cdc", "cdc"
        call.statement = (
            f"{call.parameters.get('entities')} since {call.parameters.get('changedsince')}"
        )
    elif head == "batch" and not tail and call.method == "POST":
        call.entity = call.operation = "batch"
    elif head == "upload" and not tail and call.method == "POST":
        call.entity, call.operation = "Attachable", "upload"
    elif call.method == "GET":
        _route_read(call, head, tail)
    elif call.method == "POST" and head in BY_PATH:
        _route_write(call, head, tail)
    if call.operation == "query":
        call.entity = query_run.KNOWN.get(call.entity.lower(), call.entity)


def _route_read(call: Call, head: str, tail: str) -> None:
    if head == "preferences" and not tail:
        call.entity, call.operation = "Preferences", "read"
    elif head == "companyinfo" and tail:
        call.entity, call.operation, call.identifier = "CompanyInfo", "read", tail
    elif head in READABLE and tail and "/" not in tail:
        call.entity, call.operation, call.identifier = READABLE[head], "read", tail


def _route_write(call: Call, head: str, tail: str) -> None:
    call.entity = BY_PATH[head]
    if tail:
        identifier, _, verb = tail.partition("/")
        if verb == "send" and call.entity == "Invoice":
            call.operation, call.identifier = "send", identifier
        return
    operation = call.parameters.get("operation", "").lower()
    if operation == "update" and "void" in call.origin.include:
        operation = "void" if call.entity == "Payment" else "update"
    elif operation == "void" and call.entity != "Invoice":
        operation = ""  # only invoices are voided by that name; credit memos not at all
        return
    call.operation = operation or ("update" if _names_its_target(call.body) else "create")


def _names_its_target(body: bytes) -> bool:
    try:
        sent = json_text.loads(body)
    except ValueError:
        return False
    return isinstance(sent, dict) and sent.get("Id") not in (None, "")
