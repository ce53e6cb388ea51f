"""Answer a batch: independent items, each with its own fault, HTTP 200 (facts: quickbooks 5)."""

from __future__ import annotations

from typing import Any

from simulator import json_text
from simulator.quickbooks import cdc, query_language, query_run
from simulator.quickbooks.books import Books
from simulator.quickbooks.faults import Fault, required, unsupported
from simulator.quickbooks.fields import WRITABLE
from simulator.quickbooks.operations import write
from simulator.quickbooks.sales import Origin

_LONGEST_ID_WITH_REQUESTID = 10
_OPERATIONS = ("create", "update", "delete", "void")


def run_batch(books: Books, body: dict[str, Any], requestid: str | None) -> str:
    """Return the text of ``BatchItemResponse``. Raise only for the batch as a whole."""
    items = body.get("BatchItemRequest")
    if not isinstance(items, list) or not items:
        raise required("BatchItemRequest")
    if len(items) > books.switches["batch_limit"]:
        detail = f"Max batch size is {books.switches['batch_limit']}. Supplied: {len(items)}"
        raise Fault("1040", detail)
    identifiers = [str(item.get("bId", "")) for item in items if isinstance(item, dict)]
    if len(set(identifiers)) != len(items):
        raise Fault("2040", "Every item of a batch needs a bId of its own.", "bId")
    if requestid and any(
        len(identifier) > _LONGEST_ID_WITH_REQUESTID for identifier in identifiers
    ):
        raise Fault("2130", "With a requestid a bId has at most 10 characters.", "bId")
    answers = [
        _item(books, item, identifier) for item, identifier in zip(items, identifiers, strict=True)
    ]
    return f"[{','.join(answers)}]"


def _item(books: Books, item: dict[str, Any], identifier: str) -> str:
    try:
        with books.store.transaction():
            key, text = _perform(books, item)
    except Fault as fault:
        key, text = "Fault", json_text.dumps(fault.body())
    return f'{{"{key}":{text},"bId":{json_text.dumps(identifier)}}}'


def _perform(books: Books, item: dict[str, Any]) -> tuple[str, str]:
    if "Query" in item:
        clamp = books.switches["maxresults_over_1000"] == "clamp"
        return "QueryResponse", query_run.run(
            books, query_language.parse(str(item["Query"]), clamp=clamp)
        )
    if "CDCQuery" in item:
        asked = item["CDCQuery"]
        return "CDCResponse", cdc.changes(books, asked.get("Entities"), asked.get("ChangedSince"))
    kind = next((name for name in WRITABLE if name in item), None)
    operation, options = item.get("operation"), str(item.get("optionsData", ""))
    if kind is None or operation not in _OPERATIONS:
        raise unsupported(books.realm, f"batch/{operation}")
    if operation == "update" and options == "void":
        operation = "void"
    origin = Origin(frozenset(options.split(",")))
    return kind, json_text.dumps(write(books, kind, operation, item[kind], origin))
