"""Write differences as a spreadsheet: plain numbers, a currency column, nothing that computes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from app.domain.cells import escaped
from app.domain.drift import Cause
from app.domain.money import round_money
from app.domain.verdict import kind_words
from app.domain.wording import MINUS
from app.models import Drift

# What nobody need act on, as the page says it.
_DECISIONS: Mapping[str, str] = {
    Cause.ACCEPTED: "Left as it is",
    Cause.BY_HAND: "Made by hand in {ledger}",
}


def drift_csv(drifts: Iterable[Drift], ledger: str) -> bytes:
    """Return the differences as CSV; difference is the ledger minus billing."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    columns = "document,customer,kind,currency,billing,{},difference,cause,decision,decided by"
    writer.writerow(columns.format(ledger).split(","))
    for drift in drifts:
        writer.writerow(_row(drift, ledger))
    return out.getvalue().encode("utf-8-sig")  # Excel takes UTF-8 for Latin without the mark


def _row(drift: Drift, ledger: str) -> list[str]:
    texts = [drift.number or "", drift.customer_name or "", _kind(drift, ledger)]
    difference = str(round_money(drift.amount, drift.currency))
    amounts = [plain(drift.ours), plain(drift.theirs), difference]
    decision = _DECISIONS.get(drift.decision or "", "").format(ledger=ledger)
    words = [drift.explanation, decision, drift.decided_by or ""]
    return [*map(escaped, texts), drift.currency, *amounts, *map(escaped, words)]


def _kind(drift: Drift, ledger: str) -> str:
    return kind_words(drift.kind, ledger, drift.document_kind)[0]


def plain(shown: str) -> str:
    """Return an amount as shown to people as a plain number; words stay words."""
    digits = shown.replace(MINUS, "-").replace(",", "").lstrip("£€")
    head, _, tail = digits.partition("\u00a0")
    number = tail or head
    return number if _is_number(number) else escaped(shown)


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal()
