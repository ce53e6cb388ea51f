"""Answer ``/v3/company/{realm}/…``: faults first, then the token, then the books."""

from __future__ import annotations

import hashlib
import time
from datetime import datetime

from simulator import json_text
from simulator.answers import Answer
from simulator.clock import pacific_milliseconds
from simulator.patience import hold
from simulator.quickbooks import attachments, batch, cdc, injected, query_language, query_run
from simulator.quickbooks.books import Books
from simulator.quickbooks.broken import refuse_broken
from simulator.quickbooks.calls import READS, Call
from simulator.quickbooks.company import company_info, preferences
from simulator.quickbooks.faults import Fault, not_found, required, unsupported
from simulator.quickbooks.operations import send_invoice, write
from simulator.quickbooks.replay import InFlight, Replay, ReplayKey
from simulator.quickbooks.tokens import AccessDenied
from simulator.quickbooks.validation import check_id, parse_body
from simulator.simulation import Simulation
from simulator.traffic import Entry

WORDY_IDS = ("TaxCode",)


class Api:
    """The QuickBooks Online V3 of every simulated company."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._replay = Replay(simulation.store, simulation.switches)

    def answer(self, call: Call) -> Answer:
        """Answer one call, log it and keep the rates."""
        simulation = self._simulation
        over = simulation.traffic.begin(call.realm, call.operation == "batch", call.writes)
        rule = None
        try:
            text = call.statement or call.body.decode("utf-8", "replace")
            rule = simulation.injections.match(call.realm, call.entity, call.operation, text)
            if rule and rule.kind == "slow":
                hold(rule.seconds, call.gone)
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
                hold(answer.wait, call.gone)
                answer.wait = 0
            return self._dressed(call, answer)
        finally:
            simulation.traffic.end(call.realm, call.writes)

    def _gate(self, call: Call, over: bool) -> Answer:
        simulation, now = self._simulation, self._simulation.clock.now()
        if over and simulation.switches["throttle"]:
            after = simulation.switches["throttle_retry_after"]
            return injected.throttled(simulation.switches["throttle_format"] == "xml", after, now)
        try:
            simulation.tokens.check(call.bearer, call.realm, now)
        except AccessDenied as denied:
            return injected.denied(denied.status, denied.detail, now)
        limit = simulation.switches["metered_limit"]
        if limit and call.operation in READS and simulation.traffic.metered_total() >= limit:
            return injected.throttled(False, None, now)
        try:
            if not call.operation:
                raise unsupported(call.realm, call.path)
            with InFlight(call.realm, call.requestid if call.writes else None, simulation.switches):
                self._take_time(call)
                return self._change(call) if call.writes else self._show(call)
        except Fault as fault:
            return self._refused(call, fault, now)

    def _refused(self, call: Call, fault: Fault, now: datetime) -> Answer:
        call.fault = fault.code
        return Answer(fault.status, fault.text(now).encode())

    def _books(self, call: Call) -> Books:
        simulation = self._simulation
        return Books(simulation.store, call.realm, simulation.clock.now(), simulation.switches)

    def _show(self, call: Call) -> Answer:
        books = self._books(call)
        return self._success(self._read(books, call), books.now)

    def _change(self, call: Call) -> Answer:
        """Write in one transaction with the replay record; the time is that of the commit."""
        simulation, store = self._simulation, self._simulation.store
        digest = hashlib.sha256(call.body).hexdigest()
        known = call.operation != "upload" or simulation.switches["upload_requestid"] == "replay"
        requestid = call.requestid if known else None
        key = ReplayKey(call.realm, requestid, f"{call.entity}.{call.operation}", digest)
        with store.transaction():
            books = self._books(call)
            stored = self._replay.find(key, books.now)
            if stored:
                call.replayed = True
                return stored
            try:
                with store.transaction():
                    answer = self._success(self._write(books, call), books.now)
            except Fault as fault:
                answer = self._refused(call, fault, books.now)
            self._replay.keep(key, answer, books.now)
        self._simulation.sender.wake()
        return answer

    def _take_time(self, call: Call) -> None:
        """Wait as long as the latency switch says, holding no lock."""
        milliseconds = self._simulation.switches["latency_ms"]
        if milliseconds:
            hold(milliseconds / 1000, call.gone)

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
        identifier = call.identifier if call.entity in WORDY_IDS else check_id(call.identifier)
        stored = books.text(call.entity, identifier)
        if stored is None:
            raise not_found()
        if books.switches["broken_record_read"] == "4002":
            refuse_broken(books, call.entity, (identifier,))
        return f'"{call.entity}":{stored}'

    def _write(self, books: Books, call: Call) -> str:
        if call.operation == "send":
            document = send_invoice(books, call.identifier, call.parameters.get("sendto"))
            return f'"Invoice":{json_text.dumps(document)}'
        if call.operation == "upload":
            return attachments.upload(books, call.body, call.content_type)
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
