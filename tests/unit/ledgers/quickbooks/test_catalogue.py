"""What of QuickBooks' tax codes may be mapped to, and what they charge."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.domain.states import CatalogueKind
from app.ledgers.interface import CatalogueEntry, Company
from app.ledgers.quickbooks.catalogue import read_catalogue

COMPANY = Company("1", "Northgate", "GB", "GBP", True, False, None, True)
RATES = [{"Id": "7", "RateValue": Decimal(5)}, {"Id": "8", "RateValue": Decimal("9.975")}]


class Lists:
    """Answers queries with the lists it was given, as the client does."""

    def __init__(self, **lists: list[dict[str, Any]]) -> None:
        self._lists = lists

    def ask(self, _operation: str, statement: str) -> dict[str, Any]:
        entity = statement.split(" FROM ")[1].split(maxsplit=1)[0]
        return {entity: self._lists.get(entity, [])}


def code(code_id: str, *rate_ids: str) -> dict[str, Any]:
    details = [{"TaxRateRef": {"value": rate_id}} for rate_id in rate_ids]
    return {"Id": code_id, "Name": code_id, "SalesTaxRateList": {"TaxRateDetail": details}}


def entries(*codes: dict[str, Any]) -> dict[str, CatalogueEntry]:
    read = read_catalogue(Lists(TaxRate=RATES, TaxCode=list(codes)), COMPANY)  # type: ignore[arg-type]
    return {one.ledger_id: one for one in read if one.kind == CatalogueKind.TAX_CODE}


def test_a_code_of_two_rates_keeps_both_and_charges_their_sum() -> None:
    found = entries(code("30", "7", "8"))["30"]
    assert found.rate == Decimal("14.975")
    assert found.details["rates"] == {"7": "5", "8": "9.975"}


def test_a_code_with_a_rate_that_is_not_in_the_list_has_none() -> None:
    found = entries(code("31", "7", "99"))["31"]
    assert found.rate is None
    assert "rates" not in found.details


def test_the_made_up_rate_of_an_old_document_is_not_offered() -> None:
    found = entries(code("CustomSalesTax"), code("TAX"), code("NON"))
    assert set(found) == {"TAX", "NON"}


def test_not_taxable_stands_for_every_kind_without_tax() -> None:
    found = entries(code("NON"))["NON"]
    assert (found.rate, found.details["any_untaxed"]) == (0, True)
