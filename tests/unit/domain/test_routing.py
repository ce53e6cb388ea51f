"""Choosing the ledger company an invoice goes to."""

import pytest

from app.domain.routing import Route, Unroutable, route

ANY = Route(1, None, None)
NORTHGATE = Route(2, "northgate", None)
NORTHGATE_EURO = Route(3, "northgate", "EUR")
EURO = Route(4, None, "EUR")


def test_a_workspace_with_one_company_sends_everything_there():
    assert route(None, "GBP", [ANY]) == 1


def test_the_entity_that_is_named_goes_before_the_one_that_takes_all():
    assert route("northgate", "GBP", [ANY, NORTHGATE]) == 2


def test_entity_and_currency_together_go_before_either_alone():
    assert route("northgate", "EUR", [ANY, NORTHGATE, NORTHGATE_EURO, EURO]) == 3


@pytest.mark.parametrize(
    ("routes", "code"),
    [
        ([], "no_connection"),
        ([NORTHGATE], "no_connection"),
        ([ANY, Route(5, None, None)], "ambiguous_connection"),
    ],
)
def test_an_invoice_that_fits_none_or_several_waits_for_a_person(routes, code):
    with pytest.raises(Unroutable) as refused:
        route("southgate", "GBP", routes)
    assert refused.value.code == code
