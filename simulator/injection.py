"""Decide which request meets which injected fault."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from simulator.store import Store

KINDS = (
    "expired_token",
    "forbidden",
    "throttled",
    "server_error",
    "unavailable",
    "hang",
    "reset",
    "slow",
    "truncated",
    "invalid_json",
    "html",
    "xml",
    "fault",
    "answer",
)


@dataclass
class Rule:
    """Fire ``times`` times from the ``nth`` matching request on; ``*`` matches everything."""

    kind: str
    id: int = 0
    realm: str = "*"
    entity: str = "*"
    operation: str = "*"
    contains: str | None = None
    nth: int = 1
    times: int | None = 1
    chance: float | None = None  # of firing, at each match; by seed and company, not by luck
    seed: int = 0
    when: str = "before"
    seconds: float = 0
    retry_after: int | None = None
    format: str = "json"
    status: int | None = None
    code: str | None = None
    body: str | None = None
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    seen: int = 0
    fired: int = 0
    seen_of: dict[str, int] = field(default_factory=dict)  # company → matches

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        if self.when not in ("before", "after"):
            raise ValueError("when must be before or after (the commit)")
        if self.format not in ("json", "xml"):
            raise ValueError("format must be json or xml")
        if self.chance is not None and not 0 < self.chance <= 1:
            raise ValueError("chance must be above 0 and at most 1")

    @property
    def spent(self) -> bool:
        return self.times is not None and self.fired >= self.times

    def meets(self, realm: str, entity: str, operation: str, text: str) -> bool:
        wanted = ((self.realm, realm), (self.entity, entity), (self.operation, operation))
        same = all(
            rule in ("*", None) or str(rule).lower() == asked.lower() for rule, asked in wanted
        )
        return same and (not self.contains or self.contains in text)

    def count(self, realm: str) -> bool:
        """Count a match; return whether the rule would fire at it."""
        self.seen += 1
        if self.chance is None:
            return self.seen >= self.nth
        self.seen_of[realm] = self.seen_of.get(realm, 0) + 1
        return self.seen >= self.nth and self._draw(realm) < self.chance

    def _draw(self, realm: str) -> float:
        """Draw for the company's next match: the same whatever other companies do meanwhile."""
        drawn = hashlib.blake2b(
            f"{self.seed}:{realm}:{self.seen_of[realm]}".encode(), digest_size=8
        )
        return int.from_bytes(drawn.digest()) / 2**64


class Injections:
    """Hold the rules; they and their counts survive a restart."""

    def __init__(self, store: Store) -> None:
        self._store, self._lock = store, threading.Lock()
        self._rules = [
            Rule(**json.loads(row["rule"]))
            for row in store.rows("SELECT rule FROM injection ORDER BY id")
        ]

    def add(self, values: dict[str, Any]) -> Rule:
        """Add a rule. Raise ValueError for an unknown kind or field."""
        unknown = set(values) - {item.name for item in fields(Rule)}
        if unknown or "kind" not in values:
            raise ValueError(
                f"unknown fields: {', '.join(sorted(unknown))}" if unknown else "kind is missing"
            )
        with self._lock:
            rule = Rule(
                **{
                    **values,
                    "id": max((r.id for r in self._rules), default=0) + 1,
                    "seen": 0,
                    "fired": 0,
                    "seen_of": {},
                }
            )
            self._rules.append(rule)
            self._save(rule)
        return rule

    def match(self, realm: str, entity: str, operation: str, text: str) -> Rule | None:
        """Count the request on every rule it meets and return the first rule that fires."""
        if not self._rules:
            return None
        fired: Rule | None = None
        with self._lock:
            for rule in self._rules:
                if rule.spent or not rule.meets(realm, entity, operation, text):
                    continue
                if rule.count(realm) and fired is None:
                    rule.fired += 1
                    fired = rule
                # Rules that fire by chance see every request: they are kept when they fire.
                if rule is fired or rule.chance is None:
                    self._save(rule)
        return fired

    def all(self) -> list[dict[str, Any]]:
        return [asdict(rule) for rule in self._rules]

    def clear(self, identifier: int | None = None) -> None:
        with self._lock:
            self._rules = [
                rule for rule in self._rules if identifier is not None and rule.id != identifier
            ]
            if identifier is None:
                self._store.execute("DELETE FROM injection")
            else:
                self._store.execute("DELETE FROM injection WHERE id=?", identifier)

    def _save(self, rule: Rule) -> None:
        self._store.execute(
            "INSERT OR REPLACE INTO injection VALUES (?, ?)", rule.id, json.dumps(asdict(rule))
        )
