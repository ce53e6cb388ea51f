"""Write the e-mail of a reconciliation: its subject line is already the report."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.domain.mail_topics import Topic
from app.domain.states import ConnectionState
from app.domain.verdict import Sums, agree, agreed, gross, kind_words, known, lede, sums_of
from app.domain.wording import day, day_long, days, format_money, number, plural
from app.extensions import db
from app.ledgers import LEDGERS
from app.models import Connection, Drift, Reconciliation, Workspace
from app.usecases.mail.mail_lists import recipients_of
from app.usecases.mail.notify import page, rendered, write_mail
from app.usecases.reconciliation.drift_csv import drift_csv

# More rows than these are in the attached CSV and on the page: a mailbox clips long e-mails.
_ROWS = 20


def write_report(run: Reconciliation, connection: Connection, now: datetime) -> None:
    """Add a finished run's e-mail to the transaction under way, as its workspace wants them.

    One e-mail a company a day: a second check of the same day is on the page only.
    """
    workspace = db.session.get_one(Workspace, run.workspace_id)
    if not _wanted(run, workspace) or _mailed_today(run, workspace):
        return
    template, values = _letter(run, connection, workspace)
    text, html = rendered(template, values)
    mail = write_mail(
        workspace.id,
        recipients_of(connection, Topic.CHECK),
        values["subject"],
        text,
        html,
        now=now,
        attachment=_attachment(run, values),
    )
    if mail is not None:
        run.figures = {**(run.figures or {}), "mail_id": mail.id}


def _wanted(run: Reconciliation, workspace: Workspace) -> bool:
    if run.verdict == "failed" and run.trigger != "clock":
        return False  # whoever pressed the button sees it
    if workspace.reconcile_mail == "difference":
        return run.verdict != "square"
    return workspace.reconcile_mail == "daily"


def _mailed_today(run: Reconciliation, workspace: Workspace) -> bool:
    zone = ZoneInfo(workspace.time_zone)
    began = datetime.combine(run.started_at.astimezone(zone).date(), time(), zone)
    told = (run.verdict,) if run.verdict == "failed" else ("square", "differs")
    earlier = select(Reconciliation.id).where(
        Reconciliation.connection_id == run.connection_id,
        Reconciliation.id != run.id,
        Reconciliation.started_at >= began,
        Reconciliation.verdict.in_(told),
        Reconciliation.figures.has_key("mail_id"),
    )
    return db.session.scalar(earlier.limit(1)) is not None


def _letter(
    run: Reconciliation, connection: Connection, workspace: Workspace
) -> tuple[str, dict[str, Any]]:
    values = _common(run, connection, workspace)
    if run.verdict == "failed":
        return "not_checked", values | _not_checked(run, values)
    sums = sums_of(run.figures)
    if run.verdict == "square":
        return "square", values | _square(run, values, sums)
    return "differs", values | _differs(run, values, sums)


def _common(run: Reconciliation, connection: Connection, workspace: Workspace) -> dict[str, Any]:
    checked = run.started_at.astimezone(ZoneInfo(workspace.time_zone))
    when = {
        "daily": "Sent after every daily check.",
        "difference": "Sent only when something differs.",
    }
    return {
        "ledger": LEDGERS[connection.provider].provider.name,
        "which": _which(connection),
        "company": connection.company_name,
        "window": days(run.first_day, run.last_day),
        "checked": f"{day_long(checked.date())} at {checked:%H:%M}",
        "day": day(checked.date()),
        "url": page(f"/reconciliation?connection={connection.id}"),
        "settings_url": page("/settings"),
        "sent_when": when.get(workspace.reconcile_mail, ""),
    }


def _which(connection: Connection) -> str:
    """Return what the subject calls it: the company, where two of one ledger are in use."""
    others = select(Connection.id).where(
        Connection.workspace_id == connection.workspace_id,
        Connection.provider == connection.provider,
        Connection.state != ConnectionState.DISCONNECTED,
        Connection.id != connection.id,
    )
    several = db.session.scalar(others.limit(1)) is not None
    name = LEDGERS[connection.provider].provider.name
    return connection.company_name if several else name


def _not_checked(run: Reconciliation, values: dict[str, Any]) -> dict[str, Any]:
    return {
        "subject": f"Not checked: {values['ledger']} ({values['company']}, {values['day']})",
        "preheader": run.error or "",
        "error": run.error,
    }


def _square(run: Reconciliation, values: dict[str, Any], sums: list[Sums]) -> dict[str, Any]:
    alike, explained = agreed(sums), known(sums, values["ledger"])
    apart = ", apart from what is known" if explained else ""
    return {
        "subject": f"All square: {alike} ({values['which']}, {values['day']})",
        "preheader": f"Billing and {values['ledger']} agree to the penny{apart}. Nothing to do.",
        "agreed": agree(sums),
        "known": explained,
    }


def _differs(run: Reconciliation, values: dict[str, Any], sums: list[Sums]) -> dict[str, Any]:
    drifts = _to_resolve(run)
    count = plural(len(drifts), "difference")
    ledger = values["ledger"]
    explained = known(sums, ledger)
    several = len({each.currency for each in sums}) > 1
    return {
        "subject": f"Not square: {gross(sums)} in {count} ({values['which']}, {values['day']})",
        "preheader": f"{lede(sums, ledger)} {explained and f'Known: {explained}.'}".strip(),
        "count": count,
        "lede": lede(sums, ledger),
        "known": explained,
        "totals": [row for each in sums for row in _totals(each, several)],
        "drifts": [_shown(drift, ledger) for drift in drifts[:_ROWS]],
        "more": number(len(drifts) - _ROWS) if len(drifts) > _ROWS else None,
        "all_drifts": drifts,
    }


def _totals(sums: Sums, name_currency: bool) -> list[tuple[str, str, str, str]]:
    suffix = f", {sums.currency}" if name_currency else ""

    def money(amount: Any, *, sign: bool = False) -> str:
        return format_money(amount, sums.currency, sign=sign)

    what, left = ("Credit notes", "Not used yet") if sums.credit else ("Invoices", "Still owed")
    return [
        (words + suffix, money(ours), money(theirs), money(rest, sign=True))
        for words, ours, theirs, rest in (
            (what, sums.ours.total, sums.theirs.total, sums.resolve.total),
            ("of which tax", sums.ours.tax, sums.theirs.tax, sums.resolve.tax),
            (left, sums.ours.owed, sums.theirs.owed, sums.resolve.owed),
        )
    ]


def _to_resolve(run: Reconciliation) -> list[Drift]:
    drifts = db.session.scalars(
        select(Drift).where(
            Drift.connection_id == run.connection_id,
            Drift.closed_at.is_(None),
            Drift.decision.is_(None),
        )
    )
    return sorted(drifts, key=lambda drift: (-abs(drift.amount), drift.id))


def _shown(drift: Drift, ledger: str) -> dict[str, Any]:
    ours = drift.invoice_id or drift.twin_id
    path = f"/invoices/{ours}" if ours else f"/reconciliation?connection={drift.connection_id}"
    return {
        "number": drift.number or "No number",
        "url": page(path),
        "customer": drift.customer_name or "",
        "cause": drift.explanation,
        "kind": kind_words(drift.kind, ledger, drift.document_kind)[0],
        "ours": drift.ours,
        "theirs": drift.theirs,
        "difference": format_money(drift.amount, drift.currency, sign=True),
    }


def _attachment(run: Reconciliation, values: dict[str, Any]) -> tuple[str, bytes] | None:
    if "all_drifts" not in values:
        return None
    name = f"differences-{run.last_day.isoformat()}.csv"
    return name, drift_csv(values["all_drifts"], values["ledger"])
