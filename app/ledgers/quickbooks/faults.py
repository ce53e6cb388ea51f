"""Turn what QuickBooks answers when it says no into what the worker must do.

QuickBooks: error codes; throttling and authentication faults come in lower case or as XML.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from app.ledgers import exact_json
from app.ledgers.errors import (
    CompanyAway,
    CustomerGone,
    Faltered,
    Gone,
    LedgerError,
    Misconfigured,
    NameTaken,
    NotAuthorised,
    NumberTaken,
    Refused,
    Stale,
    Throttled,
    Unavailable,
    Unsure,
)

THROTTLED = "3001"
NUMBER_TAKEN = "6140"
_CLOSED = "6210"
NAME_TAKEN = "6240"
STALE = "5010"
NOT_FOUND = "610"
# Wrong token, wrong keys for this company, or the person who consented lost access.
_NOT_AUTHORISED = {"100", "110", "120", "3100", "3200", "3202"}
# One damaged record stops a read.
_PASSING = {"4002"}
# QuickBooks moves, locks or mends the company: minutes to hours, and no document is at fault.
_AWAY = {"130", "140", "150"}
# The operation, the creation, the update came to nothing: worth one more try.
_CAME_TO_NOTHING = {"1000", "1010", "1020"}
# 600: our request id is known, perhaps because the first request is still running.
_UNKNOWN_OUTCOME = {"600", "10000"}
# No document of this company can be written until somebody acts there.
_COMPANY_WIDE = {"5020", "6190", "10200"}
# Of several codes in one answer the one that says what becomes of the whole company counts.
_DECISIVE = {THROTTLED, *_NOT_AUTHORISED, *_COMPANY_WIDE, *_AWAY}


@dataclass(frozen=True, slots=True)
class Fault:
    """What QuickBooks said, whatever shape it came in; all empty when nothing readable came."""

    code: str = ""
    message: str = ""
    kind: str = ""  # ValidationFault, SystemFault, AUTHENTICATION, SERVICE …

    @property
    def readable(self) -> bool:
        """Tell whether QuickBooks itself spoke, not something in between."""
        return bool(self.code or self.message)


def fault_in(body: object) -> Mapping[str, object] | None:
    """Return the Fault of a parsed answer, in either letter case, or None."""
    if not isinstance(body, Mapping):
        return None
    fault = _get(body, "Fault")
    return fault if isinstance(fault, Mapping) else None


def read_fault(text: str) -> Fault:
    """Read the Fault of a body: JSON in either letter case, XML, or nothing readable."""
    try:
        body = exact_json.load(text)
    except ValueError:
        return _xml_fault(text)
    fault = fault_in(body)
    return Fault() if fault is None else parse_fault(fault)


def parse_fault(fault: Mapping[str, object]) -> Fault:
    """Put all errors of a Fault into one: the first code that matters, everybody's words."""
    errors = _get(fault, "Error")
    found = [e for e in errors if isinstance(e, Mapping)] if isinstance(errors, list) else []
    codes = [_code(_get(error, "code")) for error in found]
    words = [_words(_get(error, "Message"), _get(error, "Detail")) for error in found]
    return Fault(_chosen(codes), " ".join(dict.fromkeys(w for w in words if w)), _kind(fault))


def error_of(status: int, headers: Mapping[str, str], fault: Fault, *, writes: bool) -> LedgerError:
    """Return the error a worker acts on. writes: the request could have changed the books."""
    error = _classified(status, headers, fault, writes)
    error.code = fault.code or error.code
    error.status = status
    error.request_id = request_id(headers)
    return error


def request_id(headers: Mapping[str, str]) -> str | None:
    """Return Intuit's own id of the exchange, for its support."""
    return headers.get("intuit_tid") or headers.get("intuit-tid")


def _classified(status: int, headers: Mapping[str, str], fault: Fault, writes: bool) -> LedgerError:
    if status == 429 or fault.code == THROTTLED:
        return Throttled(fault.message, retry_after=_retry_after(headers))
    if status == 401 or _is_about_permission(fault):
        return NotAuthorised(fault.message)
    if _lost(status, fault):
        return Unsure(fault.message) if writes else Unavailable(fault.message)
    if not fault.readable:
        return _silent(status)
    return _passing(fault) or _refusal(fault)


def _is_about_permission(fault: Fault) -> bool:
    if fault.code in _NOT_AUTHORISED:
        return True
    return "auth" in fault.kind.lower() and fault.code not in _COMPANY_WIDE


def _lost(status: int, fault: Fault) -> bool:
    """Tell whether the books may have changed although QuickBooks did not say yes."""
    if fault.code in _UNKNOWN_OUTCOME or status in (408, 425):
        return True
    passing = _PASSING | _AWAY | _CAME_TO_NOTHING
    return status >= 500 or (fault.kind == "SystemFault" and fault.code not in passing)


def _silent(status: int) -> LedgerError:
    """Judge an answer without a Fault in it: something in between spoke, not the books."""
    if status in (404, 405, 406, 415):
        return Misconfigured("QuickBooks has nothing at this address.")
    if status in (400, 413, 414):
        return Refused("QuickBooks refused the request without saying why.")
    return Unavailable("Something in between answered, not QuickBooks.")


def _passing(fault: Fault) -> LedgerError | None:
    if fault.code in _AWAY:
        return CompanyAway(fault.message)
    if fault.code in _CAME_TO_NOTHING:
        return Faltered(fault.message)
    return Unavailable(fault.message) if fault.code in _PASSING else None


def _refusal(fault: Fault) -> LedgerError:
    if says_number_taken(fault.code, fault.message):
        return NumberTaken(fault.message, existing_id=_holder(fault.message))
    match fault.code:
        case "6240":
            return NameTaken(fault.message)
        case "5010":
            return Stale(fault.message)
        # Which of the two a reference to what is inactive, merged or deleted gets is not certain.
        case "610" | "2500":
            return Gone(fault.message)
        case "6250":
            return CustomerGone(fault.message)
    return Refused(fault.message, company_wide=fault.code in _COMPANY_WIDE)


def says_number_taken(code: str, message: str) -> bool:
    """Tell whether the document number is in use.

    QuickBooks: the error table lists 6140 for it; Intuit's page of common errors of 2017 lists
    6210, which is otherwise a closed period. So 6210 is taken by its words.
    """
    return code == NUMBER_TAKEN or (code == _CLOSED and "duplicate document" in message.lower())


_HOLDER = re.compile(r"TxnType=(?P<type>[A-Za-z ]+?) with TxnId=(?P<id>\d+)")


def _holder(message: str) -> str | None:
    """Return the id of the document that has the number, when it is one we could adopt."""
    found = _HOLDER.search(message)
    if found is None or found["type"].replace(" ", "") not in ("Invoice", "CreditMemo"):
        return None
    return found["id"]


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After in seconds; a date counts from the answer's own Date."""
    value = headers.get("retry-after", "").strip()
    try:
        if value.isdecimal():
            return int(value)
        until = parsedate_to_datetime(value)
        return max(0.0, (until - parsedate_to_datetime(headers.get("date", ""))).total_seconds())
    except (TypeError, ValueError):
        return None


def _get(values: Mapping[str, object], name: str) -> object:
    """Look a name up as documented, or with a small first letter as the gateway writes it."""
    return values.get(name, values.get(name[0].lower() + name[1:]))


def _code(value: object) -> str:
    """Return "3200" for "003200", 3200 or "3200"."""
    digits = str(value or "").strip()
    return digits.lstrip("0") if digits.isdecimal() else digits


def _chosen(codes: list[str]) -> str:
    return next((c for c in codes if c in _DECISIVE), next((c for c in codes if c), ""))


def _words(message: object, detail: object) -> str:
    """Prefer the detail: the message is the same for every fault of a code."""
    said, precise = str(message or "").strip(), str(detail or "").strip()
    if not precise or precise.endswith(": null"):
        return said or precise
    return precise


def _kind(fault: Mapping[str, object]) -> str:
    return str(_get(fault, "type") or "")


# Read by pattern, not by a parser: two fields of a text that may be cut off or padded at will.
_XML_ERROR = re.compile(
    r"<Error\b[^>]*\bcode=\"(?P<code>\d+)\"[^>]*>(?P<inside>.*?)</Error>", re.DOTALL
)
_XML_KIND = re.compile(r"<Fault\b[^>]*\btype=\"(?P<kind>\w+)\"")


def _xml_fault(text: str) -> Fault:
    errors = list(_XML_ERROR.finditer(text))
    if not errors:
        return Fault()
    words = [
        _words(_element("Message", e["inside"]), _element("Detail", e["inside"])) for e in errors
    ]
    kind = _XML_KIND.search(text)
    return Fault(
        _chosen([_code(error["code"]) for error in errors]),
        " ".join(word for word in words if word),
        kind["kind"] if kind else "",
    )


def _element(name: str, text: str) -> str:
    found = re.search(rf"<{name}>(.*?)</{name}>", text, re.DOTALL)
    return html.unescape(found[1]).strip() if found else ""
