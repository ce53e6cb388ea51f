"""Keep all state in one SQLite file, committed per write."""

from __future__ import annotations

import fcntl
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

SCHEMA = Path(__file__).with_name("schema.sql").read_text()
# WAL survives kill -9 without an fsync per commit; only a power cut could lose the tail.
PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;"
FILE_NAME = "simulator.sqlite3"


class FolderInUseError(OSError):
    """Two simulators on one folder would mix up their books."""


class Store:
    """Hold the one connection, its one writer lock, and small named settings."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._hold = _hold(folder)
        self.path = folder / FILE_NAME
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.executescript(PRAGMAS + SCHEMA)
        self._settings = {
            row["name"]: json.loads(row["value"]) for row in self.rows("SELECT * FROM setting")
        }

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything inside together, or nothing; nested use is a savepoint."""
        with self._lock:
            begin, commit, rollback = self._verbs()
            self._db.execute(begin)
            self._depth += 1
            try:
                yield
            except BaseException:
                self._db.execute(rollback)
                if self._depth > 1:
                    self._db.execute(f"RELEASE nested{self._depth - 1}")
                raise
            else:
                self._db.execute(commit)
            finally:
                self._depth -= 1

    def _verbs(self) -> tuple[str, str, str]:
        if not self._depth:
            return "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"
        name = f"nested{self._depth}"
        return f"SAVEPOINT {name}", f"RELEASE {name}", f"ROLLBACK TO {name}"

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        with self._lock:
            return self._db.execute(sql, parameters)

    def rows(self, sql: str, *parameters: Any) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(sql, parameters).fetchall()

    def row(self, sql: str, *parameters: Any) -> sqlite3.Row | None:
        with self._lock:
            found: sqlite3.Row | None = self._db.execute(sql, parameters).fetchone()
            return found

    def one(self, sql: str, *parameters: Any) -> sqlite3.Row:
        """Return the one row there must be. Raise LookupError when there is none."""
        found = self.row(sql, *parameters)
        if found is None:
            raise LookupError(f"no row for {sql}")
        return found

    def setting(self, name: str, default: Any = None) -> Any:
        return self._settings.get(name, default)

    def set_setting(self, name: str, value: Any) -> None:
        with self._lock:
            self.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", name, json.dumps(value))
            self._settings[name] = value

    def clear(self) -> None:
        """Forget everything, as a fresh data folder would be."""
        with self._lock, self.transaction():
            for table in self.rows("SELECT name FROM sqlite_master WHERE type='table'"):
                if not table["name"].startswith("sqlite_"):
                    self.execute(f"DELETE FROM {table['name']}")  # noqa: S608 - a table of ours
            self._settings = {}

    def close(self) -> None:
        with self._lock:
            self._db.close()
            self._hold.close()


def _hold(folder: Path) -> IO[str]:
    """Keep the folder for this process alone; the hold ends with the process, however it ends."""
    hold = (folder / "in-use").open("w")
    try:
        fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        hold.close()
        raise FolderInUseError(f"another simulator uses {folder}") from error
    return hold
