"""A bookkeeper at random for minutes, workers bringing everything back; then billing = ledger?"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from datetime import UTC, datetime

from sqlalchemy import func, select

from app.extensions import db
from app.ledgers.errors import Throttled
from app.models import InboundEvent, OutboundEvent, SettlementChange
from app.usecases.book.pull import pull
from benchmarks.billing_view import billings_view, broken_histories
from benchmarks.bookkeeper_walk import Walk, disagreements
from benchmarks.companies import Company, make_companies
from benchmarks.installation import Installation, installation, wait_until
from benchmarks.invoices import buyers, make_invoice
from benchmarks.table import heading, row
from simulator.client import VERIFIER_TOKEN

SECONDS = float(os.environ.get("BOOKKEEPER_SECONDS", "600"))
INVOICES = int(os.environ.get("BOOKKEEPER_INVOICES", "60"))
_ROUND = 100  # deeds between two comparisons
_LOOK_EVERY = 5  # deeds chosen from one look at the books; what is gone meanwhile is refused
# Seconds between two deeds. Faster, five minutes of the change feed hold more than the thousand
# documents it tells, and deletions beyond those are not seen at once: that is another question.
_PAUSE = 0.33
_QUIET = 15.0  # seconds a pull may have to wait for its turn


def run() -> bool:
    """Measure, and print the rows; False where billing and the ledger disagreed."""
    seed = int(os.environ.get("LB_SEED") or random.randrange(10**6))
    heading(f"A bookkeeper at random for {SECONDS:.0f} s, seed {seed}, {INVOICES} invoices")
    with installation() as place:
        [company] = make_companies(place, 1, 1)
        _book(place, company)
        address = f"{place.place.url}/api/webhooks/quickbooks"
        place.simulator.set_webhook(address, VERIFIER_TOKEN)
        place.start_workers(2)
        walk = Walk(place.simulator, company.realm, random.Random(seed), look_every=_LOOK_EVERY)
        wrong = _walk(place, company, walk)
        _print(place, walk, wrong)
    return not wrong


def _book(place: Installation, company: Company) -> None:
    """Let billing finalise the invoices, and wait until they are in the books."""
    chance, customers = random.Random(INVOICES), buyers("book", 6)
    made = [
        make_invoice(chance, f"INV-{number:04}", customers[number % 6], company.entity)
        for number in range(INVOICES)
    ]
    company.billing.finalise(made)
    place.start("booking", "workers.run")
    wait_until(lambda: len(place.simulator.books(company.realm)["invoices"]) >= INVOICES)
    place.stop("booking")


def _walk(place: Installation, company: Company, walk: Walk) -> list[str]:
    """Walk in rounds until the time is over or something is wrong; returns what is."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        for _ in range(_ROUND):
            walk.step()
            time.sleep(_PAUSE)
        with place.app.app_context():
            walk.done["not all read"] += not _bring_back(company)
            seen = billings_view()
            wrong = [*disagreements(place.simulator.books(company.realm), seen)]
            wrong += broken_histories()
            db.session.commit()
        walk.done["compared"] += 1
        if wrong:
            return wrong
    return []


def _bring_back(company: Company) -> bool:
    """Pull once, as soon as the workers' pulls leave us a turn.

    False where it left pages for the next pull: a feed that was cut off is mostly read in one.
    """
    deadline = time.monotonic() + _QUIET
    while True:
        try:
            return pull(company.connection_id, datetime.now(UTC)).done
        except Throttled as error:
            if time.monotonic() > deadline:
                raise
            time.sleep(error.retry_after or 0.1)


def _print(place: Installation, walk: Walk, wrong: list[str]) -> None:
    compared, refused = walk.done.pop("compared"), walk.done.pop("refused")
    not_all = walk.done.pop("not all read")
    deeds = ", ".join(f"{count} × {name}" for name, count in sorted(walk.done.items()))
    row("deeds", f"{walk.done.total():,}", f"{refused} refused by the ledger; {deeds}")
    with place.app.app_context():
        notices = db.session.scalar(select(func.count()).select_from(InboundEvent)) or 0
        told = _counts(OutboundEvent.type)
        changes = _counts(SettlementChange.outcome)
    row("notices of the ledger", f"{notices:,}")
    row("parts of payments", f"{changes.total():,}", _listed(changes))
    row("billing heard", f"{told.total():,}", _listed(told))
    row(
        "billing and ledger disagree",
        f"{len(wrong)}",
        f"compared {compared} times, {not_all} times before all pages of a feed cut off were read",
    )
    for sentence in wrong[:20]:
        print(f"    {sentence}")


def _counts(column: object) -> Counter[str]:
    rows = db.session.execute(select(column, func.count()).group_by(column))  # type: ignore[call-overload]
    return Counter(dict(rows.all()))


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
