"""What is suggested for an unmapped code, how surely, and why."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.item_history import History
from app.domain.suggestions import (
    Certainty,
    Mapped,
    Suggestion,
    Target,
    suggest_service,
    suggest_tax_code,
)
from app.domain.tax_kinds import TaxKind, tax_kind

EXEMPT = Target("2", "Exempt", rate=Decimal(0))
NO_VAT = Target("3", "No VAT", rate=Decimal(0))
ZERO = Target("4", "0.0% Z", rate=Decimal(0))
REDUCED = Target("5", "5.0% R", rate=Decimal(5))
STANDARD = Target("6", "20.0% S", rate=Decimal(20))
REVERSE = Target("12", "20.0% RC SG", rate=Decimal(20))
UK = [EXEMPT, NO_VAT, ZERO, REDUCED, STANDARD, REVERSE]

WORKSTATION = Target("31", "Managed Workstation")
SECURITY = Target("32", "Managed Security")
LICENCES = Target("33", "Microsoft 365 licences")
PRINT = Target("34", "Managed Print")
ITEMS = [WORKSTATION, SECURITY, LICENCES, PRINT]


@pytest.mark.parametrize(
    ("name", "rate", "expected"),
    [
        ("VAT Standard 20%", 20, STANDARD),
        ("VAT Reduced 5%", 5, REDUCED),
        ("VAT Zero 0%", 0, ZERO),
        ("Zero-rated", 0, ZERO),
        ("VAT Exempt", 0, EXEMPT),
        ("Outside the scope of VAT", 0, NO_VAT),
        ("Reverse charge 20%", 20, REVERSE),
    ],
)
def test_rate_and_kind_together_make_a_tax_code_certain(
    name: str, rate: int, expected: Target
) -> None:
    assert suggest_tax_code(name, Decimal(rate), UK) == Suggestion(
        Certainty.CERTAIN,
        "Same rate, same kind",
        expected.ledger_id,
        expected.name,
        Decimal(rate),
    )


def test_a_rate_of_twenty_is_twenty_however_it_is_written() -> None:
    assert suggest_tax_code("VAT", Decimal("20.00"), UK).ledger_id == STANDARD.ledger_id


def test_a_rate_without_its_kind_is_no_match() -> None:
    assert suggest_tax_code("VAT Zero 0%", Decimal(0), [EXEMPT, NO_VAT], ledger="QuickBooks") == (
        Suggestion(Certainty.NO_MATCH, "QuickBooks has this rate, but of another kind")
    )


def test_a_rate_the_ledger_does_not_have_is_no_match_even_under_the_same_name() -> None:
    old = Target("9", "VAT Standard", rate=Decimal("17.5"))
    assert suggest_tax_code("VAT Standard", Decimal(20), [old], ledger="QuickBooks") == (
        Suggestion(Certainty.NO_MATCH, "QuickBooks has no tax code of this rate")
    )


def test_nothing_at_nought_percent_is_certain_when_the_name_does_not_tell_the_kind() -> None:
    assert suggest_tax_code("VAT 0%", Decimal(0), UK) == Suggestion(
        Certainty.CHECK, "Same rate, but the name does not tell the kind", "4", "0.0% Z", Decimal(0)
    )


def test_two_codes_of_one_rate_and_kind_are_only_likely_and_the_closer_name_wins() -> None:
    digital = Target("21", "20.0% S Digital", rate=Decimal(20))
    assert suggest_tax_code("20% S digital services", Decimal(20), [STANDARD, digital]) == (
        Suggestion(
            Certainty.LIKELY, "2 have this rate and kind", "21", "20.0% S Digital", Decimal(20)
        )
    )


def test_an_inactive_tax_code_is_never_suggested() -> None:
    codes = [replace(STANDARD, active=False), REVERSE]
    assert suggest_tax_code("VAT Standard 20%", Decimal(20), codes).ledger_id is None


@given(
    name=st.text(max_size=40),
    rate=st.sampled_from([Decimal(0), Decimal(5), Decimal(20), Decimal("17.5")]),
)
def test_no_tax_suggestion_differs_in_rate_or_in_a_known_kind(name: str, rate: Decimal) -> None:
    suggestion = suggest_tax_code(name, rate, UK)
    chosen = next((code for code in UK if code.ledger_id == suggestion.ledger_id), None)
    assert chosen is None or chosen.rate == rate
    kind = tax_kind(name, rate)
    if chosen and kind is not TaxKind.UNCLEAR:
        assert tax_kind(chosen.name, chosen.rate) == kind


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("managed workstation", "Managed Workstation"),
        ("Managed  Workstation.", "Managed Workstation"),
        ("Café & bar support", "Cafe and Bar Support"),
        ("Onsite", "Support:Onsite"),
    ],
)
def test_the_same_name_is_certain(ours: str, theirs: str) -> None:
    assert suggest_service(ours, [PRINT, Target("50", theirs)]) == Suggestion(
        Certainty.CERTAIN, "Same name", "50", theirs
    )


def test_a_name_two_entries_share_is_only_likely() -> None:
    twins = [Target("60", "Support:Onsite"), Target("61", "Labour:Onsite")]
    assert suggest_service("Onsite", twins) == Suggestion(
        Certainty.LIKELY, "2 entries have this name", "60", "Support:Onsite"
    )


def test_what_similar_services_use_is_likely() -> None:
    mapped = [
        Mapped("Microsoft 365 Business Premium", "33"),
        Mapped("Microsoft 365 E3", "33"),
        Mapped("Managed Server", "31"),
    ]
    assert suggest_service("Microsoft 365 Copilot", [WORKSTATION, LICENCES], mapped) == Suggestion(
        Certainty.LIKELY, "2 similar services use it", "33", "Microsoft 365 licences"
    )


def test_similar_services_whose_item_became_inactive_are_no_reason() -> None:
    mapped = [Mapped("Microsoft 365 E3", "33")]
    items = [replace(LICENCES, active=False), WORKSTATION]
    assert suggest_service("Microsoft 365 Copilot", items, mapped).certainty is Certainty.NO_MATCH


def used(*rows: tuple[str, str, int]) -> History:
    return History.of(rows)


@pytest.mark.parametrize(
    ("history", "certainty", "reason"),
    [
        (used(("managed soc", "32", 12)), Certainty.CERTAIN, "12 invoices in QuickBooks use it"),
        (used(("managed soc", "32", 1)), Certainty.LIKELY, "An invoice in QuickBooks uses it"),
        (
            used(("managed soc", "32", 9), ("managed soc", "34", 3)),
            Certainty.LIKELY,
            "9 of 12 invoices in QuickBooks use it",
        ),
        (
            used(("managed soc 24 hours", "32", 4)),  # perhaps something else of that name
            Certainty.LIKELY,
            "4 invoices in QuickBooks use it",
        ),
    ],
)
def test_what_people_use_in_the_ledger_is_followed(
    history: History, certainty: Certainty, reason: str
) -> None:
    similar = [Mapped("Managed SOC Lite", "31")]
    suggestion = suggest_service(
        "Managed SOC", ITEMS, similar, ledger="QuickBooks", history=history
    )
    assert suggestion == Suggestion(certainty, reason, "32", "Managed Security")


def test_an_item_used_there_that_is_inactive_or_unknown_is_no_reason() -> None:
    history = used(("managed soc", "99", 12))
    assert suggest_service("Managed SOC", [LICENCES], history=history).ledger_id is None


def test_the_same_name_is_doubted_where_people_always_use_another_item() -> None:
    history = used(("managed print", "32", 8))
    assert suggest_service(
        "Managed Print", ITEMS, ledger="QuickBooks", history=history
    ) == Suggestion(
        Certainty.CHECK,
        "Same name, but 8 invoices in QuickBooks use “Managed Security”",
        "34",
        "Managed Print",
    )
    mixed = used(("managed print", "32", 8), ("managed print", "34", 1))
    assert suggest_service("Managed Print", ITEMS, history=mixed).certainty is Certainty.CERTAIN


def test_most_of_the_name_is_likely_and_part_of_it_to_be_checked() -> None:
    assert suggest_service("Managed Workstations (monthly)", ITEMS) == Suggestion(
        Certainty.LIKELY, "Most of the name is the same", "31", "Managed Workstation"
    )
    assert suggest_service("Print management", ITEMS) == Suggestion(
        Certainty.CHECK, "Only part of the name is the same", "34", "Managed Print"
    )


def test_nothing_close_is_said_to_be_no_match() -> None:
    assert suggest_service("Starlink backup line", ITEMS, ledger="QuickBooks") == Suggestion(
        Certainty.NO_MATCH, "Nothing in QuickBooks is close"
    )
    assert suggest_service("Starlink backup line", []).certainty is Certainty.NO_MATCH


def test_a_service_is_never_suggested_an_inactive_item() -> None:
    gone = replace(WORKSTATION, active=False)
    assert suggest_service("Managed Workstation", [gone]).certainty is Certainty.NO_MATCH


@pytest.mark.parametrize(
    ("name", "rate", "kind"),
    [
        ("20.0% ECG", 20, TaxKind.SPECIAL),
        ("0.0% ECS", 0, TaxKind.SPECIAL),
        ("20.0% RC CIS", 20, TaxKind.REVERSE),
        ("Zero Rated Income", 0, TaxKind.ZERO),
        ("Exempt Income", 0, TaxKind.EXEMPT),
        ("No VAT", 0, TaxKind.NONE),
        ("20% (VAT on Income)", 20, TaxKind.CHARGED),
        ("Nought", 0, TaxKind.UNCLEAR),
    ],
)
def test_kinds_are_told_apart_by_the_words_ledgers_use(name: str, rate: int, kind: TaxKind) -> None:
    assert tax_kind(name, Decimal(rate)) is kind


@pytest.mark.parametrize(("ours", "theirs"), [("C# support", "C++ support"), ("Plan A+", "Plan A")])
def test_names_that_differ_in_their_signs_are_looked_at(ours: str, theirs: str) -> None:
    suggestion = suggest_service(ours, [Target("1", theirs)])
    assert (suggestion.certainty, suggestion.ledger_id) == (Certainty.CHECK, "1")


def test_names_of_signs_alone_are_not_the_same() -> None:
    assert suggest_service("***", [Target("1", "---")]).certainty == Certainty.NO_MATCH
