"""How the web process takes the ledger's notices: a month's end of them, and much going down.

Two hundred signed notices a second of one company, for a minute, each on its own: the most that
Intuit's own webhooks could be, and the most that one row of the database is fought over. In the
middle a web worker and a worker are killed with -9, then PostgreSQL; what is not accepted is sent
again, as Intuit does.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

import psutil
from sqlalchemy import func, select

from app.extensions import db
from app.models import Connection, InboundEvent, Reading
from benchmarks.companies import Company, make_companies
from benchmarks.installation import Installation, installation, wait_until
from benchmarks.intuit import Delivered, bare_request, deliver, p, request
from benchmarks.table import heading, row

# What gunicorn.conf.py says where nobody says otherwise.
_AS_IN_PRODUCTION = {"WEB_CONCURRENCY": "2", "WEB_THREADS": "8"}
_A_SECOND = 200
_BURST, _BURST_A_SECOND = 500, 50
# A burst that does not end is read after twenty seconds; then the clock has looked.
_READ_WITHIN = 25.0
# Seconds after a disaster in which what waited meanwhile is still being caught up with.
_RECOVERS = 8.0


def run() -> bool:
    """Measure, print the rows; False when a notice is lost or a wish for a pull is."""
    seconds = int(os.environ.get("LB_SECONDS", "60"))
    with installation(**_AS_IN_PRODUCTION) as place:
        [company] = make_companies(place, 1, 1)
        place.start_workers(2)
        wait_until(lambda: _history_is_read(place), longest=60)
        reads = _reads_of_a_burst(place, company)
        heading(f"a burst: {_BURST} payments announced in {_BURST / _BURST_A_SECOND:.0f} s")
        row("reads of the company", str(reads), "with a worker and the clock running")
        bare = deliver(place.place.url, [_bare(place)] * _A_SECOND * 10, _A_SECOND)
        calm = _deliver(place, company, "calm", min(seconds, 20))
        storm, downs = _with_disasters(place, company, seconds)
        kept = _kept(place)
        answered = _pull_comes(place, company)
    heading(f"notices of one company, {_A_SECOND} a second")
    _print("a bare 200 (/healthz), 10 s", bare)
    _print(f"notices, {min(seconds, 20)} s", calm)
    _print(f"notices, {seconds} s, with disasters", storm)
    _print_outage(storm, downs)
    sent = _A_SECOND * (seconds + min(seconds, 20)) + _BURST
    row("stored, each once", f"{kept} of {sent}")
    row("the pull they want came", "yes" if answered else "NO")
    return kept == sent and answered and reads <= 2


def _history_is_read(place: Installation) -> bool:
    """Tell whether what a new connection reads first is read, so that it does not count."""
    unread = select(func.count()).select_from(Reading).where(Reading.finished_at.is_(None))
    with place.app.app_context():
        return not db.session.scalar(unread)


def _bare(place: Installation) -> bytes:
    return bare_request(f"{place.place.url}/healthz")


def _deliver(place: Installation, company: Company, name: str, seconds: int) -> Delivered:
    url = f"{place.place.url}/api/webhooks/quickbooks"
    count = _A_SECOND * seconds
    requests = [request(url, f"{name}-{n}", company.realm) for n in range(count)]
    return deliver(url, requests, _A_SECOND)


def _reads_of_a_burst(place: Installation, company: Company) -> int:
    """Announce payments; returns how often the ledger was read for them."""
    url = f"{place.place.url}/api/webhooks/quickbooks"
    place.simulator.reset_counters()
    requests = [request(url, f"burst-{n}", company.realm) for n in range(_BURST)]
    deliver(url, requests, _BURST_A_SECOND)
    wait_until(lambda: not _wanted(place, company))
    return int(place.simulator.counters(company.realm)["metered"])


def _with_disasters(
    place: Installation, company: Company, seconds: int
) -> tuple[Delivered, dict[str, float]]:
    """Let notices come while processes are killed; returns what was killed at which second, too."""
    deeds: dict[str, tuple[float, Callable[[], None]]] = {
        "a web worker": (0.3, lambda: _kill_a_web_worker(place)),
        "a worker": (0.4, lambda: place.kill("worker-1")),
        "PostgreSQL": (0.5, place.kill_postgres),
    }
    done: dict[str, float] = {}

    def strike() -> None:
        began = time.monotonic()
        for what, (share, deed) in deeds.items():
            time.sleep(max(0.0, began + share * seconds - time.monotonic()))
            done[what] = time.monotonic() - began
            deed()

    mayhem = threading.Thread(target=strike)
    mayhem.start()
    storm = _deliver(place, company, "storm", seconds)
    mayhem.join()
    return storm, done


def _kill_a_web_worker(place: Installation) -> None:
    web = place.children["web"].process
    if web is None:
        raise RuntimeError("The web process is not running.")
    psutil.Process(web.pid).children()[0].kill()


def _kept(place: Installation) -> int:
    """Count the notices stored, each once."""
    with place.app.app_context():
        kept = select(func.count(InboundEvent.event_id.distinct()), func.count()).where(
            InboundEvent.connection_id.is_not(None)
        )
        distinct, rows = db.session.execute(kept).one()
    return int(distinct) if distinct == rows else -1


def _wanted(place: Installation, company: Company) -> bool:
    with place.app.app_context():
        wanted = select(Connection.pull_wanted_at).where(Connection.id == company.connection_id)
        return db.session.scalar(wanted) is not None


def _pull_comes(place: Installation, company: Company) -> bool:
    try:
        wait_until(lambda: not _wanted(place, company), _READ_WITHIN)
    except TimeoutError:
        return False
    return True


def _print(what: str, delivered: Delivered) -> None:
    took = delivered.accepted
    longest = max(each.took for each in took) * 1000
    beside = f"p50 {p(50, took):.1f} ms, longest {longest:.0f} ms, {len(took)} accepted"
    row(what, f"p99 {p(99, took):.1f} ms", beside)


def _print_outage(storm: Delivered, downs: dict[str, float]) -> None:
    refused = [each for each in storm.accepted if int(each.due) not in storm.outage]
    row("outside seconds of refusals", f"p99 {p(99, refused):.1f} ms", f"{len(refused)} of them")
    calm = [each for each in storm.accepted if not _recovering(each.due, downs)]
    beside = f"{len(calm)} of them, not within {_RECOVERS:.0f} s of a disaster"
    row("outside recovery", f"p99 {p(99, calm):.1f} ms", beside)
    what = ", ".join(
        f"{count} × {status or 'no answer'}" for status, count in storm.refused.items()
    )
    row("sent again", str(storm.refused.total()), what)
    killed = ", ".join(f"{what} at {at:.0f} s" for what, at in downs.items())
    row("seconds with a refusal", str(len(storm.refusals)), f"killed with -9: {killed}")


def _recovering(due: float, downs: dict[str, float]) -> bool:
    return any(at - 1 <= due <= at + _RECOVERS for at in downs.values())
