"""Which fields QuickBooks' published schema has: an unknown one in a request is fault 2010."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.outside import published

Types = Mapping[str, Any]


def published_types() -> Types:
    """Return the vendor's types by name; skips the test where they are not beside us."""
    types: Types = json.loads(published("qbo_fields_from_xsd.json").read_text())["types"]
    return types


def unknown(value: dict[str, Any], kind: str, types: Types) -> Iterator[str]:
    """Yield the path of every field that its type does not have."""
    fields = {field["name"].lstrip("@"): field["type"] for field in types[kind]}
    if kind in ("ReferenceType", "MemoRef"):
        fields["value"] = "string"  # an XML element's text is its value in JSON
    for name, inside in value.items():
        if name not in fields:
            yield f"{kind}.{name}"
            continue
        for one in inside if isinstance(inside, list) else [inside]:
            if isinstance(one, dict) and fields[name] in types:
                yield from unknown(one, fields[name], types)
