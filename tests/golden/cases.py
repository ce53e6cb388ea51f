"""The golden folder: what billing says, and to the byte what QuickBooks is sent for it.

A case is a file of tests/golden/quickbooks/: why it is there, the company it goes to
(companies.json), billing's event, and either the body with its note or the refusal. Two things keep
long ones short: {"repeat": 750, "line": …} stands for that many lines, {n} in a text for which one;
{"text": "…", "times": 90} stands for a long text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from app.billing.read_event import NotAcceptable, read_event
from app.domain.billing_event import InvoiceEvent
from app.domain.push_plan import Mappings
from app.domain.readiness import missing_for, problem_of
from app.domain.states import OPTIONAL_MAPPINGS, DocumentKind, MappingKind, Operation
from app.ledgers import LEDGERS, exact_json
from app.ledgers.interface import App
from app.models import Connection
from app.usecases.push.plan import plan_of
from app.usecases.push.remarks import remarks_of

FOLDER = Path(__file__).with_name("quickbooks")
NOW = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Company:
    """A QuickBooks company as its connection knows it."""

    name: str
    realm: str
    facts: Mapping[str, Any]
    customers: Mapping[str, str]  # by currency
    mappings: Mapping[str, Mapping[str, str]]
    rates: Mapping[str, str]  # of the tax codes mapped to, in percent
    simulator: Mapping[str, Any]

    def connection(self, **more: Any) -> Connection:
        """Return the row of its connection, in no session yet."""
        values: dict[str, Any] = {
            "provider": "quickbooks",
            "environment": "sandbox",
            "company_id": self.realm,
            "company_name": self.name,
            "closed_period_policy": "hold",
            "long_numbers": "refuse",
            "tax_rounding": "rate",
            "preferences": {},
        }
        facts = dict(self.facts)
        if "books_closed_to" in facts:
            facts["books_closed_to"] = date.fromisoformat(facts["books_closed_to"])
        return Connection(**values | facts | more)

    def mapped(self) -> Mappings:
        """Return what its people mapped."""
        of = {kind: self.mappings.get(kind, {}) for kind in MappingKind}
        return Mappings(
            services=of[MappingKind.SERVICE],
            tax_codes=of[MappingKind.TAX_CODE],
            optional={kind: of[kind] for kind in OPTIONAL_MAPPINGS},
        )


@dataclass(frozen=True)
class Case:
    """One month-end reality; exactly one of body and refused is expected."""

    name: str
    why: str
    company: Company
    kind: DocumentKind
    event: Mapping[str, Any]
    body: bytes | None
    note: str | None
    refused: Mapping[str, Any] | None


@dataclass(frozen=True)
class Sent:
    """What would be sent, and what its note says."""

    body: bytes
    note: str | None


@dataclass(frozen=True)
class Refused:
    """Who refuses, and in which words: the door, readiness, or the builder of the body."""

    by: str
    says: str


@cache
def companies() -> Mapping[str, Company]:
    """Return every company, by name."""
    told = json.loads((FOLDER / "companies.json").read_text(encoding="utf-8"))
    return {name: _company(name, told) for name in told}


def _company(name: str, told: Mapping[str, Any]) -> Company:
    own = told[name]
    base = told[own["like"]] if "like" in own else {}
    return Company(
        name=name,
        realm=own.get("realm") or base["realm"],
        facts=base.get("facts", {}) | own.get("facts", {}),
        customers=own.get("customers") or base["customers"],
        mappings=base.get("mappings", {}) | own.get("mappings", {}),
        rates=own.get("rates") or base.get("rates", {}),
        simulator=own.get("simulator", {}),
    )


def paths() -> list[Path]:
    """Return the file of every case."""
    return sorted(FOLDER.glob("[0-9]*.json"))


@cache
def load(path: Path) -> Case:
    """Read one case, long lists and texts spelt out."""
    told = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    body = told.get("body")
    return Case(
        name=path.stem,
        why=told["why"],
        company=companies()[told["company"]],
        kind=DocumentKind(told.get("kind", "invoice")),
        event=spelt_out(told["event"]),
        body=None if body is None else exact_json.dump(spelt_out(body)),
        note=told.get("note"),
        refused=told.get("refused"),
    )


def spelt_out(value: Any) -> Any:
    """Return a value with its repetitions written out."""
    match value:
        case {"repeat": int(times), "line": line}:
            return [_numbered(line, n) for n in range(1, times + 1)]
        case {"text": str(text), "times": int(times), **rest}:
            return text * times + str(rest.get("then", ""))
        case dict():
            return {key: spelt_out(inner) for key, inner in value.items()}
        case list():
            return [spelt_out(inner) for inner in value]
    return value


def _numbered(value: Any, n: int) -> Any:
    match value:
        case str():
            return value.replace("{n}", str(n))
        case dict():
            return {key: _numbered(inner, n) for key, inner in value.items()}
    return value


def work_out(case: Case) -> Sent | Refused:
    """Take an event the way the product takes it, up to the bytes, without a database."""
    try:
        told = read_event(case.event, NOW)
    except NotAcceptable as error:
        return Refused("the door", " ".join(f"{at}: {it}" for at, it in error.errors.items()))
    assert isinstance(told, InvoiceEvent)
    connection, mappings = case.company.connection(), case.company.mapped()
    missing = missing_for(
        told.invoice,
        mappings,
        tax_enabled=connection.tax_enabled,
        books_closed_to=connection.books_closed_to,
        closed_period_policy=connection.closed_period_policy,
        multicurrency=connection.multicurrency,
        home_currency=connection.home_currency,
        names=_names(told),
    )
    if missing:
        problem = problem_of(missing, ledger="QuickBooks", invoice=told.invoice)
        return Refused("readiness", problem.title)
    customer = case.company.customers[told.invoice.currency]
    plan = plan_of(told.invoice, connection, mappings, customer, None)
    nobody = App("client", "secret")
    paper = LEDGERS["quickbooks"].open(
        nobody, "sandbox", case.company.realm, "", lambda _call: None
    )
    try:
        body = paper.build(case.kind, Operation.CREATE, plan)
        note = remarks_of(case.kind, plan, mappings, paper, "QuickBooks", lambda: _names(told))
    except ValueError as error:
        return Refused("the builder", str(error))
    return Sent(body, note)


def _names(told: InvoiceEvent) -> dict[tuple[str, str], str]:
    named = {
        MappingKind.SERVICE: told.services,
        MappingKind.TAX_CODE: told.tax_codes,
        MappingKind.CLASS: told.classes,
        MappingKind.DEPARTMENT: [told.department] if told.department else [],
        MappingKind.PAYMENT_TERMS: [told.terms] if told.terms else [],
    }
    return {(kind, one.code): one.name for kind, many in named.items() for one in many}
