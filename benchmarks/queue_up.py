"""Put a backlog in front of a company, and see it go."""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from sqlalchemy import func, select, text

from app.domain.states import SyncState
from app.extensions import db
from app.models import DocumentLink, Invoice
from app.usecases import manage_connection
from benchmarks.companies import Company
from benchmarks.installation import Installation, wait_until
from benchmarks.invoices import Json, buyers, event, event_id, make_invoice
from demo.billing import Billing

_SENDERS = 4
_BUYERS = 10
_PERSON = "benchmark"
_DRAIN_LOCKS = text(  # docs/decisions/0001: who drains a company holds this one
    "SELECT count(*) FROM pg_locks"
    " WHERE locktype = 'advisory' AND classid = 5101 AND objid = :company"
)


class Backlog:
    """One company's invoices: known customers first, then as many as wanted."""

    def __init__(self, place: Installation, company: Company, seed: int = 41) -> None:
        self.place, self.company = place, company
        self._chance = random.Random(f"{seed}:{company.realm}")
        self._buyers = buyers(company.prefix, _BUYERS)
        self._made = 0

    def next_invoice(self) -> Json:
        """Make an invoice nobody made before."""
        self._made += 1
        number = f"{self.company.prefix}-{self._made:05}"
        buyer = self._buyers[self._made % len(self._buyers)]
        return make_invoice(self._chance, number, buyer, self.company.entity)

    def settle_customers(self) -> None:
        """Push an invoice to every customer, so that what follows is invoices only."""
        finalise(self.company.billing, [self.next_invoice() for _ in self._buyers])
        wait_until(lambda: self.waiting() == 0, longest=120)

    def queue(self, count: int) -> None:
        """Pause the company and let billing finalise so many invoices."""
        with self.place.app.app_context():
            manage_connection.pause(self.company.connection_id, _PERSON, None, datetime.now(UTC))
        wait_until(lambda: not self._is_drained(), longest=120)  # a turn under way goes on
        finalise(self.company.billing, [self.next_invoice() for _ in range(count)])

    def let_go(self) -> datetime:
        """Let the company go on; returns when that was."""
        with self.place.app.app_context():
            began = datetime.now(UTC)
            manage_connection.resume(self.company.connection_id, _PERSON, None, began)
        return began

    def _is_drained(self) -> bool:
        with self.place.app.app_context(), db.engine.connect() as looking:
            return bool(looking.scalar(_DRAIN_LOCKS, {"company": self.company.connection_id}))

    def waiting(self) -> int:
        """Count the invoices that are not booked yet."""
        counted = select(func.count()).where(
            Invoice.connection_id == self.company.connection_id,
            Invoice.sync_state != SyncState.PUSHED,
        )
        with self.place.app.app_context():
            return int(db.session.scalar(counted) or 0)

    def last_booked(self) -> datetime:
        """Return when the newest booking was."""
        newest = select(func.max(DocumentLink.pushed_at)).where(
            DocumentLink.connection_id == self.company.connection_id
        )
        with self.place.app.app_context():
            return db.session.scalars(newest).one()


def finalise(billing: Billing, invoices: Sequence[Json]) -> None:
    """Let billing finalise invoices over several lines at once; each is accepted."""
    with ThreadPoolExecutor(_SENDERS) as pool:
        shares = [invoices[n::_SENDERS] for n in range(_SENDERS)]
        list(pool.map(lambda share: _send(billing, share), shares))


def _send(billing: Billing, invoices: Sequence[Json]) -> None:
    own = billing.once_more()
    for invoice in invoices:
        own.send(event_id("finalised", invoice), event("finalised", invoice))
    own.close()
