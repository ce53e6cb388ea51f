"""Every page a person or a machine asks for, with the filters they use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

from sqlalchemy import func, select

from app.extensions import db
from app.models import Attempt, Invoice, Push, PushRun
from app.queries.cursor import write_cursor
from app.queries.customers import SHOW, SORT
from benchmarks.year import Firm

_PART = {"HX-Request": "true"}


@dataclass(frozen=True, slots=True)
class Address:
    """One address and what it is called in the table."""

    name: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)


_AUDIT = {
    "newest": "",
    "of a week": "?period=7",
    "of one kind": "?kind=mappings",
    "all of one person's": "?period=ever&who=Priya+Nair",
    "by word": "?period=ever&q=INV-77",
    "of nothing": "?period=ever&q=nothing+of+this+name",
}


def addresses_of(firm: Firm) -> list[Address]:
    """Return what is asked for in a workspace: pages, the parts that pages poll, the REST lists."""
    return [*_overview(), *_invoices(firm), *_logs(firm), *_others(firm), *_rest(firm)]


def _overview() -> list[Address]:
    return [Address("overview", "/"), Address("overview, every 15 s", "/", _PART)]


def _invoices(firm: Firm) -> list[Address]:
    first = _invoice(firm, Invoice.sync_state == "pushed")
    middle = _invoice(firm, Invoice.sync_state == "pushed", offset=firm.size // 2)
    stuck = _invoice(firm, Invoice.sync_state == "failed")
    customer = f"{firm.customers // 2} Ltd"
    deep = f"{middle.issue_date}_{middle.id}"
    request = db.session.scalar(
        select(Attempt.ledger_request_id)
        .join(Push, Push.id == Attempt.push_id)
        .where(Push.document_id == middle.id, Attempt.workspace_id == firm.workspace_id)
        .limit(1)
    )
    lists = {
        "all": "",
        "deep in it": f"?before={deep}",
        **{tab: f"?show={tab}" for tab in ("needs", "progress", "ledger", "never", "gone")},
        "by number": f"?q={middle.number}",
        "by part of a number": f"?q={middle.number[-4:]}",
        "by customer": f"?q={quote(customer)}",
        "by request ID": f"?q={request}",
        "of nobody": "?q=nobody+of+this+name",
        "overdue": "?owed=overdue",
        "paid": "?owed=paid",
        "of one customer": f"?customer={middle.customer_id}",
        "of one company": f"?connection={firm.connection_id}",
        "of one cause": f"?cause=refused:6210&connection={firm.connection_id}",
    }
    cause = f"cause=refused:6210&connection={firm.connection_id}"
    return [
        *(Address(f"invoices, {name}", f"/invoices{path}") for name, path in lists.items()),
        Address("invoice, booked and paid", f"/invoices/{middle.id}"),
        Address("invoice, refused", f"/invoices/{stuck.id}"),
        Address("invoice, every 3 s", f"/invoices/{first.id}", _PART),
        Address("push all that need it", "/invoices/all/push?show=needs"),
        Address("retry all of one cause", f"/invoices/all/retry?{cause}"),
        Address(
            "a file of one customer's", f"/invoices/invoices.csv?customer={middle.customer_id}"
        ),
        Address("credit notes", "/credit-notes"),
        Address("review", "/invoices/held"),
        Address("customers", "/customers"),
        Address("customers, by name", f"/customers?q={quote(customer)}"),
        Address("customers, last page", "/customers?page=9999"),
        *(Address(f"customers, {sort} first", f"/customers?sort={sort}") for sort in SORT),
        *(Address(f"customers, {show}", f"/customers?show={show}") for show in SHOW),
        Address("customer", f"/customers/{middle.customer_id}"),
    ]


def _logs(firm: Firm) -> list[Address]:
    middle = _invoice(firm, Invoice.sync_state == "pushed", offset=firm.size // 2)
    now = datetime.now(UTC)
    older = _event_number(firm)
    log = {
        "needs you": "",
        "refused": "?show=refused",
        "in progress": "?show=progress",
        "done, 30 days": "?show=done",
        "all, 30 days": "?show=all",
        "all, 7 years": "?show=all&period=ever",
        "pulled back": "?show=all&direction=in",
        "by number": f"?show=all&period=ever&q={middle.number}",
        "by customer": f"?show=all&period=ever&q={quote(f'{firm.customers // 2} Ltd')}",
        "of nobody": "?show=all&period=ever&q=nobody+of+this+name",
    }
    return [
        *(Address(f"sync log, {name}", f"/sync-log{path}") for name, path in log.items()),
        Address("sync log, every 5 s", f"/sync-log/new?since={quote(now.isoformat())}", _PART),
        *(Address(f"webhook log, {name}", f"/webhook-log{path}") for name, path in _told(middle)),
        Address(
            "webhook log, every 5 s", f"/webhook-log/new?since={quote(now.isoformat())}", _PART
        ),
        Address("webhook log, a file of a day", "/webhook-log/webhook-log.csv?days=1"),
        Address("events", "/events"),
        Address("events, given up", "/events?state=given_up"),
        Address("events, wanted by none", "/events?state=kept"),
        Address("events, deep in it", f"/events?before={older}"),
        *(Address(f"audit, {name}", f"/audit{path}") for name, path in _AUDIT.items()),
    ]


def _told(invoice: Invoice) -> list[tuple[str, str]]:
    """Return the webhook log's filters, each with its name."""
    month = "?days=30"
    return [
        ("7 days", ""),
        ("30 days", month),
        ("ignored", f"{month}&status=ignored"),
        ("refused", f"{month}&status=refused"),
        ("refused to billing", f"{month}&status=refused&source=billing"),
        ("of the ledger", f"{month}&source=quickbooks"),
        ("by number", f"{month}&q={invoice.number}"),
        ("by event", f"{month}&q=evt_7"),
        ("of nobody", f"{month}&q=nothing+of+this+name"),
        ("by what all have", f"{month}&q=INV-"),
    ]


def _others(firm: Firm) -> list[Address]:
    connection = f"/connections/{firm.connection_id}"
    last = PushRun.workspace_id == firm.workspace_id
    run = db.session.scalar(select(func.max(PushRun.id)).where(last))
    return [
        Address("mappings", "/mappings"),
        Address("reconciliation", "/reconciliation"),
        Address("only in the ledger", "/invoices/only-there"),
        Address("connection", connection),
        Address("connection, every 2 s", f"{connection}/state", _PART),
        Address("disconnect", f"{connection}/disconnect"),
        Address("sync state", "/sync-state"),
        Address("sync state, every 2 s", "/sync-state", _PART),
        Address("runs", f"{connection}/runs"),
        Address("run", f"/runs/{run}"),
        Address("go-live", f"{connection}/go-live"),
        Address("check before it", f"{connection}/check"),
        Address("billing's address", "/setup/billing"),
        Address("settings", "/settings"),
        Address("mailbox", "/mailbox"),
    ]


def _rest(firm: Firm) -> list[Address]:
    middle = _invoice(firm, Invoice.sync_state == "pushed", offset=firm.size // 2)
    cursor = quote(write_cursor(middle.created_at, middle.id))
    return [
        Address("REST invoices", "/api/v1/invoices"),
        Address("REST invoices, deep in it", f"/api/v1/invoices?cursor={cursor}"),
        Address("REST invoices, refused", "/api/v1/invoices?sync_state=failed"),
        Address("REST invoices, by number", f"/api/v1/invoices?number={middle.number}"),
        Address("REST events", "/api/v1/events"),
        Address("REST events, deep in it", f"/api/v1/events?after={cursor}"),
        Address("REST payments", "/api/v1/payments"),
        Address("REST payments, deep in it", f"/api/v1/payments?after={cursor}"),
    ]


def _invoice(firm: Firm, condition: object, offset: int = 0) -> Invoice:
    """Return the so-manieth newest invoice of a kind."""
    found = db.session.scalars(
        select(Invoice)
        .where(Invoice.workspace_id == firm.workspace_id, condition)  # type: ignore[arg-type]
        .order_by(Invoice.issue_date.desc(), Invoice.id.desc())
        .offset(min(offset, firm.size // 2))
        .limit(1)
    )
    return found.one()


def _event_number(firm: Firm) -> int:
    return 4 * firm.size + firm.workspace_id  # of the middle of the year
