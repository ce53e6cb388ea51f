"""Write what is built today into the golden files: python -m tests.golden.regenerate [NAME …].

For a change that is meant. Read every file it changed before it is committed: a golden file that
nobody read proves nothing.
"""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.golden.cases import Sent, load, paths, spelt_out, work_out

_WIDTH = 118


def regenerate(path: Path) -> None:
    """Work one case out and write its file anew."""
    told = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    for old in ("body", "note", "refused"):
        told.pop(old, None)
    came = work_out(load(path))
    if isinstance(came, Sent):
        if came.note:
            told["note"] = came.note
        body = json.loads(came.body, parse_float=Decimal)
        told["body"] = body | {"Line": _folded(body["Line"], told["event"]["data"]["lines"])}
    else:
        told["refused"] = {"by": came.by, "says": came.says}
    path.write_text(laid_out(told) + "\n", encoding="utf-8")


def _folded(lines: list[Any], said: Any) -> Any:
    """Return lines as a repetition where billing's were one."""
    if not isinstance(said, dict):
        return lines
    like = {**lines[0], "Description": said["line"]["description"]}
    rule = {"repeat": len(lines), "line": like}
    return rule if spelt_out(rule) == lines else lines


def laid_out(value: Any, indent: int = 0, key: str = "") -> str:
    """Return JSON on as few lines as are easy to read, every number as it is."""
    whole = key + _flat(value)
    if len(whole) + indent <= _WIDTH or not isinstance(value, dict | list) or not value:
        return whole
    room = " " * (indent + 1)
    if isinstance(value, dict):
        parts = [laid_out(v, indent + 1, f"{json.dumps(k)}: ") for k, v in value.items()]
        opens, closes = "{", "}"
    else:
        parts, opens, closes = [laid_out(v, indent + 1) for v in value], "[", "]"
    inside = ",\n".join(room + part for part in parts)
    return f"{key}{opens}\n{inside}\n{' ' * indent}{closes}"


def _flat(value: Any) -> str:
    match value:
        case Decimal():
            return f"{value:f}"
        case dict():
            inner = ", ".join(f"{json.dumps(k)}: {_flat(v)}" for k, v in value.items())
            return f"{{{inner}}}"
        case list():
            return f"[{', '.join(map(_flat, value))}]"
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    wanted = sys.argv[1:]
    for each in paths():
        if not wanted or each.stem in wanted:
            regenerate(each)
