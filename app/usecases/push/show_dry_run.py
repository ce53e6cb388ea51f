"""A dry run as plain values: what REST and the command line answer."""

from __future__ import annotations

import json
from typing import Any

from app.domain.money import round_money
from app.domain.public_id import public_id
from app.domain.states import DocumentKind
from app.usecases.push.dry_run import DryRun, Fate, Would

Json = dict[str, Any]


def as_json(found: DryRun) -> Json:
    """Return a dry run; amounts are strings, numbers of a body as they would be sent."""
    return {
        "connection": str(found.connection.id),
        "summary": {
            fate.value: {
                "count": len(found.of(fate)),
                "totals": _totals(found, fate, DocumentKind.INVOICE),
                "credit_totals": _totals(found, fate, DocumentKind.CREDIT_NOTE),
            }
            for fate in Fate
        },
        "documents": [_would(one) for one in found.documents],
        "left_out": found.left_out,
    }


def _totals(found: DryRun, fate: Fate, kind: DocumentKind) -> dict[str, str]:
    sums = found.sums(fate, kind)
    return {currency: f"{round_money(total, currency):f}" for currency, total in sums.items()}


def _would(one: Would) -> Json:
    return {
        "invoice_id": public_id(one.invoice_id),
        "kind": one.kind.value,
        "number": one.number,
        "operation": one.operation.value,
        "fate": one.fate.value,
        "currency": one.currency,
        "total": f"{round_money(one.total, one.currency):f}",
        "customer": one.customer,
        "customer_is": one.buyer.value if one.buyer else None,
        "customer_ledger_id": one.customer_ledger_id,
        "body": json.loads(one.body, parse_float=str) if one.body else None,
        "problem": one.problem.as_json() if one.problem else None,
        "note": one.note,
        "looks_first": one.looks_first,
    }
