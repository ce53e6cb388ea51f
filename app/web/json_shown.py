"""Lay out the JSON of a ledger for people, numbers untouched."""

from __future__ import annotations

import json

_MARK, _MARK_DUMPED = "\u0001", "\\u0001"


def laid_out(raw: bytes) -> str:
    """Return JSON with line breaks and its numbers exactly as they are: 912.00 stays 912.00."""
    kept = json.loads(raw, parse_float=lambda number: f"{_MARK}{number}{_MARK}")
    shown = json.dumps(kept, indent=2, ensure_ascii=False)
    return shown.replace(f'"{_MARK_DUMPED}', "").replace(f'{_MARK_DUMPED}"', "")
