"""Decide whether an invoice may be sent, and name everything that stands in the way at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from app.domain.invoice import Invoice, Line
from app.domain.not_ready import (
    LINE,
    MULTICURRENCY_OFF,
    TAX_OFF,
    cause_key,
    line_words,
    problem_of,
)
from app.domain.problem import Missing
from app.domain.push_plan import Mappings, needs_tax_codes
from app.domain.wording import day_long

__all__ = ("Names", "cause_key", "missing_for", "problem_of")

# What billing calls a code, by (kind, code); where a name is absent the code itself is shown.
Names = Mapping[tuple[str, str], str]


def missing_for(
    invoice: Invoice,
    mappings: Mappings,
    *,
    tax_enabled: bool,
    books_closed_to: date | None,
    closed_period_policy: str,
    multicurrency: bool,
    home_currency: str,
    names: Names | None = None,
) -> tuple[Missing, ...]:
    """List every reason at once: services, tax codes, settings, closed period; each once.

    Services and tax codes come in the order of the lines. closed_period_policy: hold stops a
    document dated in a closed period here, any other policy leaves its date to the push.
    QuickBooks: "Manage sales tax for non-US locales" (every sales line needs a VAT code, and a
    company with VAT off would book a VAT invoice without its VAT); "Preferences" (BookCloseDate).
    """
    taxed = needs_tax_codes(invoice, tax_enabled=tax_enabled)
    found = [
        *_services(invoice, mappings, names or {}),
        *_lines_without_service(invoice, mappings),
        *(_tax_codes(invoice, mappings, names or {}) if taxed else ()),
        *(_lines_without_tax_code(invoice) if taxed else ()),
        *_settings(invoice, tax_enabled, multicurrency, home_currency),
        *_closed_period(invoice, books_closed_to, closed_period_policy),
    ]
    return tuple(dict.fromkeys(found))


def booked_in_closed_period(
    dated_there: date | None, books_closed_to: date | None
) -> tuple[Missing, ...]:
    """Return what stops every change of a document that is booked in a closed period, its void too.

    QuickBooks: error codes 6200 and 6210.
    """
    if dated_there is None or books_closed_to is None or dated_there > books_closed_to:
        return ()
    code = f"{books_closed_to.isoformat()}/{dated_there.isoformat()}"
    return (Missing("closed_period", code, f"books closed to {day_long(books_closed_to)}"),)


def _sales_lines(invoice: Invoice) -> Iterator[Line]:
    return (line for line in invoice.lines if not line.text_only)


def _services(invoice: Invoice, mappings: Mappings, names: Names) -> Iterator[Missing]:
    for line in _sales_lines(invoice):
        code = line.service_code
        if code and code not in mappings.services:
            yield _not_mapped("service", code, mappings, names)


def _tax_codes(invoice: Invoice, mappings: Mappings, names: Names) -> Iterator[Missing]:
    for line in _sales_lines(invoice):
        code = line.tax_code
        if code and code not in mappings.tax_codes:
            yield _not_mapped("tax_code", code, mappings, names)


def _lines_without_service(invoice: Invoice, mappings: Mappings) -> Iterator[Missing]:
    if mappings.default_item_id is None:
        lines = [x for x in _sales_lines(invoice) if not x.service_code and not x.discount]
        yield from _lines("service", lines)


def _lines_without_tax_code(invoice: Invoice) -> Iterator[Missing]:
    yield from _lines("tax_code", [x for x in _sales_lines(invoice) if not x.tax_code])


def _lines(lacking: str, lines: Sequence[Line]) -> Iterator[Missing]:
    if lines:
        yield Missing(LINE, lacking, line_words([line.position for line in lines]))


def _not_mapped(kind: str, code: str, mappings: Mappings, names: Names) -> Missing:
    gone, name = mappings.gone.get((kind, code)), names.get((kind, code), code)
    if gone is None:
        return Missing(kind, code, name)
    return Missing(kind, code, name, target=gone.name, why=gone.why)


def _settings(
    invoice: Invoice, tax_enabled: bool, multicurrency: bool, home_currency: str
) -> Iterator[Missing]:
    if invoice.charges_tax and not tax_enabled:
        yield Missing("setting", TAX_OFF, "VAT is off")
    if invoice.currency != home_currency and not multicurrency:
        yield Missing(
            "setting",
            MULTICURRENCY_OFF,
            f"{invoice.currency} invoices, while the books are in {home_currency} only",
        )


def _closed_period(
    invoice: Invoice, books_closed_to: date | None, policy: str
) -> Iterator[Missing]:
    if books_closed_to and policy == "hold" and invoice.issue_date <= books_closed_to:
        name = f"books closed to {day_long(books_closed_to)}"
        yield Missing("closed_period", books_closed_to.isoformat(), name)
