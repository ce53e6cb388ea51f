"""What a ledger's book has of a customer, as rows of the mirror; the caller commits."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from app.extensions import db
from app.models import Connection, Customer, CustomerLink, LedgerInvoiceRow, LedgerPaymentRow
from app.models.mirror import MirrorRow
from tests.builders import a_customer

Row = TypeVar("Row", bound=MirrorRow)
NOW = datetime.now(UTC)
TODAY = NOW.date()


def linked(connection: Connection, name: str = "Oak & Ash Ltd", ledger_id: str = "58") -> Customer:
    """Say who a customer is in the ledger."""
    customer = a_customer(connection.workspace, name)
    db.session.add(
        CustomerLink(
            workspace_id=connection.workspace_id,
            connection_id=connection.id,
            customer_id=customer.id,
            ledger_id=ledger_id,
            ledger_name=name,
            how="found",
        )
    )
    db.session.flush()
    return customer


def there(table: type[Row], connection: Connection, ledger_id: str, **more: Any) -> Row:
    """Make a row of the ledger's book."""
    base = {
        "workspace_id": connection.workspace_id,
        "connection_id": connection.id,
        "ledger_id": ledger_id,
        "version": "0",
        "read_at": NOW,
        "customer_ledger_id": "58",
        "currency": "GBP",
    }
    row = table(**base | more)
    db.session.add(row)
    return row


def invoice_there(
    connection: Connection, ledger_id: str, total: str, **more: Any
) -> LedgerInvoiceRow:
    """Make an invoice of the ledger."""
    amounts = {"total": Decimal(total), "tax_total": Decimal(0), "balance": Decimal(total)}
    return there(LedgerInvoiceRow, connection, ledger_id, **{"issue_date": TODAY} | amounts | more)


def payment_there(
    connection: Connection, ledger_id: str, amount: str, **more: Any
) -> LedgerPaymentRow:
    """Make a payment of the ledger."""
    values = {"amount": Decimal(amount), "unapplied": Decimal(0), "received_on": TODAY}
    return there(LedgerPaymentRow, connection, ledger_id, **values | more)
