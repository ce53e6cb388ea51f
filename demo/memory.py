"""What a demo keeps in its folder for its next start: logins, secrets, the day it began."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any


class Memory:
    """A small file, readable by its owner only; written whole, so that a crash leaves the old."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "demo.json"
        self._kept: dict[str, Any] = {}
        if self._path.exists():
            self._kept = json.loads(self._path.read_text())

    def get(self, name: str) -> str | None:
        """Return what is kept under a name."""
        value = self._kept.get(name)
        return None if value is None else str(value)

    def keep(self, **values: str) -> None:
        """Keep values for the next start."""
        self._kept |= values
        draft = self._path.with_suffix(".new")
        with open(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
            json.dump(self._kept, file, indent=1)
        draft.replace(self._path)

    def first_day(self, today: date) -> date:
        """Return the day this demo was first started; its invoices are dated from there."""
        if self.get("first_day") is None:
            self.keep(first_day=today.isoformat())
        return date.fromisoformat(self.get("first_day") or "")
