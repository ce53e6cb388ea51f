"""Log every API request, count what would be billed, and observe the rates clients reach."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any

from simulator.store import Store

PER_SECOND, PER_MINUTE, IN_FLIGHT, BATCHES_PER_MINUTE = 10, 500, 10, 40


@dataclass
class Entry:
    """One request as logged; no token and no body is kept."""

    time: str
    realm: str
    method: str
    path: str
    entity: str
    operation: str
    requestid: str | None
    statement: str | None
    status: int
    fault: str | None
    tid: str
    metered: bool
    replayed: bool
    injected: str | None
    milliseconds: int


class _Window:
    """Arrivals within the last seconds, and the most there ever were."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._arrivals, self.most = seconds, deque[float](), 0

    def arrive(self, now: float) -> int:
        self._arrivals.append(now)
        while self._arrivals[0] <= now - self._seconds:
            self._arrivals.popleft()
        self.most = max(self.most, len(self._arrivals))
        return len(self._arrivals)


class _Realm:
    def __init__(self) -> None:
        self.second, self.minute, self.batches = _Window(1.0), _Window(60.0), _Window(60.0)
        self.in_flight = self.most_in_flight = 0
        self.writes_in_flight = self.most_writes_in_flight = 0


class Traffic:
    """Know each company's requests: the log in the store, the rates in memory."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._realms: dict[str, _Realm] = defaultdict(_Realm)

    def begin(self, realm: str, batch: bool, writes: bool) -> bool:
        """Note an arrival; return whether it is above the vendor's limits."""
        now = time.monotonic()
        with self._lock:
            seen = self._realms[realm]
            seen.in_flight += 1
            seen.most_in_flight = max(seen.most_in_flight, seen.in_flight)
            seen.writes_in_flight += writes
            seen.most_writes_in_flight = max(seen.most_writes_in_flight, seen.writes_in_flight)
            second, minute = seen.second.arrive(now), seen.minute.arrive(now)
            batches = seen.batches.arrive(now) if batch else 0
            over = second > PER_SECOND or minute > PER_MINUTE or batches > BATCHES_PER_MINUTE
            return over or seen.in_flight > IN_FLIGHT

    def end(self, realm: str, writes: bool) -> None:
        with self._lock:
            self._realms[realm].in_flight -= 1
            self._realms[realm].writes_in_flight -= writes

    def log(self, entry: Entry) -> None:
        values = vars(entry)
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        statement = f"INSERT INTO request ({names}) VALUES ({marks})"  # noqa: S608 - Entry's fields
        self._store.execute(statement, *values.values())

    def entries(self, realm: str | None, after: int = 0, limit: int = 1000) -> list[dict[str, Any]]:
        where, parameters = ("realm=? AND ", [realm]) if realm else ("", [])
        statement = f"SELECT * FROM request WHERE {where} number>? ORDER BY number LIMIT ?"  # noqa: S608
        rows = self._store.rows(statement, *parameters, after, limit)
        flags = ("metered", "replayed")
        return [
            {key: bool(value) if key in flags else value for key, value in dict(row).items()}
            for row in rows
        ]

    def metered_total(self) -> int:
        row = self._store.row("SELECT COUNT(*) AS n FROM request WHERE metered=1")
        return row["n"] if row else 0

    def counters(self, realm: str) -> dict[str, Any]:
        """Return the counts since the last reset, and the highest rates seen by this process."""
        rows = self._store.rows(
            "SELECT entity, operation, COUNT(*) AS n, SUM(metered) AS metered,"
            " SUM(status BETWEEN 200 AND 299) AS ok, SUM(status=429) AS throttled,"
            " SUM(replayed) AS replayed FROM request WHERE realm=?"
            " GROUP BY entity, operation ORDER BY entity, operation",
            realm,
        )
        reads = ("read", "query", "cdc", "batch")
        with self._lock:
            seen = self._realms[realm]
            rates = {
                "max_per_second": seen.second.most,
                "max_per_minute": seen.minute.most,
                "in_flight": seen.in_flight,
                "max_in_flight": seen.most_in_flight,
                "max_writes_in_flight": seen.most_writes_in_flight,
            }
        return {
            "requests": sum(row["n"] for row in rows),
            "metered": sum(row["metered"] for row in rows),
            "free_writes": sum(row["ok"] for row in rows if row["operation"] not in reads),
            "replayed": sum(row["replayed"] for row in rows),
            "throttled": sum(row["throttled"] for row in rows),
            "by_operation": {f"{row['entity']}.{row['operation']}": row["n"] for row in rows},
            **rates,
        }

    def reset(self) -> None:
        self._store.execute("DELETE FROM request")
        with self._lock:
            for realm, seen in list(self._realms.items()):
                fresh = _Realm()
                fresh.in_flight = seen.in_flight
                fresh.writes_in_flight = seen.writes_in_flight
                self._realms[realm] = fresh
