"""Plain words for every code: what happened, what it means, what to do."""

from __future__ import annotations

import pytest

from app.domain.states import DocumentKind, Operation
from app.ledgers import errors
from app.ledgers.interface import Deed, Explanation
from app.ledgers.quickbooks.codes import BY_CODE, RANGES
from app.ledgers.quickbooks.explanations import _BY_KIND, explain
from app.ledgers.quickbooks.phrases import _PHRASES
from tests.quickbooks_codes import OF_THE_TABLE

# QuickBooks' own texts, as recorded.
NO_RATE = (
    "Business Validation Error: Make sure all your transactions have a {} rate before you save."
)
INACTIVE = (
    "Something you're trying to use has been made inactive. Check the fields with accounts,"
    " customers, items, vendors or employees."
)
# Words a finance person should never meet (design: words).
NEVER = ("failed", "oops", "went wrong", "please", "sorry", "invalid ", "entity", "token", "QBO")
DEEDS = [
    None,
    *(Deed(DocumentKind.INVOICE, operation) for operation in Operation),
    *(Deed(kind, Operation.CREATE) for kind in DocumentKind),
]
CREATE, CHANGE, VOID = (
    Deed(DocumentKind.INVOICE, operation)
    for operation in (Operation.CREATE, Operation.UPDATE, Operation.VOID)
)
CUSTOMER = Deed(DocumentKind.CUSTOMER, Operation.CREATE)
ITEM = Deed(DocumentKind.ITEM, Operation.CREATE)


def refused(code: str, message: str = "words", deed: Deed | None = CREATE) -> Explanation:
    return explain(errors.Refused(message, code=code), deed)


def in_plain_words(words: Explanation) -> bool:
    parts = (words.happened, words.means, words.do)
    return all(part.endswith(".") for part in parts) and not [
        word for word in NEVER for part in parts if word.lower() in part.lower()
    ]


@pytest.mark.parametrize("code", OF_THE_TABLE)
def test_every_code_of_the_table_is_explained_for_whatever_was_being_done(code: str) -> None:
    for deed in DEEDS:
        words = refused(code, deed=deed)
        assert words.known
        assert in_plain_words(words)


def test_whoever_must_act_is_told_where() -> None:
    by_ourselves = ("Nothing", "Tell support", "Try again later")
    nowhere = {code for code in OF_THE_TABLE if refused(code).where is None}
    assert {code for code in nowhere if not refused(code).do.startswith(by_ourselves)} == set()
    assert not {code for code in set(OF_THE_TABLE) - nowhere if "Nothing:" in refused(code).do}


@pytest.mark.parametrize("kind", [kind for kind, _ in _BY_KIND])
def test_every_kind_of_error_without_a_code_is_in_plain_words(kind: type) -> None:
    assert in_plain_words(explain(kind(), CREATE))


def test_every_phrase_belongs_to_a_code_and_is_in_plain_words() -> None:
    for code, phrases in _PHRASES.items():
        for phrase, _ in phrases:
            assert refused(code, f"Error : {phrase.upper()} 9").happened != refused(code).happened
            assert in_plain_words(refused(code, phrase))
    assert set(_PHRASES) <= set(BY_CODE)
    assert all(first <= last for first, last, _ in RANGES)


@pytest.mark.parametrize(
    ("message", "code", "happened"),
    [
        (NO_RATE.format("VAT"), "6000", "no VAT rate"),
        (NO_RATE.format("GST/HST"), "6000", "no VAT rate"),
        ("Invalid Reference Id : Accounts element id 99 not found", "2500", "account"),
        ("Invalid Reference Id : Names element id 540123582 not found", "2500", "The customer"),
        ("Invalid Reference Id : Line.SalesItemLineDetail.ItemRef", "2500", "An item"),
        ("Invalid Reference Id : Categories cannot be used in transactions.", "2500", "category"),
        ("Object Not Found : Another user has deleted this transaction.", "610", "deleted it"),
        (f"Object Not Found : {INACTIVE}", "610", "made inactive or deleted"),
        (f"Invalid Reference Id : {INACTIVE}", "2500", "made inactive or deleted"),
        (
            "Duplicate Document Number Error : You must specify a different number.",
            "6210",
            "number",
        ),
        ("Account Period Closed, Cannot Update Through Services API", "6210", "closed"),
    ],
)
def test_quickbooks_own_words_say_more_than_the_code(
    message: str, code: str, happened: str
) -> None:
    assert happened in refused(code, message).happened


def test_the_same_code_means_another_thing_for_another_deed() -> None:
    for code, deeds in {
        "6000": (CREATE, VOID, CUSTOMER),
        "610": (CREATE, CHANGE, VOID, CUSTOMER),
        "6240": (CUSTOMER, ITEM),
    }.items():
        assert len({refused(code, deed=deed).happened for deed in deeds}) == len(deeds)


def test_what_it_means_for_the_money_follows_from_what_was_being_done() -> None:
    assert refused("2210", deed=CREATE).means.startswith("It is not in QuickBooks.")
    assert "as it was before the change" in refused("2210", deed=CHANGE).means
    assert "still counts there" in refused("6210", deed=VOID).means
    assert "The customer's invoices wait." in refused("2210", deed=CUSTOMER).means


def test_nobody_is_promised_that_a_corrected_customer_goes_by_itself() -> None:
    assert refused("2210", deed=CREATE).do.endswith("it then goes by itself.")
    assert refused("2210", deed=CUSTOMER).do.endswith("then try again.")


def test_an_operation_that_came_to_nothing_is_ours_once_and_then_a_persons() -> None:
    assert explain(errors.Faltered(code="1010"), CREATE).do.startswith("Nothing: we try once more")
    assert refused("1010").do.startswith("Try again later.")


def test_a_code_nobody_knows_is_told_apart_also_where_the_kind_of_error_has_words() -> None:
    assert not explain(errors.Unsure("words", code="99"), CREATE).known
    assert explain(errors.Unsure(), CREATE).known


def test_an_unknown_code_says_so_and_points_to_the_exact_words() -> None:
    words = explain(errors.Refused("something new", code="7777"))
    assert not words.known
    assert words.happened == ("QuickBooks refused this invoice with a reason we do not know yet.")


@pytest.mark.parametrize(
    ("error", "happened"),
    [
        (errors.Throttled(code="3001"), "asked us to wait"),
        (errors.Unsure(), "did not answer in time"),
        (errors.Unavailable(), "could not be reached"),
        (errors.PermissionDoubted(code="3200"), "renewed a moment before"),
        (errors.NotAuthorised(code="3200"), "stopped accepting our permission"),
        (errors.Disconnected(code="invalid_grant"), "stopped accepting our permission"),
        (errors.NotAuthorised(code="120"), "lost access"),
        (errors.CompanyAway(code="140"), "has locked this company"),
        (errors.Misconfigured(code="invalid_client"), "by the key we sent"),
        (errors.Misconfigured(), "refused our application"),
        (errors.Refused(code="6210"), "closed for the period"),
        (errors.NumberTaken(), "already has a document with this number"),
        (errors.Gone(), "inactive or deleted"),
    ],
)
def test_what_happened(error: errors.LedgerError, happened: str) -> None:
    assert happened in explain(error).happened


def test_whoever_may_have_booked_says_it_is_never_booked_twice() -> None:
    for error in (errors.Unsure(), errors.Unsure(code="10000"), errors.Unsure(code="600")):
        assert "never booked twice" in explain(error).means
