"""Compare what billing told with what the ledger's books hold, and what the ledger counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from benchmarks.billing_storm import Billed
from benchmarks.companies import Company
from simulator.client import NORTHGATE, SimulatorClient

# What the vendor allows one company. Facts: limits and throttles.
_ALLOWED = {"max_per_second": 10, "max_per_minute": 500, "max_in_flight": 10}
Json = dict[str, Any]


@dataclass
class Verdict:
    """Sentences about everything that is not as it must be; empty is what is wanted."""

    duplicates: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)  # in the books, and nobody billed them there
    limits: list[str] = field(default_factory=list)
    invoices: int = 0
    writes: int = 0
    replayed: int = 0  # answered again for a key that was used before

    @property
    def all(self) -> list[str]:
        """Return every sentence."""
        return [*self.duplicates, *self.losses, *self.strangers, *self.limits]


def judge(
    simulator: SimulatorClient, companies: Sequence[Company], billed: Mapping[str, Billed]
) -> Verdict:
    """Look into the books and counters of every company."""
    verdict = Verdict()
    before = {one["DisplayName"] for one in simulator.books(NORTHGATE)["customers"]}
    for company in companies:
        books, wanted = simulator.books(company.realm), billed[company.realm]
        _judge_invoices(verdict, company, books["invoices"], wanted)
        _judge_customers(verdict, company, books["customers"], wanted.customers, before)
        _judge_counters(verdict, company, simulator.counters(company.realm))
    return verdict


def _judge_invoices(
    verdict: Verdict, company: Company, booked: Sequence[Json], wanted: Billed
) -> None:
    there: dict[str, list[Json]] = {}
    for invoice in booked:
        there.setdefault(str(invoice.get("DocNumber")), []).append(invoice)
    verdict.invoices += len(booked)
    for number, copies in there.items():
        if number not in wanted.totals:
            verdict.strangers.append(f"{company.entity}: {number} was not billed there")
        elif len(copies) > 1:
            verdict.duplicates.append(f"{company.entity}: {number} stands there {len(copies)} ×")
    for number, total in wanted.totals.items():
        found = there.get(number)
        wrong = _wrong(found[0] if found else None, total, number in wanted.void)
        if wrong:
            verdict.losses.append(f"{company.entity}: {number} {wrong}")


def _wrong(booked: Json | None, total: Decimal, void: bool) -> str | None:
    """Say what is wrong with one invoice. Voided before it left, it need not be there at all."""
    if booked is None:
        return None if void else "is missing"
    there = Decimal(booked["TotalAmt"])
    if void:
        return f"was voided and stands there with {there}" if there else None
    return None if there == total else f"is {there} there and {total} in billing"


def _judge_customers(
    verdict: Verdict, company: Company, there: Sequence[Json], wanted: set[str], before: set[str]
) -> None:
    names = Counter(str(one["DisplayName"]).casefold() for one in there)
    known = {name.casefold() for name in wanted | before}
    for name, count in names.items():
        if count > 1:
            verdict.duplicates.append(f"{company.entity}: customer {name} {count} ×")
        if name not in known:
            verdict.strangers.append(f"{company.entity}: customer {name} has no invoice in billing")


def _judge_counters(verdict: Verdict, company: Company, counted: Json) -> None:
    verdict.writes += counted["free_writes"]
    verdict.replayed += counted["replayed"]
    allowed = _ALLOWED | {"max_writes_in_flight": company.in_flight}
    verdict.limits += [
        f"{company.entity}: {name} {counted[name]}, allowed {most}"
        for name, most in allowed.items()
        if counted[name] > most
    ]
