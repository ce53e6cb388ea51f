"""The list of invoices as a spreadsheet: sent while it is read, however long it is."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from app.domain.cells import escaped
from app.domain.money import round_money
from app.domain.wording import state_words, words_of
from app.queries.invoice_file import every
from app.web.guard import workspace_id
from app.web.invoices import filter_asked
from app.web.presentation import ledger_name, today
from app.web.sent_file import begun, csv_file

AUTHENTICATION = "session"

blueprint = Blueprint("invoice_file", __name__, url_prefix="/invoices")

COLUMNS = (
    "invoice", "billing id", "customer", "date", "due", "currency", "net", "tax", "total", "open",
    "payment", "in the ledger", "ledger", "company", "ledger id",
)  # fmt: skip


@blueprint.get("/invoices.csv")
def export() -> ResponseReturnValue:
    """Hand out what the filters show on all pages."""
    wanted, day = replace(filter_asked(), before=None), today()
    rows = begun(every(workspace_id(), wanted, day))
    return Response(
        csv_file(COLUMNS, (_line(row, row.due_date and row.due_date < day) for row in rows)),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="invoices-{day}.csv"'},
    )


def _line(row: Any, late: bool) -> list[str]:
    owed = row.status in ("open", "part_paid")
    amounts = (row.subtotal, row.tax_total, row.total, row.balance)
    return [
        escaped(row.number),
        escaped(row.external_id),
        escaped(row.customer),
        row.issue_date.isoformat(),
        row.due_date.isoformat() if row.due_date else "",
        row.currency,
        *(_plain(amount, row.currency) for amount in amounts),
        words_of("overdue" if owed and late else row.status).words,
        state_words(row.sync_state, row.problem).words,
        ledger_name(row.provider) if row.provider else "",
        escaped(row.company_name or ""),
        escaped(row.ledger_id or ""),
    ]


def _plain(amount: Decimal, currency: str) -> str:
    return str(round_money(amount, currency))
