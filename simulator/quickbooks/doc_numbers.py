"""Choose and check document numbers (facts: quickbooks 6.4)."""

from __future__ import annotations

import re

from simulator.quickbooks.books import Books, Document
from simulator.quickbooks.faults import Fault

LONGEST = 21
GENERATE = "AUTO_GENERATE"


def choose_doc_number(
    books: Books, kind: str, wanted: Document, before: Document | None, duplicates_allowed: bool
) -> str | None:
    """Return the number to store. Raise 6140 naming the holder when it is taken."""
    number: str | None = wanted.get("DocNumber")
    if number == GENERATE or (wanted.get("AutoDocNumber") and not number):
        number = _next(books, kind)
    elif number is None:
        if before is not None or books.company["CustomTxnNumbers"]:
            return None
        number = _next(books, kind)
    if before is not None and number == before.get("DocNumber"):
        return number
    if not duplicates_allowed and books.switches["duplicate_doc_number"] == "refuse":
        _refuse_duplicate(books, kind, number)
    return number


def _refuse_duplicate(books: Books, kind: str, number: str) -> None:
    holder = books.numbered(kind, number)
    if holder is None:
        return
    detail = (
        "Duplicate Document Number Error : You must specify a different number. "
        f"This number has already been used. DocNumber={number} is assigned to "
        f"TxnType={_label(kind)} with TxnId={holder}"
    )
    raise Fault(books.switches["duplicate_doc_number_code"], detail, "")


def _label(kind: str) -> str:
    return {"CreditMemo": "Credit Memo"}.get(kind, kind)


def _next(books: Books, kind: str) -> str:
    """Count up from the last number of this kind: digits at the end go up by one."""
    row = books.store.row(
        "SELECT doc_number FROM document WHERE realm=? AND kind=? AND doc_number IS NOT NULL"
        " ORDER BY number DESC LIMIT 1",
        books.realm, kind,
    )  # fmt: skip
    number = _increment(row["doc_number"] if row else "1000")
    while books.numbered(kind, number):
        number = _increment(number)
    return number


def _increment(number: str) -> str:
    head, digits = re.match(r"(.*?)(\d*)$", number, re.DOTALL).groups()  # type: ignore[union-attr]
    return f"{head}{str(int(digits) + 1).zfill(len(digits))}" if digits else f"{number}1"
