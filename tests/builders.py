"""Rows as they would be after something happened; the caller commits.

For tests of pages and queries, which look at states and not at how they came about. What must have
come about for real is made by tests/northgate.py and tests/connected.py.
"""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.domain.problem import Missing, Problem
from app.domain.states import DocumentKind, InvoiceStatus, Operation, PushState, SyncState
from app.extensions import db
from app.models import (
    Attempt,
    Connection,
    Customer,
    DocumentLink,
    Drift,
    Invoice,
    Push,
    Reconciliation,
    User,
    Workspace,
)
from app.usecases.accounts import create_user

PASSWORD = "correct horse battery staple"
_numbers = itertools.count(10_600)


def a_workspace(slug: str = "northgate", **changes: Any) -> Workspace:
    """Make Northgate IT Services Ltd, in pounds, in London."""
    values = {"name": "Northgate IT Services Ltd", "country": "GB", "currency": "GBP"}
    workspace = Workspace(slug=slug, **values | changes)
    db.session.add(workspace)
    db.session.flush()
    return workspace


def a_person(
    workspace: Workspace, role: str = "finance", email: str = "priya@northgate.example"
) -> User:
    """Make Priya Nair, who signs in with PASSWORD; commits."""
    return create_user(workspace.id, email, role, PASSWORD, name="Priya Nair")


def a_reader(workspace_id: int, name: str = "ana", role: str = "owner") -> User:
    """Make somebody who gets e-mails and never signs in: no password is hashed for them."""
    email = f"{name}@northgate.example"
    reader = User(
        workspace_id=workspace_id, email=email, name=name.title(), role=role, password_hash="-"
    )
    db.session.add(reader)
    db.session.flush()
    return reader


def a_connection(workspace: Workspace, **changes: Any) -> Connection:
    """Connect a workspace to its QuickBooks company, read a moment ago."""
    now = datetime.now(UTC)
    values: dict[str, Any] = {
        "provider": "quickbooks",
        "environment": "sandbox",
        "company_id": "9130357766900456",
        "company_name": "Northgate IT Services Ltd",
        "country": "GB",
        "home_currency": "GBP",
        "company_read_at": now,
        "catalogue_read_at": now,
    }
    connection = Connection(workspace_id=workspace.id, **values | changes)
    db.session.add(connection)
    db.session.flush()
    return connection


def a_customer(workspace: Workspace, name: str = "Oak & Ash Ltd") -> Customer:
    """Make (or find) a customer by name."""
    found = db.session.query(Customer).filter_by(workspace_id=workspace.id, name=name).first()
    if found is not None:
        return found
    customer = Customer(workspace_id=workspace.id, external_id=f"cus_{name}", name=name)
    db.session.add(customer)
    db.session.flush()
    return customer


def an_invoice(
    connection: Connection,
    total: str = "540.00",
    state: SyncState = SyncState.PUSHED,
    *,
    customer: str = "Oak & Ash Ltd",
    missing: Missing | None = None,
    problem: Problem | None = None,
    at: datetime | None = None,
    **changes: Any,
) -> Invoice:
    """Make an invoice in a state; missing makes it blocked for one thing."""
    at = at or datetime.now(UTC) - timedelta(minutes=30)
    if missing is not None:
        state = SyncState.BLOCKED
        problem = Problem(missing.kind, f"{missing.name} is missing.", missing=(missing,))
    number = next(_numbers)
    amount = Decimal(total)
    values: dict[str, Any] = {
        "external_id": f"inv_{number}",
        "number": f"INV-{number}",
        "revision": 1,
        "issue_date": at.date(),
        "due_date": at.date() + timedelta(days=30),
        "currency": "GBP",
        "prices": "tax_exclusive",
        "recurring": True,
        "push_policy": "auto",
        "subtotal": amount,
        "tax_total": Decimal(0),
        "total": amount,
        "balance": amount,
        "finalised_at": at,
        "status": InvoiceStatus.OPEN,
        "sync_state": state,
        "problem": problem.as_json() if problem else None,
        "connection_id": connection.id,
    }
    invoice = Invoice(
        workspace_id=connection.workspace_id,
        customer=a_customer(connection.workspace, customer),
        **values | changes,
    )
    db.session.add(invoice)
    db.session.flush()
    return invoice


def a_push(invoice: Invoice, state: PushState | None = None, **changes: Any) -> Push:
    """Intend to create an invoice's document; the push stands as the invoice does."""
    values: dict[str, Any] = {
        "document_kind": DocumentKind.INVOICE,
        "document_id": invoice.id,
        "operation": Operation.CREATE,
        "revision": invoice.revision,
        "state": state or PushState(invoice.sync_state),
        "due_at": invoice.finalised_at,
    }
    push = Push(
        workspace_id=invoice.workspace_id,
        connection_id=invoice.connection_id,
        **values | changes,
    )
    db.session.add(push)
    db.session.flush()
    return push


def a_creation(invoice: Invoice, **changes: Any) -> Push:
    """Say that a push of ours created it in the ledger, with one try."""
    at = invoice.finalised_at
    values: dict[str, Any] = {"first_sent_at": at, "finished_at": at, "total": invoice.total}
    push = a_push(invoice, PushState.DONE, **values | changes)
    db.session.add(
        Attempt(
            workspace_id=push.workspace_id,
            connection_id=push.connection_id,
            push_id=push.id,
            started_at=at,
            milliseconds=9,
            outcome=SyncState.PUSHED,
            words="Created.",
        )
    )
    db.session.flush()
    return push


def a_link(invoice: Invoice, **changes: Any) -> DocumentLink:
    """Say that the ledger holds an invoice."""
    values: dict[str, Any] = {
        "document_kind": DocumentKind.INVOICE,
        "document_id": invoice.id,
        "ledger_id": f"{invoice.id + 300}",
        "version": "1",
        "revision": invoice.revision,
        "number": invoice.number,
        "ledger_total": invoice.total,
        "pushed_at": invoice.finalised_at,
    }
    link = DocumentLink(
        workspace_id=invoice.workspace_id,
        connection_id=invoice.connection_id,
        **values | changes,
    )
    db.session.add(link)
    db.session.flush()
    return link


def a_check(
    connection: Connection, verdict: str = "square", first_day: date | None = None, **changes: Any
) -> Reconciliation:
    """Make a finished reconciliation of this month."""
    now = datetime.now(UTC)
    values: dict[str, Any] = {
        "trigger": "clock",
        "first_day": first_day or now.date().replace(day=1),
        "last_day": now.date(),
        "started_at": now - timedelta(minutes=3),
        "finished_at": now - timedelta(minutes=2),
        "currency": "GBP",
    }
    check = Reconciliation(
        workspace_id=connection.workspace_id,
        connection_id=connection.id,
        verdict=verdict,
        **values | changes,
    )
    db.session.add(check)
    db.session.flush()
    return check


def a_difference(check: Reconciliation, amount: str = "-216.00", **changes: Any) -> Drift:
    """Make an open difference that a check found: edited in the ledger."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "kind": "amount",
        "subject": f"ledger:{number}",
        "number": f"INV-{number}",
        "customer_name": "Oak & Ash Ltd",
        "currency": "GBP",
        "ours": "£1,216.00",
        "theirs": "£1,000.00",
        "explanation": "Edited in QuickBooks.",
    }
    drift = Drift(
        workspace_id=check.workspace_id,
        connection_id=check.connection_id,
        amount=Decimal(amount),
        opened_by_id=check.id,
        seen_by_id=check.id,
        **values | changes,
    )
    db.session.add(drift)
    db.session.flush()
    return drift
