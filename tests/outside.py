"""What the vendors and others published, beside the project's folder: ../shared/contracts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CONTRACTS = Path(__file__).resolve().parents[2] / "shared" / "contracts"


def published(name: str) -> Path:
    """Return a published file's path; skips the test where the folder is not beside us."""
    path = CONTRACTS / name
    if not path.exists():
        pytest.skip(f"{name} is not beside this checkout (../shared/contracts)")
    return path


def recorded_bodies(name: str) -> list[str]:
    """Return every body of a recorded QuickBooks exchange, requests and answers in turn."""
    text = published(f"recorded/qbo_api-vcr/{name}").read_text()
    bodies = re.findall(r"^ +string: '((?:[^']|'')*)'", text, re.MULTILINE)
    return [_unfolded(body) for body in bodies]


def _unfolded(body: str) -> str:
    """Undo YAML's folding of a quoted text: a line break is a space, two quotes are one."""
    lines = re.sub(r"(?<!\n)\n(?!\n) *", " ", body)
    return re.sub(r"\n\n+ *", "\n", lines).replace("''", "'")
