"""Turn a plan into the exact bytes for QuickBooks: pure, lean, every field one we mean.

An unknown field is refused (2010) and an empty one may clear something, so only what is known and
wanted is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from app.domain.invoice import Invoice
from app.domain.money import round_money
from app.domain.push_plan import InvoicePlan, PlannedLine, VoidPlan
from app.ledgers import exact_json
from app.ledgers.quickbooks import headings, text
from app.ledgers.quickbooks.lines import document_lines
from app.ledgers.quickbooks.remarks import Remarks

Document = dict[str, Any]

# QuickBooks: GlobalTaxCalculation, outside the United States.
_CALCULATION = {
    "tax_exclusive": "TaxExcluded",
    "tax_inclusive": "TaxInclusive",
    "no_tax": "NotApplicable",
}
_UNITED_STATES = "US"


def invoice_body(plan: InvoicePlan) -> bytes:
    """Return an invoice's body. Raises ValueError with a sentence."""
    return exact_json.dump(_invoice(plan, Remarks()))


def invoice_remarks(plan: InvoicePlan) -> Sequence[str]:
    """Say what the body has otherwise than billing said it. Raises ValueError as its builder."""
    remarks = Remarks()
    _invoice(plan, remarks)
    return remarks.sentences()


def credit_memo_body(plan: InvoicePlan) -> bytes:
    """Return a credit memo's body; its amounts are positive. Raises ValueError with a sentence."""
    return exact_json.dump(_sale(plan, Remarks()))


def credit_memo_remarks(plan: InvoicePlan) -> Sequence[str]:
    """Say what the body has otherwise than billing said it. Raises ValueError as its builder."""
    remarks = Remarks()
    _sale(plan, remarks)
    return remarks.sentences()


def void_body(plan: VoidPlan) -> bytes:
    """Return the body that voids or deletes an invoice; the address says which."""
    return exact_json.dump({"Id": plan.ledger_id, "SyncToken": plan.version})


def _invoice(plan: InvoicePlan, remarks: Remarks) -> Document:
    return _sale(plan, remarks) | headings.of_invoice(plan, remarks)


def _sale(plan: InvoicePlan, remarks: Remarks) -> Document:
    invoice = plan.invoice
    _check_sums(plan)
    document: Document = {}
    if plan.ledger_id is not None and plan.version is not None:
        # Sparse: what bookkeepers added (terms, classes, their own fields) stays. The lines are
        # replaced as a whole all the same, and QuickBooks works the tax out afresh.
        document |= {"Id": plan.ledger_id, "SyncToken": plan.version, "sparse": True}
    document |= {
        "DocNumber": _number(plan.number_there),
        "TxnDate": (plan.booked_on or invoice.issue_date).isoformat(),
        "CustomerRef": {"value": plan.customer_ledger_id},
        # Always said, also where only one currency is on: QuickBooks then refuses a document in
        # another currency, which it would otherwise book as if it were its own.
        "CurrencyRef": {"value": invoice.currency},
        "PrivateNote": text.many_lines(_note(plan), text.NOTE),
    }
    memo = remarks.many_lines("the reference and memo", _memo(invoice), text.MEMO)
    if memo:
        document["CustomerMemo"] = {"value": memo}
    email = text.email(invoice.customer.email)
    if email:
        document["BillEmail"] = {"Address": email}
    elif invoice.customer.email:
        remarks.say("The customer's e-mail address was left out: QuickBooks would refuse it.")
    document |= headings.of_sale(plan, remarks)
    return document | _taxed_lines(plan, remarks)


def _taxed_lines(plan: InvoicePlan, remarks: Remarks) -> Document:
    if plan.country == _UNITED_STATES:
        return _united_states(plan, remarks)
    prices = plan.invoice.prices
    if prices not in _CALCULATION:
        raise ValueError(f"Prices are {prices!r}, which QuickBooks has no word for.")
    if _is_free_of_tax(plan):
        prices = "no_tax"
    lines = document_lines(
        headings.lines_of(plan),
        plan.invoice.currency,
        inclusive=prices == "tax_inclusive",
        tax_code=_no_code if prices == "no_tax" else _line_code,
        remarks=remarks,
    )
    # Never TxnTaxDetail: QuickBooks works out the tax and our total is compared with its own.
    return {"GlobalTaxCalculation": _CALCULATION[prices], "Line": lines}


def _is_free_of_tax(plan: InvoicePlan) -> bool:
    """Tell a plan for a company with VAT switched off: no code anywhere, and no tax either."""
    return plan.invoice.tax_total == 0 and all(p.tax_code_id is None for p in plan.lines)


def _line_code(planned: PlannedLine) -> str:
    """Return the tax code a line must have (6000 without). Raises ValueError."""
    code = planned.tax_code_id
    if code is None or not code.isdecimal():
        raise ValueError(f"Line {planned.line.position} has no QuickBooks tax code.")
    return code


def _no_code(planned: PlannedLine) -> str | None:
    return planned.tax_code_id


def _united_states(plan: InvoicePlan, remarks: Remarks) -> Document:
    """Say TAX or NON on the lines and one rate for the whole document (6100)."""
    if plan.invoice.prices == "tax_inclusive":
        raise ValueError(
            "Prices include tax, and QuickBooks in the United States keeps them without."
        )
    exempt = _is_exempt(plan)
    codes = {p.tax_code_id for p in plan.lines if p.tax_code_id and p.tax_code_id.isdecimal()}
    if len(codes) > 1 and not exempt:
        raise ValueError(
            "QuickBooks in the United States takes one tax rate for an invoice."
            " What bears no tax must be mapped to NON."
        )
    lines = document_lines(
        headings.lines_of(plan),
        plan.invoice.currency,
        inclusive=False,
        tax_code=_not_taxable if exempt else _taxable_or_not,
        remarks=remarks,
    )
    document: Document = {"Line": lines}
    if any(line["DetailType"] == "DiscountLineDetail" for line in lines):
        document["ApplyTaxAfterDiscount"] = True  # else the tax is of the amount before it
    if codes and not exempt:
        document["TxnTaxDetail"] = {"TxnTaxCodeRef": {"value": codes.pop()}}
    ship_to = address(plan.invoice.customer.address or {})
    if {"Line1", "City", "CountrySubDivisionCode", "PostalCode"} <= ship_to.keys():
        document["ShipAddr"] = ship_to  # automated sales tax goes by where it is sent
    return document


def _is_exempt(plan: InvoicePlan) -> bool:
    """Tell whether billing charged no tax where its own rates would have given some."""
    lines = [planned.line for planned in plan.lines]
    return not any(line.tax_amount for line in lines) and any(
        round_money(line.amount * (line.tax_rate or 0) / 100, plan.invoice.currency)
        for line in lines
    )


def _not_taxable(_planned: PlannedLine) -> str:
    return "NON"


def _taxable_or_not(planned: PlannedLine) -> str:
    code = planned.tax_code_id
    return "NON" if code in (None, "NON") else "TAX"


def _check_sums(plan: InvoicePlan) -> None:
    """Refuse a document whose lines do not add up: what QuickBooks booked would not be ours."""
    invoice = plan.invoice
    lines = sum((planned.line.amount for planned in plan.lines), Decimal())
    expected = invoice.total if invoice.prices == "tax_inclusive" else invoice.subtotal
    if round_money(lines, invoice.currency) != round_money(expected, invoice.currency):
        raise ValueError(
            f"The lines add up to {round_money(lines, invoice.currency)},"
            f" the invoice says {round_money(expected, invoice.currency)}."
        )


def _number(number: str) -> str:
    """Return the number untouched, or refuse: a changed number would be another document."""
    if not number.strip() or number != text.one_line(number, len(number)):
        raise ValueError(f"QuickBooks cannot keep the number {number!r}.")
    if len(number) > text.NUMBER:
        raise ValueError(f"{number} has more than the {text.NUMBER} characters QuickBooks keeps.")
    if number == "AUTO_GENERATE":  # a command there: QuickBooks would make up a number
        raise ValueError("QuickBooks would replace the number AUTO_GENERATE by one of its own.")
    return number


def _note(plan: InvoicePlan) -> str:
    return "\n".join(words for words in (plan.marker, plan.note) if words)


def _memo(invoice: Invoice) -> str:
    return "\n".join(words for words in (invoice.reference, invoice.memo) if words)


def address(described: Any) -> dict[str, str]:
    """Return where somebody is in QuickBooks' words, lines that are empty left out."""
    fields = (
        ("Line1", "line1", text.ADDRESS_LINE),
        ("Line2", "line2", text.ADDRESS_LINE),
        ("City", "city", text.PLACE),
        ("CountrySubDivisionCode", "region", text.PLACE),
        ("PostalCode", "postcode", text.POSTCODE),
        ("Country", "country", text.PLACE),
    )
    read = ((theirs, text.one_line(described.get(ours), limit)) for theirs, ours, limit in fields)
    return {theirs: value for theirs, value in read if value}
