"""Compare billing with a ledger: figures, differences, a verdict, an e-mail.

The ledger's side is read first (one pull, one paged scan), outside of any transaction; figures,
differences, verdict and e-mail are then one commit.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import update

from app import queue
from app.domain.compare import judge
from app.domain.drift import Amounts, Figures, Judgement, Scene, accepted
from app.domain.reading import BookKind
from app.domain.states import DocumentKind
from app.domain.verdict import APART, STORED_AS
from app.extensions import db
from app.governor import GovernorUnavailable
from app.ledgers import LEDGERS
from app.ledgers.errors import LedgerError, Reconnect, Throttled
from app.ledgers.interface import Ledger
from app.models import Connection, Reconciliation, Workspace
from app.usecases.book.mirror import Book, keep_invoices
from app.usecases.book.pull import keep_single, pull
from app.usecases.company.line import NotConnected
from app.usecases.company.open_ledger import with_ledger
from app.usecases.reconciliation.compare_books import (
    Alike,
    Books,
    has_credit_notes,
    laid_side_by_side,
    unseen,
)
from app.usecases.reconciliation.drifts import decided, keep_findings
from app.usecases.reconciliation.reconciliation_mail import write_report

log = structlog.get_logger()

# Days compared besides everything that is still owed.
WINDOW = timedelta(days=60)
# A check that ran this long was killed.
_LONGEST = timedelta(hours=1)
# Documents the scan missed that are looked for one by one: pages of a changing list are no
# snapshot (QuickBooks: data queries).
_LOOK_SINGLY = 20
# Every place at the company may be taken by a drain for a moment: a check of many seconds waits
# that out. What the ledger itself asks for is longer and ends the check.
_SHORT_WAIT = 1.0
_SHORT_WAITS = 10
# Of so many differences each is kept with what it adds to the figures; nobody decides about more
# between two checks.
_APART = 500


def reconcile(connection_id: int, trigger: str, now: datetime) -> int:
    """Compare a ledger with billing and say what differs; returns the reconciliation's id.

    trigger: clock | person | command. What stops the check is recorded with it, in a sentence.
    """
    run_id, books = _begin(connection_id, trigger, now)
    try:
        _refresh(books, now)
        _conclude(run_id, books, now)
    except (LedgerError, NotConnected, GovernorUnavailable) as error:
        _fail(run_id, _sentence(connection_id, error), now)
    except Exception:
        db.session.rollback()
        _fail(run_id, "The check stopped by a mistake of ours; the log has the details.", now)
        raise
    queue.send_mail_soon()
    return run_id


def _begin(connection_id: int, trigger: str, now: datetime) -> tuple[int, Books]:
    connection = db.session.get_one(Connection, connection_id)
    workspace = db.session.get_one(Workspace, connection.workspace_id)
    last = now.astimezone(ZoneInfo(workspace.time_zone)).date()
    run = Reconciliation(
        workspace_id=workspace.id,
        connection_id=connection_id,
        trigger=trigger,
        first_day=last - WINDOW,
        last_day=last,
        started_at=now,
        verdict="running",
        currency=connection.home_currency,
    )
    _end_abandoned(connection_id, now)
    db.session.add(run)
    db.session.flush()
    started = run.id, _books(connection, run.first_day, last, now)
    db.session.commit()
    log.info("reconcile.started", connection_id=connection_id, reconciliation_id=run.id)
    return started


def _books(connection: Connection, first: date, last: date, now: datetime) -> Books:
    return Books(
        workspace_id=connection.workspace_id,
        connection_id=connection.id,
        home_currency=connection.home_currency,
        first=first,
        last=last,
        scanned_from=now,
    )


def _end_abandoned(connection_id: int, now: datetime) -> None:
    """Close the rows of checks that were killed: nobody else will."""
    db.session.execute(
        update(Reconciliation)
        .where(
            Reconciliation.connection_id == connection_id,
            Reconciliation.verdict == "running",
            Reconciliation.started_at < now - _LONGEST,
        )
        .values(verdict="failed", finished_at=now, error="The check was stopped before its end.")
        .execution_options(synchronize_session=False)
    )


def _refresh(books: Books, now: datetime) -> None:
    """Bring the mirror up to date: what changed lately, then every document of the window."""
    _patiently(lambda: pull(books.connection_id, now))
    _scan(books, now)
    credit_notes = has_credit_notes(books)
    db.session.commit()
    if credit_notes:
        _scan(replace(books, document=DocumentKind.CREDIT_NOTE), now)


def _scan(books: Books, now: datetime) -> None:
    """Read every document of a kind in the window, and singly what should have been among them."""
    book = Book(books.workspace_id, books.connection_id, now)

    def scan(ledger: Ledger) -> None:
        for page in ledger.documents_dated(BookKind(books.document), books.first, books.last):
            keep_invoices(book, page)
            db.session.commit()

    _patiently(lambda: with_ledger(books.connection_id, now, scan))
    missed = unseen(books, _LOOK_SINGLY)
    db.session.commit()
    for ledger_id in missed:
        _patiently(partial(keep_single, book, ledger_id, books.document))


def _patiently(deed: Callable[[], object]) -> None:
    for _ in range(_SHORT_WAITS):
        try:
            deed()
        except Throttled as error:
            if error.retry_after is None or error.retry_after > _SHORT_WAIT:
                raise
            time.sleep(error.retry_after)
        else:
            return
    deed()


def _conclude(run_id: int, books: Books, now: datetime) -> None:
    """Compare and write everything down; one commit."""
    run = db.session.get_one(Reconciliation, run_id)
    connection = db.session.get_one(Connection, books.connection_id)
    compared = {kind: _compared(replace(books, document=kind), connection) for kind in STORED_AS}
    judged = [judgement for _, found in compared.values() for judgement in found]
    findings = [finding for judgement in judged for finding in judgement.findings]
    keep_findings(run, findings, now)
    differs = any(finding.quiet is None for finding in findings)
    run.verdict = "differs" if differs else "square"
    run.finished_at = now
    run.figures = {
        STORED_AS[kind]: {code: as_json(sums) for code, sums in figures.items()}
        for kind, (figures, _) in compared.items()
    }
    apart = [judgement for judgement in judged if judgement.decidable]
    if len(apart) <= _APART:
        run.figures[APART] = dict(_apart(judgement) for judgement in apart)
    home = compared[DocumentKind.INVOICE][0].get(run.currency, Figures())
    run.our_count, run.our_total = home.ours.count, home.ours.total
    run.ledger_count, run.ledger_total = home.theirs.count, home.theirs.total
    write_report(run, connection, now)
    db.session.commit()
    log.info(
        "reconcile.done", connection_id=run.connection_id, verdict=run.verdict, drifts=len(findings)
    )


def _apart(judgement: Judgement) -> tuple[str, dict[str, Any]]:
    """Return what one document adds to the figures, for when somebody decides about it."""
    one = judgement.findings[0]
    where = {"document": one.document.value, "currency": one.currency, "loud": judgement.loud}
    return one.subject, where | _amounts(judgement.gap)


def _compared(books: Books, connection: Connection) -> tuple[dict[str, Figures], list[Judgement]]:
    scene = Scene(
        LEDGERS[connection.provider].provider.name, ZoneInfo(connection.workspace.time_zone)
    )
    choices = decided(books.connection_id)
    figures: dict[str, Figures] = {}
    judged: list[Judgement] = []
    for laid in laid_side_by_side(books, connection.pull_cursor):
        sums = figures.setdefault(laid.currency, Figures())
        if isinstance(laid, Alike):
            sums.agree(laid.amounts)
            continue
        judgement = accepted(judge(laid, scene), choices)
        sums.count(judgement)
        if judgement.findings:
            judged.append(judgement)
    return figures, judged


def as_json(figures: Figures) -> dict[str, Any]:
    """Return the figures of one currency as stored: amounts as strings, to the penny."""
    return {
        "ours": _amounts(figures.ours),
        "theirs": _amounts(figures.theirs),
        "agreed": _amounts(figures.agreed),
        "known": _amounts(figures.known),
        "resolve": _amounts(figures.resolve),
        "causes": {cause.value: _amounts(sums) for cause, sums in figures.causes.items()},
        "findings": figures.findings,
        "gross": _plain(figures.gross),
    }


def _amounts(amounts: Amounts) -> dict[str, Any]:
    return {
        "count": amounts.count,
        "total": _plain(amounts.total),
        "tax": _plain(amounts.tax),
        "owed": _plain(amounts.owed),
    }


def _plain(amount: Decimal) -> str:
    """Write an amount without the zeros a column pads it with, never in powers of ten."""
    return f"{amount.quantize(Decimal('0.00001')).normalize():f}"


def _fail(run_id: int, sentence: str, now: datetime) -> None:
    db.session.rollback()
    run = db.session.get_one(Reconciliation, run_id)
    run.verdict, run.finished_at, run.error = "failed", now, sentence
    write_report(run, db.session.get_one(Connection, run.connection_id), now)
    db.session.commit()
    log.warning("reconcile.failed", connection_id=run.connection_id, reconciliation_id=run_id)


def _sentence(connection_id: int, error: Exception) -> str:
    """Say in plain words why the ledger could not be read."""
    db.session.rollback()
    connection = db.session.get_one(Connection, connection_id)
    kind = LEDGERS[connection.provider]
    if isinstance(error, Reconnect | NotConnected):
        return f"{kind.provider.name} is disconnected. Reconnect it; then check again."
    if isinstance(error, LedgerError):
        return kind.explain(error).happened
    return f"{kind.provider.name} was not asked: Redis does not answer."
