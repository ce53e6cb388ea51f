"""Remember what each requestid was answered (facts: quickbooks 2.4)."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType

from simulator.answers import Answer
from simulator.quickbooks.faults import Fault
from simulator.store import Store
from simulator.switches import Switches

LONGEST = 50
LONGEST_FOR_BATCH = 36


@dataclass(frozen=True)
class ReplayKey:
    """What makes two requests the same: the company's requestid, and of which call and body."""

    realm: str
    requestid: str | None
    target: str
    digest: str


class Replay:
    """Store answers in the transaction that caused them; give them back byte for byte."""

    def __init__(self, store: Store, switches: Switches) -> None:
        self._store, self._switches = store, switches

    def find(self, key: ReplayKey, now: datetime) -> Answer | None:
        """Return the first answer. Raise 2130 for a bad id, 600 when it belongs to another call."""
        if key.requestid is None:
            return None
        longest = LONGEST_FOR_BATCH if key.target.startswith("batch") else LONGEST
        if len(key.requestid) > longest:
            detail = f"requestid has {len(key.requestid)} characters, {longest} are allowed."
            raise Fault("2130", detail)
        row = self._store.row(
            "SELECT * FROM replay WHERE realm=? AND requestid=?", key.realm, key.requestid
        )
        if row is None or self._forgotten(row, now):
            return None
        other_body = row["digest"] != key.digest and self._switches["requestid_other_body"] == "600"
        if row["target"] != key.target or other_body:
            detail = "Duplicate Request ID : this requestid was used for another request."
            raise Fault("600", detail)
        kind = "application/json" if row["status"] >= 400 else "application/json;charset=utf-8"
        return Answer(row["status"], row["body"], kind)

    def _forgotten(self, row: sqlite3.Row, now: datetime) -> bool:
        hours = self._switches["requestid_retention_hours"]
        if hours and row["stored"] + hours * 3600 <= now.timestamp():
            return True
        return bool(row["status"] >= 400 and self._switches["requestid_fault"] == "retry")

    def keep(self, key: ReplayKey, answer: Answer, now: datetime) -> None:
        if key.requestid is not None:
            self._store.execute(
                "INSERT OR REPLACE INTO replay VALUES (?, ?, ?, ?, ?, ?, ?)",
                key.realm, key.requestid, key.target, key.digest, answer.status, answer.body,
                int(now.timestamp()),
            )  # fmt: skip


class InFlight:
    """Hold a requestid while its first use runs; a second use waits, or is refused by switch."""

    _running: set[tuple[str, str]] = set()  # noqa: RUF012 - shared by all threads on purpose
    _changed = threading.Condition()

    def __init__(self, realm: str, requestid: str | None, switches: Switches) -> None:
        self._key = (realm, requestid) if requestid else None
        self._refuse = switches["requestid_in_flight"] == "600"

    def __enter__(self) -> None:
        if self._key is None:
            return
        with self._changed:
            if self._refuse and self._key in self._running:
                raise Fault("600", "Duplicate Request ID : the first request is still running.")
            self._changed.wait_for(lambda: self._key not in self._running)
            self._running.add(self._key)

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._key is not None:
            with self._changed:
                self._running.discard(self._key)
                self._changed.notify_all()
