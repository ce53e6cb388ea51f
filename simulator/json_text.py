"""Read and write JSON the way QuickBooks does: money keeps its two decimals, zero is ``0``."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

_quote = json.encoder.encode_basestring
_decoder = json.JSONDecoder(parse_float=Decimal)


def loads(text: str | bytes) -> Any:
    """Parse JSON with every fraction as Decimal. Raise ValueError on malformed text."""
    return _decoder.decode(text.decode() if isinstance(text, bytes) else text)


def dumps(value: Any) -> str:
    """Write compact JSON; Decimals digit for digit (the standard writer has no Decimal)."""
    parts: list[str] = []
    _write(value, parts.append)
    return "".join(parts)


def _write(value: Any, put: Any) -> None:
    if isinstance(value, str):
        put(_quote(value))
    elif isinstance(value, dict):
        _write_object(value, put)
    elif isinstance(value, (list, tuple)):
        _write_array(value, put)
    elif value is None or isinstance(value, bool):
        put("null" if value is None else "true" if value else "false")
    elif isinstance(value, Decimal):
        put(format(value, "f") if value else "0")
    else:
        put(json.dumps(value))


def _write_object(value: dict[str, Any], put: Any) -> None:
    separator = "{"
    for key, item in value.items():
        put(separator + _quote(key) + ":")
        _write(item, put)
        separator = ","
    put("}" if value else "{}")


def _write_array(value: list[Any] | tuple[Any, ...], put: Any) -> None:
    separator = "["
    for item in value:
        put(separator)
        _write(item, put)
        separator = ","
    put("]" if value else "[]")
