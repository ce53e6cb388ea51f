"""The penny contract: predicted = booked = billed, or refused before sending; 10,000 invoices."""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from uuid import uuid4

from hypothesis import HealthCheck, assume, given, settings

from app.config import Settings
from app.domain.invoice import Customer
from app.domain.push_plan import CustomerPlan, InvoicePlan, marker_for
from app.domain.states import CatalogueKind, DocumentKind, Operation
from app.domain.tax_check import same_figures
from app.domain.tax_prediction import Prediction, TaxRate
from app.domain.totals import wrong_sums
from app.ledgers import LEDGERS, exact_json
from app.ledgers.interface import CatalogueEntry, Ledger, Write, Written
from benchmarks.billed import AMERICAN, BRITISH, Company, plans
from benchmarks.table import heading, row
from simulator.client import SimulatorProcess, start_simulator

CASES = int(os.environ.get("PENNY_CASES", "10000"))

# What became of an invoice.
EQUAL = "booked to the penny"
FIGURES = "refused: the ledger's figures would differ"
WORDS = "refused: the ledger has no words for it"

_keys = count(1)


class Disagreement(AssertionError):
    """Raised when a ledger booked other figures than were predicted: what must never be."""


class Books:
    """One simulated company, open, which is sent bodies straight."""

    def __init__(self, simulator: SimulatorProcess, company: Company) -> None:
        kind = LEDGERS["quickbooks"]
        app = kind.app_of(Settings.from_environment({**simulator.environment}))
        token = simulator.issue_refresh_token(company.realm)
        tokens = kind.oauth.refresh(app, "sandbox", token, datetime.now(UTC))
        self.company = company
        self.ledger: Ledger = kind.open(
            app, "sandbox", company.realm, tokens.access_token, lambda _call: None
        )
        self.rates = _rates(self.ledger.catalogue())
        self.tally: Counter[str] = Counter()
        name = f"Oak & Ash {uuid4().hex[:8]} Ltd"
        plan = CustomerPlan(Customer("cus_17", name), marker_for("cus_17"))
        body = self.ledger.build(DocumentKind.CUSTOMER, Operation.CREATE, plan)
        self.customer_id = self._booked(DocumentKind.CUSTOMER, body).ledger_id

    def hold(self, plan: InvoicePlan) -> None:
        """Predict one invoice and book it, also where it would be refused; count what it is.

        Raises Disagreement when what was booked is not what was predicted.
        """
        try:
            body = self.ledger.build(DocumentKind.INVOICE, Operation.CREATE, plan)
        except ValueError:
            self.tally[WORDS] += 1
            return
        predicted = self.ledger.predict(plan, body, self.rates)
        if predicted is None:
            raise Disagreement("Nothing was predicted.")
        if predicted.total < 0:  # the ledger takes none, and billing's door neither
            self.tally[FIGURES] += 1
            return
        _check_body(self.company, body)
        _agree(predicted, self._booked(DocumentKind.INVOICE, body), plan)
        self.tally[EQUAL if same_figures(plan.invoice, predicted) else FIGURES] += 1

    def _booked(self, kind: DocumentKind, body: bytes) -> Written:
        write = Write(next(_keys), kind, Operation.CREATE, uuid4().hex, body)
        [outcome] = self.ledger.send([write])
        if outcome.written is None:
            raise Disagreement(f"The ledger refused {body!r}: {outcome.error!r}")
        return outcome.written


def _rates(entries: object) -> dict[str, tuple[TaxRate, ...]]:
    found = {}
    for entry in entries:  # type: ignore[attr-defined]
        if isinstance(entry, CatalogueEntry) and entry.kind == CatalogueKind.TAX_CODE:
            rates = entry.details.get("rates", {})
            found[entry.ledger_id] = tuple(TaxRate(i, Decimal(p)) for i, p in rates.items())
    return found


def _check_body(company: Company, body: bytes) -> None:
    """See that outside the United States the tax is left to the ledger, with a code a line."""
    document = exact_json.load(body)
    if not isinstance(document, dict) or company.country == "US":
        return
    taxed = document["GlobalTaxCalculation"] != "NotApplicable"
    sold = [one for one in document["Line"] if one["DetailType"] == "SalesItemLineDetail"]
    coded = all("TaxCodeRef" in one["SalesItemLineDetail"] for one in sold)
    if "TxnTaxDetail" in document or coded != taxed:
        raise Disagreement(f"Tax is not left to the ledger in {body!r}")


def _agree(predicted: Prediction, written: Written, plan: InvoicePlan) -> None:
    booked = (written.tax_total, written.total)
    if booked != (predicted.tax, predicted.total):
        raise Disagreement(f"predicted {predicted}, booked {booked}, of {plan}")


def hold_many(simulator: SimulatorProcess, company: Company, cases: int) -> Counter[str]:
    """Draw so many invoices, always the same, and hold each against a simulated company.

    Returns how many became what. Raises Disagreement.
    """
    simulator.switch(vat_rounding=company.rounding)
    books = Books(simulator, company)

    @settings(
        max_examples=cases,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(plans(company, books.customer_id))
    def each(plan: InvoicePlan) -> None:
        assume(not wrong_sums(plan.invoice))  # billing's door
        books.hold(plan)

    each()
    return books.tally


def run() -> bool:
    """Measure, and print the rows; False when a figure was booked that was not predicted."""
    heading(f"The penny contract, {CASES:,} invoices of three kinds of company")
    well = True
    with tempfile.TemporaryDirectory(prefix="lb-penny-") as folder:
        simulator = start_simulator(folder)
        try:
            for name, company, share in (
                ("United Kingdom, VAT per rate", BRITISH, Decimal("0.5")),
                ("United Kingdom, VAT per line", BRITISH.by_line, Decimal("0.2")),
                ("United States, manual sales tax", AMERICAN, Decimal("0.3")),
            ):
                well = _run_one(simulator, name, company, int(CASES * share)) and well
        finally:
            simulator.stop()
    return well


def _run_one(simulator: SimulatorProcess, name: str, company: Company, cases: int) -> bool:
    began = time.monotonic()
    try:
        tally = hold_many(simulator, company, cases)
    except Disagreement as error:
        row(name, "DISAGREES", str(error)[:200])
        return False
    row(name, f"{tally.total():,}", f"{time.monotonic() - began:.0f} s")
    for what in (EQUAL, FIGURES, WORDS):
        row(f"  {what}", f"{tally[what]:,}", f"{100 * tally[what] / tally.total():.0f} %")
    return True
