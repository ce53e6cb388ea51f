"""Say why a ledger would book other figures than billing finalised, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from app.domain.invoice import Invoice, Line
from app.domain.money import decimals, round_money
from app.domain.problem import Missing, Place, Problem
from app.domain.push_plan import InvoicePlan, PlannedLine
from app.domain.tax_prediction import Prediction, TaxRates, percent_of
from app.domain.wording import format_money, percent, whose

# Problem.code, and the code of what is missing, of a document that was never sent.
TAX_DIFFERS = "tax_differs"
RATE_UNKNOWN = "tax_rate_unknown"
# Kind of what is missing: a decision about the tax.
MISSING_KIND = "tax"

# Lines named in one sentence; more than that is one mistake in billing.
_NAMED = 3
_FINER = Decimal("0.00001")
_GOES = "The changed invoice then goes by itself."


def same_figures(invoice: Invoice, predicted: Prediction) -> bool:
    """Tell whether net, tax and total will be what billing says, to the penny."""
    theirs = (predicted.net, predicted.tax, predicted.total)
    return theirs == (invoice.subtotal, invoice.tax_total, invoice.total)


def tax_problem(
    plan: InvoicePlan, rates: TaxRates, predicted: Prediction, *, ledger: str, tax: str
) -> Problem:
    """Describe figures that will not be billing's; tax: what it is called, "VAT" or "sales tax"."""
    invoice = plan.invoice
    title = " ".join(_differences(invoice, predicted, ledger, tax))
    return Problem(
        code=TAX_DIFFERS,
        title=title,
        means=f"{_money(invoice.total, invoice)} is not in your books. Nothing was sent.",
        what_to_do=f"{_remedy(plan, rates, predicted, ledger, tax)} Or book it with"
        f" {whose(ledger)} {tax}: it is then shown as differing, with both figures.",
        missing=(Missing(MISSING_KIND, TAX_DIFFERS, f"{tax} that would differ"),),
    )


def unknown_rate_problem(invoice: Invoice, sentence: str, ledger: str) -> Problem:
    """Say that a rate of the ledger is not known, so that what it will book is not either."""
    return Problem(
        code=RATE_UNKNOWN,
        title=sentence,
        means=f"{_money(invoice.total, invoice)} is not in your books. Nothing was sent.",
        what_to_do=f"Read {whose(ledger)} lists again on the mapping page,"
        " or map to another tax code.",
        missing=(Missing(MISSING_KIND, RATE_UNKNOWN, "a rate that is not known"),),
        where=Place.MAPPINGS,
    )


def _differences(invoice: Invoice, predicted: Prediction, ledger: str, tax: str) -> Iterator[str]:
    if predicted.tax != invoice.tax_total:
        theirs, ours = _money(predicted.tax, invoice), _money(invoice.tax_total, invoice)
        off = _off(predicted.tax - invoice.tax_total, invoice)
        yield f"{ledger} would book {theirs} of {tax}, billing says {ours}: {off}."
    if predicted.total != invoice.total:
        theirs, ours = _money(predicted.total, invoice), _money(invoice.total, invoice)
        yield f"Its total would be {theirs} instead of {ours}."


def _remedy(
    plan: InvoicePlan, rates: TaxRates, predicted: Prediction, ledger: str, tax: str
) -> str:
    """Return the likeliest cause and what puts it right: the lines, the mapping, the rounding."""
    invoice = plan.invoice
    if predicted.tax == invoice.tax_total:
        return f"{ledger} keeps amounts to two decimals; {invoice.currency} has others here."
    wrong = [_wrong_line(line, invoice, tax) for line in invoice.lines if _is_wrong(line, invoice)]
    if wrong:
        more = f" And {len(wrong) - _NAMED} more lines." if len(wrong) > _NAMED else ""
        return f"{' '.join(wrong[:_NAMED])}{more} Correct it in billing. {_GOES}"
    mapped = next((p for p in plan.lines if _is_mapped_wrong(p, rates)), None)
    if mapped is not None:
        return _mapped_wrong(mapped, rates, ledger)
    if not _names_a_rate(plan, rates):
        return f"No line’s tax code names a rate of {ledger}: map it to one that does."
    how = "for each line" if plan.tax_rounding == "line" else "once for each rate"
    if invoice.prices == "tax_inclusive":
        how = "for each line"
    return (
        f"Billing rounds {tax} in another way than {ledger}, which rounds it {how}."
        " Let billing round the same way."
    )


def _names_a_rate(plan: InvoicePlan, rates: TaxRates) -> bool:
    """Tell whether any line's code has a rate of its own in the ledger."""
    return any(percent_of(planned.tax_code_id, rates) is not None for planned in plan.lines)


def _is_wrong(line: Line, invoice: Invoice) -> bool:
    """Tell whether a line's tax is not that of its own rate; odd pennies may stand anywhere."""
    unit = Decimal(1).scaleb(-decimals(invoice.currency))
    return line.tax_rate is not None and abs(line.tax_amount - _tax_of(line, invoice)) > unit


def _tax_of(line: Line, invoice: Invoice) -> Decimal:
    rate = line.tax_rate or Decimal(0)
    per = 100 + rate if invoice.prices == "tax_inclusive" else Decimal(100)
    return round_money(line.amount * rate / per, invoice.currency)


def _wrong_line(line: Line, invoice: Invoice, tax: str) -> str:
    carried, right = _money(line.tax_amount, invoice), _money(_tax_of(line, invoice), invoice)
    rate, amount = percent(line.tax_rate or Decimal(0)), _money(line.amount, invoice)
    of = f"{rate} in {amount}" if invoice.prices == "tax_inclusive" else f"{rate} of {amount}"
    return (
        f"Line {line.position}, “{_short(line.description)}”, carries {carried} of {tax};"
        f" {of} is {right}."
    )


def _is_mapped_wrong(planned: PlannedLine, rates: TaxRates) -> bool:
    theirs, ours = percent_of(planned.tax_code_id, rates), planned.line.tax_rate
    return None not in (theirs, ours) and theirs != ours and bool(planned.line.amount)


def _mapped_wrong(planned: PlannedLine, rates: TaxRates, ledger: str) -> str:
    theirs = percent_of(planned.tax_code_id, rates) or Decimal(0)
    ours = planned.line.tax_rate or Decimal(0)
    return (
        f"“{planned.line.tax_code}” is {percent(ours)} in billing and mapped to"
        f" {percent(theirs)} in {ledger}: change the mapping."
    )


def _money(amount: Decimal, invoice: Invoice) -> str:
    """Return an amount as it is, also where the ledger's is finer than the currency."""
    if round_money(amount, invoice.currency) == amount:
        return format_money(amount, invoice.currency)
    exact = amount.quantize(_FINER, rounding=ROUND_HALF_UP).normalize()
    return f"{invoice.currency}\u00a0{exact:,f}"


def _off(difference: Decimal, invoice: Invoice) -> str:
    return f"{_money(abs(difference), invoice)} {'more' if difference > 0 else 'less'}"


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= 40 else f"{line[:39].rstrip()}…"
