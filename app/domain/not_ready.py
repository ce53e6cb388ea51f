"""Say in plain words why an invoice was not sent, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from app.domain.invoice import Invoice
from app.domain.problem import Missing, Problem
from app.domain.wording import day_long, format_money, listed

TAX_OFF = "tax_off"
# Kind of what is missing on a line itself, which no mapping can put right; its code says what.
LINE = "line"
MULTICURRENCY_OFF = "multicurrency_off"

# Problem.code of a document that was never sent, by the kind of what is missing.
CODES = {
    "service": "service_not_mapped",
    "tax_code": "tax_code_not_mapped",
    "customer": "customer_not_settled",
    "connection": "no_connection",
    "setting": "setting",
    "closed_period": "closed_period",
}
SEVERAL = "not_ready"

# Two sentences for each thing that can be missing: what happened, what to do.
Words = tuple[str, str]
GOES = "The invoice then goes by itself."
ALL_GO = "The invoices then go by themselves."


def cause_key(missing: Missing) -> str:
    """Return what invoices that wait for the same thing have in common."""
    return f"{missing.kind}:{missing.code}"


def line_words(positions: Sequence[int]) -> str:
    """Return how lines are called in a sentence: "line 2", "lines 2, 5 and 9"."""
    word = "line" if len(positions) == 1 else "lines"
    return f"{word} {listed([str(position) for position in positions])}"


def problem_of(
    missing: Sequence[Missing], *, ledger: str = "the ledger", invoice: Invoice | None = None
) -> Problem:
    """Describe everything that is missing as one problem; raises ValueError when nothing is."""
    if not missing:
        raise ValueError("Nothing is missing, so there is no problem to describe.")
    words = [_words_of(one, ledger, invoice) for one in missing]
    return Problem(
        code=_code_of(missing),
        title=_title(words),
        means=_means(invoice, missing),
        what_to_do=" ".join(dict.fromkeys(_one_step(words))),
        missing=tuple(missing),
    )


def _code_of(missing: Sequence[Missing]) -> str:
    if len(missing) > 1:
        return SEVERAL
    one = missing[0]
    if one.kind == LINE:
        return f"line_without_{one.code}"
    return one.code if one.kind == "setting" else CODES.get(one.kind, SEVERAL)


def _title(words: Sequence[Words]) -> str:
    if len(words) == 1:
        return words[0][0]
    return f"{len(words)} things stand in the way. " + " ".join(happened for happened, _ in words)


def _one_step(words: Sequence[Words]) -> list[str]:
    if len(words) == 1:
        return [words[0][1]]
    return [*(do.removesuffix(GOES).strip() for _, do in words), GOES]


def _means(invoice: Invoice | None, missing: Sequence[Missing]) -> str:
    if any(one.kind == "closed_period" and "/" in one.code for one in missing):
        return "The books keep it as it was. Billing's change is not in them, and was not sent."
    if invoice is None:
        return "Nothing was sent: it is not in your books."
    total = format_money(invoice.total, invoice.currency)
    if not invoice.tax_total:
        return f"{total} is not in your books. Nothing was sent."
    tax = format_money(invoice.tax_total, invoice.currency)
    return (
        f"{total} is not in your books, and its {tax} of VAT is not in the VAT return."
        " Nothing was sent."
    )


def _words_of(missing: Missing, ledger: str, invoice: Invoice | None) -> Words:
    match missing.kind:
        case "service":
            return _service(missing, ledger)
        case "tax_code":
            return _tax_code(missing, ledger)
        case "line":
            return _line(missing, ledger)
        case "setting":
            return _setting(missing, ledger)
        case "closed_period":
            return _closed_period(missing, ledger, invoice)
        case "customer":
            return (
                f"It is not settled which customer in {ledger} “{missing.name}” is.",
                f"Choose the customer. {GOES}",
            )
        case "connection":
            return (
                "No connected ledger takes this invoice.",
                f"Connect the ledger it belongs to. {GOES}",
            )
        case _:
            return f"{missing.name} is missing.", GOES


def _service(missing: Missing, ledger: str) -> Words:
    if missing.why:
        return _gone("item", missing, ledger)
    return f"“{missing.name}” is not mapped to a {ledger} item.", f"Map “{missing.name}”. {GOES}"


def _tax_code(missing: Missing, ledger: str) -> Words:
    if missing.why:
        return _gone("tax code", missing, ledger)
    happened = f"“{missing.name}” is not mapped to a {ledger} tax code."
    return happened, f"Map “{missing.name}”. {GOES}"


def _line(missing: Missing, ledger: str) -> Words:
    """Name the lines, and what billing must give them: there is nothing that could be mapped."""
    lines = missing.name[:1].upper() + missing.name[1:]
    several = missing.name.startswith("lines")
    has, them = ("have", "them") if several else ("has", "it")
    if missing.code == "service":
        happened = f"{lines} {has} no service, so there is no {ledger} item for {them}."
        return happened, f"Give {missing.name} a service in billing. {GOES}"
    happened = f"{lines} {has} no tax code, and {ledger} wants one on every line."
    return happened, f"Give {missing.name} a tax code in billing. {GOES}"


def _gone(what: str, missing: Missing, ledger: str) -> Words:
    """Name the service and the entry it goes to, which no sale can use any more."""
    happened = f"“{missing.name}” goes to the {what} “{missing.target}”, which"
    map_it = f"Map “{missing.name}” to another {what}"
    match missing.why:
        case "inactive":
            return f"{happened} was made inactive in {ledger}.", (
                f"{map_it}, or make “{missing.target}” active again in {ledger} and read its lists"
                f" again. {GOES}"
            )
        case "absent":
            return f"{happened} is not in {ledger} any more: deleted or merged.", (
                f"{map_it}. {GOES}"
            )
        case kind:
            return f"{happened} is a {kind} in {ledger} now and cannot stand on an invoice.", (
                f"{map_it}. {GOES}"
            )


def _setting(missing: Missing, ledger: str) -> Words:
    if missing.code == TAX_OFF:
        happened = f"It charges VAT, and VAT is off in {ledger}, which would book it without."
        return happened, f"Switch VAT on in {ledger}, then read the company again. {GOES}"
    if missing.code == MULTICURRENCY_OFF:
        happened = f"{ledger} keeps its books in one currency and cannot take {missing.name}."
        do = f"Switch multicurrency on in {ledger} (for good: it stays on), then read it again."
        return happened, f"{do} {GOES}"
    return f"A setting stands in the way: {missing.name}.", GOES


def _closed_period(missing: Missing, ledger: str, invoice: Invoice | None) -> Words:
    code, _, dated_there = missing.code.partition("/")
    closed_to = date.fromisoformat(code)
    if dated_there:
        there = day_long(date.fromisoformat(dated_there))
        happened = f"{ledger} is closed to {day_long(closed_to)} and has it booked on {there}."
        return happened, f"Reopen the period in {ledger}: the change then goes by itself."
    open_from = day_long(closed_to + timedelta(days=1))
    dated = ""
    if invoice is not None:
        same = invoice.issue_date == closed_to
        dated = f" and the invoice is dated {'that day' if same else day_long(invoice.issue_date)}"
    happened = f"{ledger} is closed to {day_long(closed_to)}{dated}."
    do = f"Change the date in billing to {open_from} or later, or reopen the period in {ledger}."
    return happened, f"{do} {GOES}"
