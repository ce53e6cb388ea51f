"""Shape an injected fault as gateway, application or network would (facts: quickbooks 8.1)."""

from __future__ import annotations

from datetime import datetime

from simulator.answers import Answer
from simulator.clock import pacific_milliseconds
from simulator.injection import Rule
from simulator.json_text import dumps
from simulator.quickbooks import faults

_HTML = (
    "<html><head><title>{status} {title}</title></head>"
    "<body><center><h1>{status} {title}</h1></center><hr><center>nginx</center></body></html>"
)
_LONGEST_WAIT = 130.0  # the service cuts requests off after 120 s


def instead(rule: Rule, now: datetime) -> Answer:
    """Return the answer that replaces the real one."""
    builders = {
        "expired_token": _expired_token, "forbidden": _forbidden, "throttled": _throttled,
        "server_error": _server_error, "unavailable": _unavailable, "hang": _hang, "reset": _reset,
        "html": _unavailable, "xml": _xml, "fault": _fault, "answer": _verbatim,
    }  # fmt: skip
    answer = builders[rule.kind](rule, now)
    answer.headers.update(rule.headers)
    return answer


def spoil(rule: Rule, answer: Answer) -> Answer:
    """Return the real answer made slow, cut short or unreadable."""
    if rule.kind == "slow":
        answer.wait = rule.seconds
    elif rule.kind == "truncated":
        answer.length = len(answer.body)
        answer.body = answer.body[: len(answer.body) // 2]
    elif rule.kind == "invalid_json":
        answer.body = answer.body[: len(answer.body) // 2]
    return answer


def _expired_token(rule: Rule, now: datetime) -> Answer:
    return unauthorised("Token expired: AB01…", now)


def denied(status: int, detail: str | None, now: datetime) -> Answer:
    """Refuse a call at the gateway: 401 for its token, 403 for its company."""
    return unauthorised(detail, now) if status == 401 else forbidden(detail, now)


def unauthorised(detail: str | None, now: datetime) -> Answer:
    body = faults.gateway_json(401, "3200", "AuthenticationFailed", detail, now)
    headers = {"WWW-Authenticate": 'Bearer realm="Intuit", error="invalid_token"'}
    return Answer(401, body.encode(), headers=headers)


def forbidden(detail: str | None, now: datetime) -> Answer:
    body = faults.gateway_json(403, "3100", "ApplicationAuthorizationFailed", detail, now)
    return Answer(403, body.encode())


def _forbidden(rule: Rule, now: datetime) -> Answer:
    return forbidden(None, now)


def throttled(as_xml: bool, retry_after: int | None, now: datetime) -> Answer:
    write = faults.gateway_xml if as_xml else faults.gateway_json
    body = write(
        429, "3001", "ThrottleExceeded", "The request limit was reached.  Try again later", now
    )
    headers = {"Retry-After": str(retry_after)} if retry_after else {}
    return Answer(429, body.encode(), "application/xml" if as_xml else "application/json", headers)


def _throttled(rule: Rule, now: datetime) -> Answer:
    return throttled(rule.format == "xml", rule.retry_after, now)


def _server_error(rule: Rule, now: datetime) -> Answer:
    error = {
        "Message": "An application error has occurred while processing your request",
        "Detail": "System Failure Error: Could not process the request.",
        "code": "10000",
        "element": "",
    }
    answer = {"Fault": {"Error": [error], "type": "SystemFault"}, "time": pacific_milliseconds(now)}
    return Answer(rule.status or 500, dumps(answer).encode())


def _unavailable(rule: Rule, now: datetime) -> Answer:
    status = rule.status or (503 if rule.kind == "unavailable" else 502)
    title = "Service Temporarily Unavailable" if status == 503 else "Bad Gateway"
    headers = {"Retry-After": str(rule.retry_after)} if rule.retry_after else {}
    return Answer(status, _HTML.format(status=status, title=title).encode(), "text/html", headers)


def _hang(rule: Rule, now: datetime) -> Answer:
    return Answer(504, b"", wait=rule.seconds or _LONGEST_WAIT, drop=True)


def _reset(rule: Rule, now: datetime) -> Answer:
    return Answer(500, b"", wait=rule.seconds, drop=True)


def _xml(rule: Rule, now: datetime) -> Answer:
    body = faults.gateway_xml(rule.status or 500, "1000", "ServiceError", "Internal error", now)
    return Answer(rule.status or 500, body.encode(), "application/xml")


def _fault(rule: Rule, now: datetime) -> Answer:
    fault = faults.Fault(
        rule.code or "6000", rule.body or "Business Validation Error: injected", ""
    )
    return Answer(rule.status or 400, fault.text(now).encode())


def _verbatim(rule: Rule, now: datetime) -> Answer:
    return Answer(rule.status or 200, (rule.body or "").encode(), rule.content_type)
