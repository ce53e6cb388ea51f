"""Verdicts, differences and their history; of the workspace entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import selectinload

from app.domain.difference_words import Meaning, meaning_of
from app.domain.states import ConnectionState
from app.domain.verdict import APART, Loud, Sums, as_decided, kind_words, sums_of
from app.extensions import db
from app.models import Connection, Drift, Invoice, LedgerInvoiceRow, Mail, Reconciliation
from app.usecases.reconciliation.drifts import ACCEPTED

HISTORY_DAYS = 30
_CHECKED = ("square", "differs")


@dataclass(frozen=True, slots=True)
class Tab:
    """One company and what its last check came to."""

    connection: Connection
    verdict: str | None
    differences: int


@dataclass(frozen=True, slots=True)
class Day:
    """The last check of one day; net is None where there was none, or nothing with an amount."""

    day: date
    verdict: str | None
    net: Decimal | None


@dataclass(frozen=True, slots=True)
class Group:
    """Differences of one kind."""

    kind: str
    words: str
    icon: str
    meaning: Meaning
    drifts: list[Drift]

    @property
    def sums(self) -> dict[str, Decimal]:
        """Return the amounts per currency."""
        sums: dict[str, Decimal] = {}
        for drift in self.drifts:
            sums[drift.currency] = sums.get(drift.currency, Decimal(0)) + drift.amount
        return sums


def tabs() -> list[Tab]:
    """Return the companies in use with their verdicts, oldest connection first.

    Where none is in use, those that somebody disconnected and that were compared: what was found
    and decided there can still be read.
    """
    used = Connection.state != ConnectionState.DISCONNECTED
    compared = exists().where(
        Reconciliation.connection_id == Connection.id, Reconciliation.verdict.in_(_CHECKED)
    )
    connections = db.session.scalars(
        select(Connection).where(or_(used, compared)).order_by(Connection.id)
    ).all()
    in_use = [each for each in connections if each.state != ConnectionState.DISCONNECTED]
    return [_tab(connection) for connection in in_use or reversed(connections)]


def _tab(connection: Connection) -> Tab:
    last = last_check(connection.id)
    return Tab(connection, last.verdict if last else None, len(differences(connection.id)))


def newest(connection_id: int) -> Reconciliation | None:
    """Return the newest check, whatever became of it."""
    return db.session.scalar(
        select(Reconciliation)
        .where(Reconciliation.connection_id == connection_id)
        .order_by(Reconciliation.started_at.desc(), Reconciliation.id.desc())
        .limit(1)
    )


def last_check(connection_id: int) -> Reconciliation | None:
    """Return the newest check that came to a verdict."""
    return db.session.scalar(
        select(Reconciliation)
        .where(Reconciliation.connection_id == connection_id, Reconciliation.verdict.in_(_CHECKED))
        .order_by(Reconciliation.started_at.desc(), Reconciliation.id.desc())
        .limit(1)
    )


def differences(connection_id: int) -> Sequence[Drift]:
    """Return what is to resolve, dearest first."""
    return db.session.scalars(
        _open(connection_id)
        .where(Drift.decision.is_(None))
        .order_by(func.abs(Drift.amount).desc(), Drift.id)
    ).all()


def differences_of(invoice_id: int) -> Sequence[Drift]:
    """Return what is to resolve about one of billing's documents, dearest first."""
    return db.session.scalars(
        select(Drift)
        .where(Drift.invoice_id == invoice_id, Drift.closed_at.is_(None), Drift.decision.is_(None))
        .order_by(func.abs(Drift.amount).desc(), Drift.id)
    ).all()


def explained(connection_id: int) -> Sequence[Drift]:
    """Return the open differences that somebody accepted or that are none of billing's."""
    return db.session.scalars(
        _open(connection_id)
        .where(Drift.decision.is_not(None))
        .order_by(Drift.decision, func.abs(Drift.amount).desc(), Drift.id)
    ).all()


def sums_now(check: Reconciliation | None) -> list[Sums]:
    """Return the figures of a connection's last check with what people decided since."""
    if check is None:
        return []
    if not (check.figures or {}).get(APART):
        return sums_of(check.figures)
    rows = db.session.execute(
        select(Drift.subject, Drift.document_kind, Drift.currency, Drift.amount).where(
            Drift.connection_id == check.connection_id,
            Drift.closed_at.is_(None),
            Drift.decision.is_(None),
        )
    )
    return as_decided(check.figures, [Loud(*row) for row in rows])


def decided_since(explained: Sequence[Drift], check: Reconciliation | None) -> int:
    """Count what people left as it is after a check, so that its figures still count it as open."""
    if check is None:
        return 0
    made = [drift.decided_at for drift in explained if drift.decision == ACCEPTED]
    return sum(1 for at in made if at is not None and at > check.started_at)


def gross(drifts: Sequence[Drift]) -> dict[str, Decimal]:
    """Return differences added up without regard to their sign, each currency for itself."""
    sums: dict[str, Decimal] = {}
    for drift in drifts:
        if drift.amount:
            sums[drift.currency] = sums.get(drift.currency, Decimal(0)) + abs(drift.amount)
    return sums


def _open(connection_id: int):  # type: ignore[no-untyped-def]
    which = Drift.connection_id == connection_id, Drift.closed_at.is_(None)
    return (
        select(Drift).where(*which).options(selectinload(Drift.twin), selectinload(Drift.invoice))
    )


def grouped(drifts: Sequence[Drift], ledger: str) -> list[Group]:
    """Put differences of one kind together, the dearest kind first."""
    groups: dict[tuple[str, str], Group] = {}
    for drift in drifts:
        words, icon = kind_words(drift.kind, ledger, drift.document_kind)
        meaning = meaning_of(drift.kind, ledger, drift.document_kind)
        group = Group(drift.kind, words, icon, meaning, [])
        groups.setdefault((drift.document_kind, drift.kind), group).drifts.append(drift)
    return list(groups.values())


def last_closed(connection_id: int) -> Drift | None:
    """Return the difference that was settled last."""
    return db.session.scalar(
        select(Drift)
        .where(Drift.connection_id == connection_id, Drift.closed_at.is_not(None))
        .order_by(Drift.closed_at.desc())
        .limit(1)
    )


def report_of(run: Reconciliation, zone: ZoneInfo) -> Mail | None:
    """Return the e-mail of a check's day: a later check of the same day writes none of its own."""
    began = datetime.combine(run.started_at.astimezone(zone).date(), time(), zone)
    mail_id = db.session.scalar(
        select(Reconciliation.figures["mail_id"].as_integer())
        .where(
            Reconciliation.connection_id == run.connection_id,
            Reconciliation.verdict.in_(_CHECKED),
            Reconciliation.started_at.between(began, run.started_at),
            Reconciliation.figures.has_key("mail_id"),
        )
        .order_by(Reconciliation.started_at.desc(), Reconciliation.id.desc())
        .limit(1)
    )
    return db.session.get(Mail, mail_id) if mail_id else None


def history(connection_id: int, zone: ZoneInfo, now: datetime) -> list[Day]:
    """Return the last check of each of the last thirty days, oldest first."""
    today = now.astimezone(zone).date()
    runs = db.session.scalars(
        select(Reconciliation)
        .where(
            Reconciliation.connection_id == connection_id,
            Reconciliation.verdict.in_(_CHECKED),
            Reconciliation.started_at > now - timedelta(days=HISTORY_DAYS + 1),
        )
        .order_by(Reconciliation.started_at, Reconciliation.id)
    )
    last = {run.started_at.astimezone(zone).date(): run for run in runs}
    days = [today - timedelta(days=back) for back in reversed(range(HISTORY_DAYS))]
    return [_day(day, last.get(day)) for day in days]


def _day(day: date, run: Reconciliation | None) -> Day:
    if run is None:
        return Day(day, None, None)
    if run.verdict == "square":
        return Day(day, run.verdict, Decimal(0))
    net = Decimal(0)
    for home in (each for each in sums_of(run.figures) if each.currency == run.currency):
        apart = home.resolve.total or home.resolve.owed
        net += -apart if home.credit else apart  # more credit is less money
    return Day(day, run.verdict, net or None)


def has_anything(connection_id: int) -> bool:
    """Tell whether there is anything to compare yet."""
    ours = select(Invoice.id).where(Invoice.connection_id == connection_id).limit(1)
    theirs = select(LedgerInvoiceRow.id).where(LedgerInvoiceRow.connection_id == connection_id)
    return bool(db.session.scalar(ours) or db.session.scalar(theirs.limit(1)))
