"""How long every page takes in a workspace with a year behind it, through the real web process.

Two workspaces of a hundred thousand invoices and a million tries each, and a third of a thousand
invoices: a page must not ask the database more often because there is more in it.
"""

from __future__ import annotations

import math
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from flask import Flask
from sqlalchemy import event

from app.extensions import db
from app.usecases.accounts import create_api_key
from benchmarks.addresses import Address, addresses_of
from benchmarks.installation import Installation, installation
from benchmarks.table import heading, row
from benchmarks.year import PASSWORD, Firm, fill
from demo.person import Person

_AS_IN_PRODUCTION = {"WEB_CONCURRENCY": "2", "WEB_THREADS": "8"}
_TIMES = 50
_LONGEST = 60.0  # seconds for one answer
_GOAL = 300.0  # milliseconds, 95 of 100


@dataclass(frozen=True, slots=True)
class Measured:
    """What one address took: milliseconds, the answer's bytes as they travel, questions asked."""

    name: str
    p50: float
    p95: float
    kilobytes: float
    queries: int
    queries_of_few: int
    answers: frozenset[int]  # HTTP statuses; 0: none within a minute

    @property
    def right(self) -> bool:
        """Tell whether every answer was a page."""
        return self.answers == {200}

    @property
    def steady(self) -> bool:
        """Tell whether it asks as often with many rows; a rare kind of row may cost one more."""
        return self.queries <= self.queries_of_few + 1


def run() -> bool:
    """Measure, print each row as it is known.

    False where an address did not answer with its page, or asks more often because there is more.
    """
    size = int(os.environ.get("LB_INVOICES", "100000"))
    times = int(os.environ.get("LB_TIMES", str(_TIMES)))
    with installation(**_AS_IN_PRODUCTION) as place:
        began = time.monotonic()
        with place.app.app_context():
            firms = fill([*(Firm(slug, size, size // 50, 27) for slug in ("busy", "other")),
                          Firm("small", 1000, 20, 3)])  # fmt: skip
        took = time.monotonic() - began
        heading(f"{size:,} invoices, {size * 10:,} tries, beside as many of another workspace")
        row("written in", f"{took:.0f} s")
        measured = []
        for one in _measure(place, firms[0], firms[-1], times):
            _print(one)
            measured.append(one)
    slow = [one.name for one in measured if one.p95 > _GOAL]
    row(f"over {_GOAL:.0f} ms at p95", str(len(slow)), ", ".join(slow))
    return all(one.right and one.steady for one in measured)


def _print(one: Measured) -> None:
    same = "" if one.steady else f", {one.queries_of_few} WITH 1,000 INVOICES"
    wrong = "" if one.right else f", ANSWERED {', '.join(map(str, sorted(one.answers)))}"
    row(
        one.name,
        f"{one.p50:.0f} / {one.p95:.0f} ms",
        f"{one.queries} queries{same}, {one.kilobytes:.1f} kB{wrong}",
    )


def _measure(place: Installation, firm: Firm, few: Firm, times: int) -> Iterator[Measured]:
    with place.app.app_context():
        keys = {one.slug: create_api_key(one.workspace_id, "benchmark") for one in (firm, few)}
        addresses, with_few = _wanted(addresses_of(firm)), _wanted(addresses_of(few))
        db.session.remove()
    counted = _counted(place.app, firm, keys[firm.slug], addresses)
    counted_few = _counted(place.app, few, keys[few.slug], with_few)
    with _browser(place.place.url, firm, keys[firm.slug]) as browser:
        for each in addresses:
            queries, of_few = counted[each.name], counted_few[each.name]
            yield _timed(browser, place.place.url, each, times, queries, of_few)


def _wanted(addresses: list[Address]) -> list[Address]:
    """Return those whose name begins with LB_PAGES, or all."""
    begins = os.environ.get("LB_PAGES", "")
    return [each for each in addresses if each.name.startswith(begins)]


def _timed(
    browser: requests.Session, url: str, asked: Address, times: int, queries: int, of_few: int
) -> Measured:
    taken, size, answers = [], 0, set()
    for turn in range(times + 2):
        began = time.perf_counter()
        try:
            answer = browser.get(
                f"{url}{asked.path}", headers=asked.headers, allow_redirects=False, timeout=_LONGEST
            )
            status, size = answer.status_code, len(answer.content)
        except requests.RequestException:
            status = 0
        answers.add(status)
        if turn >= 2:  # each of the two processes has seen it once
            taken.append((time.perf_counter() - began) * 1000)
        if status != 200:
            break  # the row says so, and the others are still measured
    p50 = statistics.median(taken) if taken else math.nan
    p95 = statistics.quantiles(taken, n=20)[-1] if len(taken) > 1 else math.nan
    return Measured(asked.name, p50, p95, size / 1000, queries, of_few, frozenset(answers))


@contextmanager
def _browser(url: str, firm: Firm, key: str) -> Iterator[requests.Session]:
    person = Person(url)
    person.log_in(firm.email, PASSWORD)
    with requests.Session() as session:
        session.trust_env = False
        session.cookies.update(person.cookies)
        session.headers["Authorization"] = f"Bearer {key}"
        yield session
    person.close()


def _counted(app: Flask, firm: Firm, key: str, addresses: Sequence[Address]) -> dict[str, int]:
    """Count the questions of each address, in this process."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.post("/login", data={"email": firm.email, "password": PASSWORD})
    found = {}
    for each in addresses:
        headers = each.headers | {"Authorization": f"Bearer {key}"}
        client.get(each.path, headers=headers)  # what is remembered between requests is then there
        asked.clear()
        client.get(each.path, headers=headers).get_data()
        found[each.name] = len(asked)
    event.remove(engine, "before_cursor_execute", note)
    return found
