"""The sync log as a spreadsheet: plain numbers, ISO times, words as shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.domain.cells import escaped
from app.domain.money import round_money
from app.domain.wording import state_words
from app.models import Attempt, Invoice
from app.queries.sync_log import LogRow
from app.web.attempt_words import outcome_words
from app.web.presentation import ledger_name
from app.web.sent_file import csv_file

COLUMNS = (
    "when", "what", "customer", "direction", "ledger", "amount", "currency", "result", "attempt",
    "milliseconds", "code", "request id", "words", "started by",
)  # fmt: skip


def of_log(rows: Iterable[LogRow]) -> str:
    """Write what was done, a row for each try and each thing pulled back."""
    return "".join(csv_file(COLUMNS, map(_logged, rows)))


def of_invoices(
    rows: Iterable[Invoice], last: Mapping[int, Attempt], tries: Mapping[int, int]
) -> str:
    """Write where invoices stand now, with what came of their last try."""
    lines = (_standing(row, last.get(row.id), tries.get(row.id, 0)) for row in rows)
    return "".join(csv_file(COLUMNS, lines))


def _logged(row: LogRow) -> list[str]:
    amount = None if row.amount is None else round_money(row.amount, row.currency or "")
    return [
        row.at.isoformat(timespec="seconds"),
        escaped(row.what or ""),
        escaped(row.customer or ""),
        "to ledger" if row.direction == "out" else "from ledger",
        ledger_name(row.provider),
        _plain(amount),
        row.currency or "",
        outcome_words(row.outcome).words,
        _plain(row.number),
        _plain(row.milliseconds),
        *(escaped(text or "") for text in (row.code, row.request_id, row.words, row.actor)),
    ]


def _standing(row: Invoice, last: Attempt | None, tries: int) -> list[str]:
    problem = row.problem or {}
    texts = [problem.get(name) for name in ("code", "ledger_request_id", "title")]
    return [
        (last.started_at if last else row.finalised_at).isoformat(timespec="seconds"),
        escaped(row.number),
        escaped(row.customer.name),
        "to ledger",
        ledger_name(row.connection.provider) if row.connection else "",
        _plain(round_money(row.total, row.currency)),
        row.currency,
        state_words(row.sync_state, row.problem).words,
        _plain(tries),
        _plain(last.milliseconds if last else None),
        *(escaped(text or "") for text in texts),
        escaped(last.actor if last else ""),
    ]


def _plain(value: object) -> str:
    return "" if value is None else str(value)
