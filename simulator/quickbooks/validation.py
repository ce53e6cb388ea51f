"""Clean a request body: refuse unknown fields and wrong values, drop empty ones."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from simulator import json_text
from simulator.quickbooks.faults import Fault
from simulator.quickbooks.fields import FIELDS

_UNSUPPORTED = "specified is unsupported or invalid"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_MAXIMUM_AMOUNT = Decimal("1e10")  # ten digits before the point (facts: 6.3)
_LAST_OF_PLANE_0 = "\uffff"


def parse_body(raw: bytes) -> dict[str, Any]:
    """Read a JSON object. Raise fault 2010 on malformed JSON or bad UTF-8."""
    try:
        value = json_text.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Fault("2010", f"Property Name:{error} {_UNSUPPORTED}") from error
    if not isinstance(value, dict):
        raise Fault(
            "2010", f"Property Name:Can not deserialize instance of the body {_UNSUPPORTED}"
        )
    return value


class Cleaner:
    """Turn what was sent into typed values: Decimal, date text, refs of value only."""

    def __init__(self, accept_string_amounts: bool, emoji: str = "accept") -> None:
        self._strings, self._emoji = accept_string_amounts, emoji

    def clean(self, kind: str, sent: dict[str, Any], path: str = "") -> dict[str, Any]:
        """Return the writable fields sent. Raise the fault of the first wrong one."""
        known = FIELDS[kind]
        for name in sent:
            if name not in known:
                raise _unknown_property(kind, name)
        kept: dict[str, Any] = {}
        for name, value in sent.items():
            if known[name] == "skip" or value is None or value == "":
                continue
            cleaned = self._value(known[name], value, f"{path}{name}")
            if cleaned is not None:
                kept[name] = cleaned
        return kept

    def _value(self, kind: str, value: Any, path: str) -> Any:
        if kind.startswith("["):
            return self._list(kind[1:-1], value, path)
        if kind.startswith("{"):
            return self._object(kind[1:-1], value, path) or None
        if "|" in kind:
            return _choice(kind, value, path)
        if kind.startswith("text"):
            if self._emoji == "500" and max(str(value), default="") > _LAST_OF_PLANE_0:
                raise Fault("10000", "System Failure Error: Lexical error", path, status=500)
            return _text(kind, value, path)
        if kind in ("money", "number", "whole"):
            return self._number(kind, value, path)
        return {"id": _id, "flag": _flag, "date": _date, "ref": _reference, "email": _email}[kind](
            value, path
        )

    def _list(self, kind: str, value: Any, path: str) -> list[Any]:
        if not isinstance(value, list):
            value = [value]
        return [self._object(kind, item, path) for item in value]

    def _object(self, kind: str, value: Any, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Fault(
                "2010",
                f"Property Name:Can not instantiate value of type {kind} for {path} {_UNSUPPORTED}",
            )
        return self.clean(kind, value, f"{path}.")

    def _number(self, kind: str, value: Any, path: str) -> Decimal | int:
        if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
            raise Fault("2080", f"Invalid Number : {path}. Supplied value:{value}", path)
        if isinstance(value, str) and not self._strings:
            raise Fault("2080", f"Invalid Number : {path}. Supplied value:{value}", path)
        try:
            number = Decimal(str(value).strip())
        except InvalidOperation as error:
            raise Fault("2080", f"Invalid Number : {path}. Supplied value:{value}", path) from error
        if not number.is_finite() or abs(number) >= _MAXIMUM_AMOUNT:
            raise Fault("2140", f"Invalid Amount : {path}. Supplied value:{value}", path)
        if kind != "whole":
            return number
        if number != number.to_integral_value():
            raise Fault("2080", f"Invalid Number : {path}. Supplied value:{value}", path)
        return int(number)


def _unknown_property(kind: str, name: str) -> Fault:
    names = ", ".join(f'"{field}"' for field in FIELDS[kind])
    detail = (
        f'Property Name:Unrecognized field "{name}" (class com.intuit.schema.finance.v3.{kind}), '
        f"not marked as ignorable ({len(FIELDS[kind])} known properties: {names[:600]} "
        f"[truncated]])\n {_UNSUPPORTED}"
    )
    return Fault("2010", detail)


def _text(kind: str, value: Any, path: str) -> str | None:
    if isinstance(value, (dict, list)):
        raise Fault("2010", f"Property Name:Can not deserialize {path} {_UNSUPPORTED}")
    text = str(value).strip()
    if _CONTROL.search(text):
        raise Fault("2040", f"Invalid String : {path} holds control characters", path)
    longest = int(kind[5:]) if kind.startswith("text<") else 0
    if longest and len(text) > longest:
        detail = f"{path} Min: 0, Max: {longest}, Supplied length: {len(text)}"
        raise Fault(
            "2050",
            f"String length is either shorter or longer than supported by specification. {detail}",
            path,
        )
    return text or None


def _choice(kind: str, value: Any, path: str) -> str:
    if value not in kind.split("|"):
        raise Fault("2170", f"Invalid Enumeration : {path}. Supplied value:{value}", path)
    return str(value)


def check_id(value: Any) -> str:
    """Return an Id of digits. Raise fault 2030, which carries no time."""
    text = str(value)
    if not text.isascii() or not text.isdigit():
        raise Fault(
            "2030", f"Id should be a valid number. Supplied value:{text}", "Id", timed=False
        )
    return text


def _id(value: Any, path: str) -> str:
    return check_id(value)


def _flag(value: Any, path: str) -> bool:
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise Fault("2230", f"Invalid Boolean : {path}. Supplied value:{value}", path)
    return value


def _date(value: Any, path: str) -> str:
    try:
        return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError as error:
        raise Fault(
            "2060", f"Invalid Date Format : {path}. Supplied value:{value}", path
        ) from error


def _reference(value: Any, path: str) -> dict[str, str] | None:
    if not isinstance(value, dict):
        raise Fault(
            "2010",
            f"Property Name:Can not instantiate a ReferenceType for {path} {_UNSUPPORTED}",
        )
    for name in value:
        if name not in ("value", "name", "type"):
            raise _unknown_property_of_reference(name)
    target = str(value.get("value") or "").strip()
    return {"value": target} if target else None


def _unknown_property_of_reference(name: str) -> Fault:
    detail = (
        f'Property Name:Unrecognized field "{name}" '
        "(class com.intuit.schema.finance.v3.ReferenceType), "
        f'not marked as ignorable (3 known properties: "type", "value", "name"])\n {_UNSUPPORTED}'
    )
    return Fault("2010", detail)


def _email(value: Any, path: str) -> str:
    text = str(value).strip()
    if len(text) > 100:
        raise Fault("2050", f"{path} Min: 0, Max: 100, Supplied length: {len(text)}", path)
    addresses = [part.strip() for part in text.split(",")]
    if any("@" not in a or "." not in a.rpartition("@")[2] or " " in a for a in addresses):
        raise Fault("2210", f"Email Address format is invalid. Supplied value:{text}", path)
    return text
