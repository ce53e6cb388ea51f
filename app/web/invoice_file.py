"""The list of invoices as a spreadsheet: sent while it is read, however long it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from app.domain.money import round_money
from app.domain.wording import state_words, words_of
from app.queries.invoice_file import every
from app.usecases.mapping.mapping_csv import escaped
from app.web.begun import begun
from app.web.guard import workspace_id
from app.web.invoices import filter_asked
from app.web.presentation import ledger_name, today

AUTHENTICATION = "session"

blueprint = Blueprint("invoice_file", __name__, url_prefix="/invoices")

COLUMNS = (
    "invoice", "billing id", "customer", "date", "due", "currency", "net", "tax", "total", "open",
    "payment", "in the ledger", "ledger", "company", "ledger id",
)  # fmt: skip
# Lines sent together: a line at a time would be a packet each.
_TOGETHER = 200


@blueprint.get("/invoices.csv")
def export() -> ResponseReturnValue:
    """Hand out what the filters show on all pages."""
    wanted, day = replace(filter_asked(), before=None), today()
    rows = begun(every(workspace_id(), wanted, day))
    return Response(
        _csv(_line(row, row.due_date and row.due_date < day) for row in rows),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="invoices-{day}.csv"'},
    )


def _csv(lines: Iterable[list[str]]) -> Iterator[str]:
    out = io.StringIO("\ufeff", newline="")  # Excel takes UTF-8 for Latin without the mark
    out.seek(0, io.SEEK_END)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for number, line in enumerate(lines, 1):
        writer.writerow(line)
        if number % _TOGETHER == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


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
