"""Answer ``/v3/company/{realm}/…``: faults first, then the token, then the books."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs

from simulator import json_text
from simulator.answers import Answer
from simulator.clock import pacific_milliseconds
from simulator.quickbooks import batch, cdc, injected, query_language, query_run
from simulator.quickbooks.books import Books
from simulator.quickbooks.company import company_info, preferences
from simulator.quickbooks.faults import Fault, not_found, required, unsupported
from simulator.quickbooks.operations import BY_PATH, READABLE, send_invoice, write
from simulator.quickbooks.replay import InFlight, Replay
from simulator.quickbooks.sales import Origin
from simulator.quickbooks.tokens import AccessDenied
from simulator.quickbooks.validation import check_id, parse_body
from simulator.simulation import Simulation
from simulator.traffic import Entry

READS = ("read", "query", "cdc", "batch")
_FROM = re.compile(r"\bfrom\s+(\w+)", re.IGNORECASE)
_WORDY_IDS = ("TaxCode",)


@dataclass
class Call:
    """One API request, read far enough to say what it wants."""

    method: str
    realm: str
    path: str
    parameters: dict[str, str]
    body: bytes
    bearer: str
    tid: str
    started: float
    entity: str = ""
    operation: str = ""
    identifier: str = ""
    statement: str | None = None
    replayed: bool = False
    fault: str | None = None
    origin: Origin = field(default_factory=Origin)

    @property
    def requestid(self) -> str | None:
        return self.parameters.get("requestid") or None

    @property
    def writes(self) -> bool:
        return self.operation not in ("read", "query", "cdc", "")


def read_call(method: str, path: str, query: str, body: bytes, authorization: str) -> Call:
    """Understand a request under ``/v3/company/``; an unknown path has no operation."""
    realm, _, rest = path.removeprefix("/v3/company/").partition("/")
    parsed = parse_qs(query, keep_blank_values=True)
    parameters = {name.lower(): values[-1] for name, values in parsed.items()}
    scheme, _, bearer = authorization.partition(" ")
    tid = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    call = Call(
        method,
        realm,
        rest,
        parameters,
        body,
        bearer if scheme.lower() == "bearer" else "",
        tid,
        time.monotonic(),
    )
    call.origin = Origin(frozenset(parameters.get("include", "").split(",")))
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


class Api:
    """The QuickBooks Online V3 of every simulated company."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._replay = Replay(simulation.store, simulation.switches)

    def answer(self, call: Call) -> Answer:
        """Answer one call, log it and keep the rates."""
        simulation = self._simulation
        over = simulation.traffic.begin(call.realm, call.operation == "batch")
        rule = None
        try:
            text = call.statement or call.body.decode("utf-8", "replace")
            rule = simulation.injections.match(call.realm, call.entity, call.operation, text)
            if rule and rule.kind == "slow":
                time.sleep(rule.seconds)
            replaces = rule is not None and rule.kind not in ("slow", "truncated", "invalid_json")
            if rule and replaces and rule.when == "before":
                answer = injected.instead(rule, simulation.clock.now())
            else:
                answer = self._gate(call, over)
                if rule and replaces:
                    answer = injected.instead(rule, simulation.clock.now())
                elif rule and rule.kind != "slow":
                    answer = injected.spoil(rule, answer)
            self._log(call, answer, rule.kind if rule else None)
            if answer.wait:
                time.sleep(answer.wait)
                answer.wait = 0
            return self._dressed(call, answer)
        finally:
            simulation.traffic.end(call.realm)

    def _gate(self, call: Call, over: bool) -> Answer:
        simulation, now = self._simulation, self._simulation.clock.now()
        if over and simulation.switches["throttle"]:
            after = simulation.switches["throttle_retry_after"]
            return injected.throttled(simulation.switches["throttle_format"] == "xml", after, now)
        try:
            simulation.tokens.check(call.bearer, call.realm, now)
        except AccessDenied as denied:
            return (
                injected.unauthorised(denied.detail, now)
                if denied.status == 401
                else injected.forbidden(None, now)
            )
        limit = simulation.switches["metered_limit"]
        if limit and call.operation in READS and simulation.traffic.metered_total() >= limit:
            return injected.throttled(False, None, now)
        try:
            return self._transact(call, now)
        except Fault as fault:
            return self._refused(call, fault, now)

    def _refused(self, call: Call, fault: Fault, now: datetime) -> Answer:
        call.fault = fault.code
        return Answer(fault.status, fault.text(now).encode())

    def _transact(self, call: Call, now: datetime) -> Answer:
        """Run the call in one transaction together with its replay record."""
        simulation = self._simulation
        if not call.operation:
            raise unsupported(call.realm, call.path)
        books = Books(simulation.store, call.realm, now, simulation.switches)
        if not books.company:
            return injected.forbidden(None, now)
        if not call.writes:
            time.sleep(simulation.switches["latency_ms"] / 1000)
            return self._success(self._read(books, call), now)
        target, digest = f"{call.entity}.{call.operation}", hashlib.sha256(call.body).hexdigest()
        with InFlight(call.realm, call.requestid, simulation.switches):
            time.sleep(simulation.switches["latency_ms"] / 1000)
            with simulation.store.transaction():
                stored = self._replay.find(call.realm, call.requestid, target, digest, now)
                if stored:
                    call.replayed = True
                    return stored
                try:
                    with simulation.store.transaction():
                        answer = self._success(self._write(books, call), now)
                except Fault as fault:
                    answer = self._refused(call, fault, now)
                self._replay.keep(call.realm, call.requestid, target, digest, answer, now)
        simulation.sender.wake()
        return answer

    def _success(self, content: str, now: datetime) -> Answer:
        text = f'{{{content},"time":"{pacific_milliseconds(now)}"}}'
        return Answer(200, text.encode(), "application/json;charset=utf-8")

    def _read(self, books: Books, call: Call) -> str:
        if call.operation == "query":
            clamp = books.switches["maxresults_over_1000"] == "clamp"
            query = query_language.parse(call.statement or "", clamp=clamp)
            return f'"QueryResponse":{query_run.run(books, query)}'
        if call.operation == "cdc":
            text = cdc.changes(
                books, call.parameters.get("entities"), call.parameters.get("changedsince")
            )
            return f'"CDCResponse":{text}'
        if call.entity == "Preferences":
            return f'"Preferences":{json_text.dumps(preferences(books))}'
        if call.entity == "CompanyInfo":
            return f'"CompanyInfo":{json_text.dumps(company_info(books))}'
        identifier = call.identifier if call.entity in _WORDY_IDS else check_id(call.identifier)
        stored = books.text(call.entity, identifier)
        if stored is None:
            raise not_found()
        return f'"{call.entity}":{stored}'

    def _write(self, books: Books, call: Call) -> str:
        if call.operation == "send":
            document = send_invoice(books, call.identifier, call.parameters.get("sendto"))
            return f'"Invoice":{json_text.dumps(document)}'
        body = parse_body(call.body)
        if call.operation == "batch":
            return f'"BatchItemResponse":{batch.run_batch(books, body, call.requestid)}'
        if not body:
            raise required("Line" if call.entity in ("Invoice", "CreditMemo") else "body")
        document = write(books, call.entity, call.operation, body, call.origin)
        return f'"{call.entity}":{json_text.dumps(document)}'

    def _dressed(self, call: Call, answer: Answer) -> Answer:
        took = int((time.monotonic() - call.started) * 1000)
        answer.headers = {
            "intuit_tid": call.tid,
            "Server": "nginx",
            "Cache-Control": "max-age=0, no-cache, no-store, must-revalidate, private",
            "qbo-version": "1988.128",
            "service-time": f"total={took}, db={took // 2}",
            **answer.headers,
        }
        return answer

    def _log(self, call: Call, answer: Answer, injected_kind: str | None) -> None:
        status = 0 if answer.drop else answer.status
        self._simulation.traffic.log(
            Entry(
                time=self._simulation.clock.now().isoformat(),
                realm=call.realm,
                method=call.method,
                path=call.path,
                entity=call.entity or "unknown",
                operation=call.operation or "unknown",
                requestid=call.requestid,
                statement=call.statement,
                status=status,
                fault=call.fault,
                tid=call.tid,
                metered=call.operation in READS and 200 <= status < 300,
                replayed=call.replayed,
                injected=injected_kind,
                milliseconds=int((time.monotonic() - call.started) * 1000),
            )
        )
