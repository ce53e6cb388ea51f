"""JSON whose numbers are the Decimals they were: no float on the way out, none on the way in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal

Json = None | bool | int | str | Decimal | Sequence["Json"] | Mapping[str, "Json"]


def dump(value: Json) -> bytes:
    """Return compact ASCII JSON, keys in the order given. Raises TypeError for a float."""
    return _text(value).encode("ascii")


def load(text: str | bytes) -> object:
    """Read JSON; every number is a Decimal. Raises ValueError."""
    return json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse)


def _text(value: Json) -> str:
    match value:
        case None | bool() | int() | str():
            return json.dumps(value)  # ASCII: no letter is at the mercy of a character set
        case Decimal():
            return _number(value)
        case Mapping():
            return "{" + ",".join(f"{json.dumps(k)}:{_text(v)}" for k, v in value.items()) + "}"
        case Sequence():
            return "[" + ",".join(map(_text, value)) + "]"
    raise TypeError(f"{type(value).__name__} has no exact place in JSON.")


def _number(value: Decimal) -> str:
    if not value.is_finite():
        raise TypeError("JSON has no number that is not finite.")
    return format(value, "f")


def _refuse(name: str) -> object:
    raise ValueError(f"{name} is not a number.")
