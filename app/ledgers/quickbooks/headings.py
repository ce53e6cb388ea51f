"""Put class, department, terms and exchange rate where QuickBooks keeps them, as far as it does.

QuickBooks: Preferences (a company tracks classes on every line, or one for the whole document, or
not at all; departments are its locations), Invoice.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.domain.push_plan import InvoicePlan, PlannedLine
from app.domain.wording import day_long
from app.ledgers.quickbooks.remarks import Remarks

# What Company.details say of a company under these names.
CLASSES, DEPARTMENTS = "classes", "departments"
ON_LINES, ON_DOCUMENT = "line", "document"

Document = dict[str, Any]


def lines_of(plan: InvoicePlan) -> tuple[PlannedLine, ...]:
    """Return the lines, each with its class only where this company keeps one on a line."""
    if plan.details.get(CLASSES) == ON_LINES:
        return plan.lines
    return tuple(replace(planned, class_id=None) for planned in plan.lines)


def of_sale(plan: InvoicePlan, remarks: Remarks) -> Document:
    """Return what stands above the lines of any sale."""
    document: Document = {}
    rate = plan.invoice.exchange_rate
    if rate is not None and _is_foreign(plan):
        document["ExchangeRate"] = rate
    elif rate is not None and rate != 1:
        currency = plan.invoice.currency
        remarks.say(f"The exchange rate was left out: the books are in {currency} themselves.")
    if plan.department_id is not None and plan.details.get(DEPARTMENTS):
        document["DepartmentRef"] = {"value": plan.department_id}
    elif plan.department_id is not None:
        remarks.say("The department was left out: locations are switched off in QuickBooks.")
    class_id = _class_of_document(plan, remarks)
    return document | ({"ClassRef": {"value": class_id}} if class_id else {})


def of_invoice(plan: InvoicePlan, remarks: Remarks) -> Document:
    """Return what only an invoice has; the due date is billing's, whatever the terms say."""
    document: Document = {}
    due, dated = plan.invoice.due_date, plan.booked_on or plan.invoice.issue_date
    if due is not None:
        document["DueDate"] = due.isoformat()
        if due < dated:
            remarks.say(f"It was due on {day_long(due)}, before its date.")
    if plan.terms_id is not None:
        document["SalesTermRef"] = {"value": plan.terms_id}
    return document


def _is_foreign(plan: InvoicePlan) -> bool:
    return plan.multicurrency and plan.invoice.currency != plan.home_currency


def _class_of_document(plan: InvoicePlan, remarks: Remarks) -> str | None:
    """Return the one class of all lines where a document has one; classes kept on lines: None."""
    classes = {planned.class_id for planned in plan.lines if planned.item_id is not None}
    tracked = plan.details.get(CLASSES)
    if tracked == ON_LINES or not any(classes):
        return None
    if tracked != ON_DOCUMENT:
        remarks.say("The class was left out: classes are switched off in QuickBooks.")
        return None
    if len(classes) > 1:
        remarks.say("The classes were left out: QuickBooks keeps one here for a whole invoice.")
        return None
    return classes.pop()
