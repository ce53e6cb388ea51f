"""The bridge stood still for forty days while 3,000 things changed: what catching up costs."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app.extensions import db
from app.ledgers.errors import Throttled
from app.models import (
    Connection,
    Invoice,
    LedgerCreditRow,
    LedgerCustomerRow,
    LedgerInvoiceRow,
    LedgerPaymentRow,
    Reading,
)
from app.usecases.book.pull import pull
from benchmarks.companies import Company, make_companies
from benchmarks.installation import Installation, installation, wait_until
from benchmarks.queue_up import Backlog
from benchmarks.table import heading, row
from simulator.client import SimulatorClient

INVOICES, DAYS = 1000, 40
PAID_BEFORE, PAID, EDITED, VOIDED, DELETED = 150, 500, 150, 100, 100
CREDITS, CUSTOMERS, BY_HAND = 400, 600, 1000
PAYMENTS_DELETED, PAYMENTS_VOIDED = 100, 50
CHANGES = (
    PAID + EDITED + VOIDED + DELETED + CREDITS + CUSTOMERS + BY_HAND
    + PAYMENTS_DELETED + PAYMENTS_VOIDED
)  # fmt: skip

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """How long it took, what the ledger counted, and what is not as it must be."""

    seconds: float
    pulls: int
    metered: int
    free_looks: int
    by_operation: dict[str, int]
    noted: int  # calls as our own note says
    wrong: Sequence[str]


def run() -> bool:
    """Push, stop, let forty days pass, start again, and compare."""
    heading(f"an outage of {DAYS} days, {CHANGES:,} changes, {INVOICES:,} invoices of ours")
    with installation() as place:
        [company] = make_companies(place, 1, 1)
        _push(place, company)
        office = Office(place.simulator, company.realm)
        before = office.pay(office.ours()[:PAID_BEFORE])
        with place.app.app_context():
            _caught_up(company, datetime.now(UTC))
        office.weeks_pass(before)
        found = _measured(place, company)
    row("took", f"{found.seconds:.0f} s", f"in {found.pulls} pulls, at the pace QuickBooks allows")
    row("metered calls", f"{found.metered}", f"our own note says {found.noted} and the feed")
    row("looks that are not metered", f"{found.free_looks}", "one for each deletion")
    for operation, count in sorted(found.by_operation.items()):
        row(f"  {operation}", f"{count}")
    row("not as it must be", f"{len(found.wrong)}", "; ".join(found.wrong))
    return not found.wrong


def _push(place: Installation, company: Company) -> None:
    place.start("worker-1", "benchmarks.unlimited")
    place.start("clock", "workers.clock")
    backlog = Backlog(place, company)
    backlog.settle_customers()
    backlog.queue(INVOICES - backlog_of(place, company))
    backlog.let_go()
    wait_until(lambda: backlog.waiting() == 0, longest=600)
    place.stop("clock")
    place.stop("worker-1")
    place.empty_redis()


def backlog_of(place: Installation, company: Company) -> int:
    """Count the company's invoices."""
    counted = select(func.count()).where(Invoice.connection_id == company.connection_id)
    with place.app.app_context():
        return int(db.session.scalar(counted) or 0)


class Office:
    """The bookkeepers, who work on while the bridge stands still."""

    def __init__(self, simulator: SimulatorClient, realm: str) -> None:
        self.simulator, self.realm = simulator, realm

    def ours(self) -> list[Json]:
        """Return the invoices that were pushed, oldest first."""
        return list(self.simulator.books(self.realm)["invoices"])

    def pay(self, invoices: Iterable[Json]) -> list[str]:
        """Pay invoices in full; returns the payments."""
        return [
            self.simulator.record_payment(
                self.realm, one["CustomerRef"]["value"], [(one["Id"], one["TotalAmt"])]
            )["Id"]
            for one in invoices
        ]

    def weeks_pass(self, paid_before: Sequence[str]) -> None:
        """Change everything there is to change, half of it more than thirty days ago."""
        left = self.ours()[PAID_BEFORE:]
        self.simulator.advance_clock(days=4)
        for one in paid_before[:PAYMENTS_DELETED]:
            self.simulator.delete(self.realm, "payments", one)
        for one in self._take(left, DELETED):
            self.simulator.delete(self.realm, "invoices", one["Id"])
        for one in self._take(left, VOIDED):
            self.simulator.void(self.realm, "invoices", one["Id"])
        for number in range(CUSTOMERS):
            self.simulator.create(self.realm, "customers", DisplayName=f"Newcomer {number} Ltd")
        self.pay(self._take(left, PAID // 2))
        self.simulator.advance_clock(days=DAYS - 4)
        for one in paid_before[PAYMENTS_DELETED:]:
            self.simulator.void(self.realm, "payments", one)
        for one in self._take(left, EDITED):
            self.simulator.edit(self.realm, "invoices", one["Id"], CustomerMemo={"value": "Seen"})
        self.pay(self._take(left, PAID - PAID // 2))
        self._write_sales("credit-memos", CREDITS)
        self._write_sales("invoices", BY_HAND)

    @staticmethod
    def _take(invoices: list[Json], count: int) -> list[Json]:
        taken = invoices[:count]
        del invoices[:count]
        return taken

    def _write_sales(self, kinds: str, count: int) -> None:
        customer = self.simulator.books(self.realm)["customers"][0]["Id"]
        detail = {"ItemRef": {"value": "7"}, "TaxCodeRef": {"value": "6"}}
        line = {"Amount": 10, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
        for _ in range(count):
            self.simulator.create(
                self.realm, kinds, CustomerRef={"value": customer}, Line=[line],
                GlobalTaxCalculation="TaxExcluded",
            )  # fmt: skip


def _measured(place: Installation, company: Company) -> CaughtUp:
    place.simulator.reset_counters()
    began = time.monotonic()
    with place.app.app_context():
        pulls = _caught_up(company, datetime.now(UTC) + timedelta(days=DAYS))
        seconds = time.monotonic() - began
        noted = db.session.scalar(select(func.sum(Reading.calls))) or 0
        wrong = list(_wrong(company))
    counted = place.simulator.counters(company.realm)
    log = place.simulator.requests(company.realm)
    return CaughtUp(
        seconds,
        pulls,
        counted["metered"],
        sum(one["status"] == 400 and one["operation"] == "read" for one in log),
        counted["by_operation"],
        int(noted),
        wrong,
    )


def _caught_up(company: Company, now: datetime) -> int:
    """Pull, as the clock does, until everything is read; returns how many pulls it took."""
    pulls = 0
    while True:
        pulls += 1
        try:
            if pull(company.connection_id, now).done:
                return pulls
        except Throttled as error:
            time.sleep(error.retry_after or 1.0)


def _wrong(company: Company) -> Iterable[str]:
    """Yield what differs from what the bookkeepers did."""
    mine = Invoice.connection_id == company.connection_id
    states = _counted(Invoice.sync_state, mine)
    statuses = _counted(Invoice.status, mine)
    expected = {
        "paid": (statuses["paid"], PAID),
        "deleted there": (states["deleted_there"], DELETED),
        "voided": (states["voided"], VOIDED),
        "otherwise booked": (states["pushed"], INVOICES - DELETED - VOIDED),
        "payments gone": (_rows(LedgerPaymentRow, LedgerPaymentRow.deleted), PAYMENTS_DELETED),
        "payments voided": (_rows(LedgerPaymentRow, LedgerPaymentRow.voided), PAYMENTS_VOIDED),
        "credit notes": (_rows(LedgerCreditRow), CREDITS),
        "newcomers": (
            _rows(LedgerCustomerRow, LedgerCustomerRow.name.like("Newcomer %")),
            CUSTOMERS,
        ),
        "invoices by hand": (_rows(LedgerInvoiceRow), INVOICES + BY_HAND),
    }
    for what, (found, wanted) in expected.items():
        if found != wanted:
            yield f"{what}: {found} of {wanted}"
    cursor = db.session.get_one(Connection, company.connection_id).pull_cursor
    if cursor is None or cursor < datetime.now(UTC) + timedelta(days=DAYS - 1):
        yield f"the cursor is at {cursor}"


def _counted(column: Any, *which: Any) -> Counter[str]:
    rows = db.session.execute(select(column, func.count()).where(*which).group_by(column)).all()
    return Counter({str(name): int(count) for name, count in rows})


def _rows(model: Any, *which: Any) -> int:
    return int(db.session.scalar(select(func.count()).select_from(model).where(*which)) or 0)
